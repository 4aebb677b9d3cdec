"""What goes into a migrated pack: the original's own words under our names, what it lacks by name, and no verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import ep_rules
from gonogo_evidence.canonical import NotCanonical, dumps
from gonogo_evidence.files import slug
from gonogo_evidence.ids import PackId
from gonogo_evidence.pack import Contents, DataFile
from gonogo_evidence.single_file import COPIED_FIELDS, INPUT_FIELDS
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from gonogo_evidence.ep_dispatch import Form
    from gonogo_evidence.ep_rules import Document
    from gonogo_evidence.ids import JSON, JSONObject

RENDERER: Final = "gonogo-migrate 1"
BY_DIGEST: Final = "data/by-digest"
ORIGINAL: Final = "data/original"
DUTIES: Final = ("preflight_snapshot", "inventory", "scope_plan", "gate_plan", "execution", "validation")
NOT_CARRIED: Final = frozenset({"preflight_snapshot", "schema_version", "verdict"})
"""Fields that have another meaning here: they are wrapped, set by us, or not believed."""
LAYER_RUN_NAMES: Final = {
    "layer_name": "layer_name",
    "model_id": "primary_model_id",
    "critic_model_id": "critic_model_id",
    "capability_scope": "capability_scope_id",
    "matrix_version": "matrix_version",
}
NOTHING: Final[Mapping[str, JSON]] = {
    "base": None,
    "dataset_snapshot_id": None,
    "fallback_model_ids": [],
    "selection_reasons": [],
    "config": {},
    "locks": {},
    "scope_plan": {},
}
"""Fields of the core that no runbook line asks for and that can say that there is nothing."""
CORE_FIELDS: Final = {
    "inventory.json": "inventory",
    "run-plan.json": "run_plan",
    "validator-report.json": "validator_report",
}


@dataclass(frozen=True, slots=True)
class Source:
    """An original that was read and keeps its own rules."""

    form: Form
    path: Path
    digest: str
    document: Document
    moment: datetime
    data: tuple[DataFile, ...]
    expected: Mapping[str, str]
    """SHA-256 by place in the pack, as it must be after the copy."""


def contents(source: Source, *, version: str, layer: str | None) -> tuple[Contents, tuple[str, ...]]:
    """The pack's contents (its id still without a number), and the required fields that the original lacks."""
    said = {} if source.form == "p5b" else _with_layer_run(_representable(source.document))
    if layer is not None:
        said.setdefault("layer_id", layer)
    missing = _missing(source, said)
    fields = _fields(source, said, missing)
    core: dict[str, JSON] = {name: _kept(name, _object(said.get(key))) for name, key in CORE_FIELDS.items()}
    pack_id = _name(source, said)
    environment: dict[str, JSON] = {
        "schema": "gonogo/environment/v1",
        "pack_id": pack_id,
        **_run_manifest(source, said),
        "gonogo_version": version,
        "migration": {
            "asserted": {} if layer is None else {"layer_id": layer},
            "form": source.form,
            "missing": list(missing),
            "source_name": slug(source.path.name),
            "source_sha256": source.digest,
        },
    }
    summary = _summary(source, pack_id, missing, layer_known="layer_id" in said)
    return Contents(PackId(pack_id), fields, core, environment, summary, RENDERER, source.data), missing


def _representable(document: Document) -> dict[str, JSON]:
    """What of the original can stand in canonical JSON; the rest is in the original alone."""
    kept: dict[str, JSON] = {}
    for name, value in document.items():
        try:
            dumps({name: cast("JSON", value)})
        except NotCanonical:
            continue
        kept[name] = cast("JSON", value)
    return kept


def _with_layer_run(said: dict[str, JSON]) -> dict[str, JSON]:
    """EP-JSON keeps the models of a run in ``layer_run_metadata``, under other names."""
    run = _object(said.get("layer_run_metadata"))
    named = {ours: run.get(theirs) for ours, theirs in LAYER_RUN_NAMES.items()}
    return {**{name: value for name, value in named.items() if isinstance(value, str) and value.strip()}, **said}


def _missing(source: Source, said: Mapping[str, JSON]) -> tuple[str, ...]:
    """The required fields that the original does not hold, or holds as another type than the runbook's."""
    if source.form == "p5b":
        said = {**said, **dict.fromkeys(("pack_id", "schema_version", "creation_timestamp"), "in the manifest")}
    wrong = {problem.path.removeprefix("$.") for problem in ep_rules.wrong_types(said)}
    return tuple(name for name in ep_rules.missing({key: said[key] for key in said if key not in wrong}))


def _fields(source: Source, said: Mapping[str, JSON], missing: Iterable[str]) -> dict[str, JSON]:
    """The core: the original's own words under the same names, and no verdict but that nothing was decided here."""
    names = {*COPIED_FIELDS, *INPUT_FIELDS, "matrix_version", "seed"} - NOT_CARRIED
    inputs = _object(_object(said.get("run_manifest")).get("inputs"))
    carried = {name: value for name, value in {**inputs, **said}.items() if name in names and name not in missing}
    manifest = _object(said.get("run_manifest"))
    if "seed" in manifest:
        carried["seed"] = manifest["seed"]
    snapshot = said.get("preflight_snapshot")
    if isinstance(snapshot, dict) and snapshot:
        carried["preflight_snapshot"] = {"verdict": "INCONCLUSIVE", "value": {"original": snapshot}}
    reasons = [_stated("MIGRATED", msg("This pack was migrated: gonogo did no duty and ran no gate for it."))]
    reasons += [_stated(f"MISSING-{n}", msg("The required field {field} is missing.", field=n)) for n in missing]
    if said.get("verdict"):
        words = msg("The original says {verdict}; that is not repeated here.", verdict=str(said["verdict"])[:40])
        reasons.append(_stated("ORIGINAL-VERDICT", words))
    logs = {name: said[name] for name in ("run_logs", "sod_checks") if isinstance(said.get(name), list)}
    original: JSON = {"form": source.form, "sha256": source.digest}
    return {
        **NOTHING,
        **carried,
        "schema": "gonogo/pack/v1",
        "schema_version": "1.0.0",
        "execution": {"verdict": "INCONCLUSIVE", "value": {"original": original, **logs}},
        "verdicts": dict.fromkeys(DUTIES, "INCONCLUSIVE"),
        "verdict": "INCONCLUSIVE",
        "criteria": [],
        "inconclusive": reasons,
    }


def _stated(identity: str, words: Text) -> JSON:
    return {"id": identity, "text": cast("JSON", words.json())}


def _kept(name: str, original: JSONObject) -> JSON:
    """The original's document in a field of ours; its report beside an empty list of gates: it decides nothing here."""
    if not original:
        return {}
    gates: dict[str, JSON] = {"gates": []} if name == "validator-report.json" else {}
    return {"schema": f"gonogo/{name.removesuffix('.json')}/v1", **gates, "original": original}


def _run_manifest(source: Source, said: Mapping[str, JSON]) -> dict[str, JSON]:
    """The rest of the run manifest: the original's where it has one; else that it says nothing, in the same place.

    The run id is a name for the migration, made from the original's time and digest; the times are the original's.
    """
    manifest = _object(said.get("run_manifest"))
    versions, machine = (_object(manifest.get(name)) for name in ("versions", "machine"))
    moment = source.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    unknown: dict[str, JSON] = {
        "run_id": f"{source.moment:%Y%m%d-%H%M%S}-{source.digest[:6]}",
        "mode": "smoke",
        "started": moment,
        "finished": moment,
        "host": {"recorded": "the original names no machine"},
        "isolation": "none",
        "trust": "migrated",
        "tools": {},
        "observed": {},
    }
    parts = {
        "tools": versions.get("tools", versions),
        "host": machine.get("host", machine),
    }
    return {**unknown, **{name: value for name, value in parts.items() if isinstance(value, dict) and value}}


def _name(source: Source, said: Mapping[str, JSON]) -> str:
    """The pack's name without its number: phase, layer and the commit's date as far as the original has them."""
    inputs = _object(_object(said.get("run_manifest")).get("inputs"))
    commit = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})T[0-9:.]+Z", str(inputs.get("commit_time")), re.ASCII)
    date = "".join(commit.groups()) if commit else f"{source.moment:%Y%m%d}"
    phase = re.sub(r"[^A-Z0-9]", "", str(said.get("phase_id", "")).upper())[:24] or "MIGRATED"
    layer = said.get("layer_id")
    name = layer if isinstance(layer, str) and layer in ep_rules.LAYERS else "L0"
    return f"EVP-{phase}-{name}-{date}"


def _object(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, dict) else {}


def _summary(source: Source, pack_id: str, missing: tuple[str, ...], *, layer_known: bool) -> str:
    pointed = sum(file.path.startswith(BY_DIGEST) for file in source.data)
    lines = [
        f"# {pack_id}: migrated evidence pack",
        "",
        "Verdict: INCONCLUSIVE. gonogo did no duty and ran no gate for it.",
        "",
        f"- Original: {source.form}, SHA-256 `{source.digest}`, kept in `{ORIGINAL}/{slug(source.path.name)}`",
        f"- Files that it names: {pointed}, kept in `{BY_DIGEST}/` under their digests",
    ]
    if not layer_known:
        lines.append("- Layer: the original names none; `L0` in the name only fills the place.")
    lines += ["", f"## Required fields that the original does not hold ({len(missing)})", ""]
    return "\n".join([*lines, *(f"- `{name}`" for name in missing), ""])

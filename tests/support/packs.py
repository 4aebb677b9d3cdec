"""A realistic sample pack, sealed on the disk, for tests of every floor.

``sample_pack(folder)`` gives a PASS; keywords replace fields of ``core/pack.json``, or other parts.
``reseal`` makes every digest again after a change, as an attacker with a text editor and patience would.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from gonogo_evidence.canonical import digest_of, dumps
from gonogo_evidence.ids import PackId
from gonogo_evidence.pack import Contents, DataFile, Sealed, write_pack, write_single_file
from gonogo_evidence.review import write_review
from gonogo_evidence.seal import CORE_FILES, Entry, build_seal, render_manifest, seal_statement
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import JSON, Digest, JSONObject

PACK_ID = "EVP-4BM2-L0-20260109-001"
RUN_ID = "20260109-101500-a1b2c3"
GIT_REF = "4f2a7c1e9b3d5f60718293a4b5c6d7e8f9012345"
BASE = "0123456789abcdef0123456789abcdef01234567"
MODEL, CRITIC = "gpt-5.2", "deepseek-r1"

FIRST_FORM = frozenset({"ATTESTATIONS_ABSENT", "INDEX_ABSENT"})
"""Stated limits of a pack in the first form, as :func:`sample_pack` makes it: neither attested nor in an index."""


def text(template: str, **values: str | int) -> JSON:
    """A stored sentence."""
    return cast("JSON", msg(template, **values).json())


def gate(name: str = "Lint Gate", verdict: str = "PASS", **changes: JSON) -> dict[str, JSON]:
    """One gate of the validator report, as it is kept in the core."""
    found: dict[str, JSON] = {
        "name": name,
        "step": "E",
        "hard": True,
        "verdict": verdict,
        "checked": 41,
        "unit": "files",
        "read_change": True,
        "findings": [],
        "findings_count": 0,
        "reason": text("{count} files were linted.", count=41),
        "trigger": text("A Python file changed."),
        "files": ["src/flow.py", "docs/\u00fcbersicht.md"],
        "files_count": 2,
    }
    return {**found, **changes}


def gates() -> list[JSON]:
    """Two gates that passed and one that did not apply."""
    away = gate(
        "Policy Critic Gate", "NOT_APPLICABLE", checked=0, read_change=False, trigger=text("No policy changed.")
    )
    return [gate(), gate("tests (3.11)", checked=212, unit="tests"), away]


def duty(verdict: str = "PASS", **value: JSON) -> JSONObject:
    """What the core keeps of a duty."""
    return {"verdict": verdict, "value": value}


def core_fields(**changes: JSON) -> dict[str, JSON]:
    """The body of core/pack.json."""
    fields: dict[str, JSON] = {
        "schema": "gonogo/pack/v1",
        "schema_version": "1.0.0",
        "phase_id": "4BM2",
        "layer_id": "L0",
        "layer_name": "Ops/Docs",
        "autonomy_level": "REC",
        "scope": "docs and ops only",
        "capability_scope": "L0_ops_docs",
        "model_id": MODEL,
        "model_profile": "default",
        "critic_model_id": CRITIC,
        "fallback_model_ids": ["gpt-5-mini"],
        "run_reason": "release readiness f\u00fcr M\u00e4rz",
        "operator_id": "operator@example.org",
        "git_ref": GIT_REF,
        "commit_time": "2026-01-09T09:58:01Z",
        "base": BASE,
        "base_rule": "first-parent",
        "seed": None,
        "dataset_snapshot_id": None,
        "registry_version": "1.0",
        "matrix_version": "v1.0",
        "selection_reasons": [text("{model} is the primary model of {layer}.", model=MODEL, layer="L0")],
        "config": {
            "config/gates.toml": {"sha256": digest_of(b"gates"), "origin": "packaged"},
            "config/layers.toml": {"sha256": digest_of(b"layers"), "origin": "trust"},
        },
        "locks": {"requirements/dev.txt": digest_of(b"locks")},
        "preflight_snapshot": duty(checks=[{"id": "A-ROOT", "hard": True, "verdict": "PASS"}]),
        "scope_plan": {"goal": text("Check the change to the docs."), "non_goals": []},
        "execution": duty(mode_note=text("assignment only"), outputs=["data/layer-smoke-report.json"]),
        "verdicts": dict.fromkeys(
            ("preflight_snapshot", "inventory", "scope_plan", "gate_plan", "execution", "validation"), "PASS"
        ),
        "verdict": "PASS",
        "criteria": [{"id": "PASS-1", "verdict": "PASS", "text": text("The pack validates.")}],
        "inconclusive": [],
        "driver": "auto",
    }
    return {**fields, **changes}


def core_files(**changes: JSON) -> dict[str, JSON]:
    """The other core files; a keyword such as ``validator_report`` replaces one."""
    files: dict[str, JSON] = {
        "run-plan.json": {"schema": "gonogo/run-plan/v1", "goal": text("Check the docs."), "gates": ["Lint Gate"]},
        "inventory.json": {"schema": "gonogo/inventory/v1", "facts": [{"id": "ci", "path": ".ci/run", "line": 1}]},
        "validator-report.json": {"schema": "gonogo/validator-report/v1", "gates": gates()},
    }
    return {name: changes.get(name.removesuffix(".json").replace("-", "_"), body) for name, body in files.items()}


def environment(**changes: JSON) -> dict[str, JSON]:
    """The body of environment.json."""
    body: dict[str, JSON] = {
        "schema": "gonogo/environment/v1",
        "pack_id": PACK_ID,
        "run_id": RUN_ID,
        "mode": "smoke",
        "started": "2026-01-09T10:15:00Z",
        "finished": "2026-01-09T10:15:09Z",
        "host": {"system": "Linux", "machine": "x86_64", "python": "3.11.7"},
        "isolation": "none",
        "trust": "local",
        "tools": {"git": "2.39.5", "ruff": "0.15.0"},
        "observed": {"preflight_snapshot": {"branch": "main", "dirty": True}},
        "gonogo_version": "0.1.0",
    }
    return {**body, **changes}


def data_files(folder: Path) -> list[DataFile]:
    """Three payload files, written below ``folder``."""
    bodies = {
        "layer-smoke-report.json": (b'{"layer":"L0"}', "application/json", "bit", ""),
        "logs/log.jsonl": (b'{"event":"start"}\n' * 40, "application/jsonl", "none", "times of events"),
        "gates/Lint-Gate.stdout": (b"All checks passed!\n", "text/plain", "none", "raw words of a tool"),
    }
    files: list[DataFile] = []
    for name, (body, media_type, determinism, reason) in bodies.items():
        source = folder / name.replace("/", "-")
        source.write_bytes(body)
        files.append(DataFile(f"data/{name}", source, media_type, determinism, reason))  # type: ignore[arg-type]
    return files


def sample_contents(sources: Path, **changes: object) -> Contents:
    """The contents of a pack. ``environment``, ``core`` (mappings) and ``data`` (a sequence) replace those parts."""
    parts = {name: changes.pop(name) for name in ("environment", "core", "data", "pack_id") if name in changes}
    pack_id = cast("str", parts.get("pack_id", PACK_ID))
    return Contents(
        pack_id=PackId(pack_id),
        fields=core_fields(**cast("Mapping[str, JSON]", changes)),
        core=core_files(**cast("Mapping[str, JSON]", parts.get("core", {}))),
        environment=environment(**{"pack_id": pack_id, **cast("Mapping[str, JSON]", parts.get("environment", {}))}),
        summary="# Summary\n\nPASS\n",
        summary_renderer="sample 1",
        data=cast("Sequence[DataFile]", parts["data"]) if "data" in parts else data_files(sources),
    )


def sample_pack(folder: Path, **changes: object) -> Sealed:
    """Seal a sample pack at ``folder``, the single file beside it; ``changes`` as in :func:`sample_contents`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as sources:
        return write_pack(folder, sample_contents(Path(sources), **changes))


def recommendation(result: str = "PASS", *names: str) -> JSONObject:
    """The body of review/recommendation.json: what the whole run came to, and what could not be shown."""
    word = {"PASS": "GO", "FAIL": "NO-GO", "INCONCLUSIVE": "GO-WITH-CONDITIONS"}[result]
    unclear: list[JSON] = [{"id": name, "verdict": "INCONCLUSIVE", "text": text("Not shown.")} for name in names]
    schema = "gonogo/recommendation/v1"
    return {"schema": schema, "result": result, "recommendation": word, "inconclusive": unclear, "checks": []}


def sample_review(sealed: Sealed, engine_key: object, **files: bytes) -> Digest:
    """A review with the engine's attestation over the seal; keywords add files (``notes_md`` is ``notes.md``)."""
    from gonogo_evidence import dsse

    statement = seal_statement(sealed.pack_id, pack_digest=sealed.pack_digest, core_digest=sealed.core_digest)
    envelope = dsse.sign("application/vnd.in-toto+json", statement, engine_key)  # type: ignore[arg-type]
    body = {
        "engine.dsse.json": envelope,
        "notes.md": b"# Review notes\n\nNothing stands against it.\n",
        "card.txt": b"PASS\n",
        "risk-review.json": dumps({"findings": [], "schema": "gonogo/risk-review/v1"}),
        "recommendation.json": dumps(recommendation()),
    }
    return write_review(sealed.folder, body | {name.replace("_", "."): data for name, data in files.items()})


def edit_json(path: Path, change: dict[str, JSON]) -> None:
    """Replace top-level keys of a canonical JSON file, canonically."""
    body = cast("dict[str, JSON]", json.loads(path.read_bytes()))
    overwrite(path, dumps({**body, **change}))


def overwrite(path: Path, data: bytes) -> None:
    """Write over a read-only file."""
    path.chmod(0o644)
    path.write_bytes(data)


def reseal(folder: Path) -> None:
    """Make all digests of what lies there again, from the core up to the seal and the single file."""
    core = cast("dict[str, JSON]", json.loads((folder / "core/pack.json").read_bytes()))
    named = {name: (folder / "core" / name).read_bytes() for name in CORE_FILES}
    core["files"] = {name: {"sha256": digest_of(data), "size": len(data)} for name, data in named.items()}
    overwrite(folder / "core/pack.json", dumps(core))
    seal = cast("dict[str, JSON]", json.loads((folder / "seal.json").read_bytes()))
    after = {"seal.json", "manifest-sha256.txt", "VERIFY.md"}
    entries: list[Entry] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in after and not name.startswith(("review/", "index/")):
            entries.append(Entry(name, digest_of(path.read_bytes()), path.stat().st_size))
    overwrite(folder / "manifest-sha256.txt", render_manifest(entries))
    renderer = str(seal["summary_renderer"])
    overwrite(folder / "seal.json", build_seal(PackId(str(seal["pack_id"])), entries, summary_renderer=renderer))
    write_single_file(folder)


def copy_pack(source: Path, target: Path) -> Path:
    """A copy of the pack and its single file."""
    shutil.copytree(source, target, symlinks=True)
    shutil.copyfile(source.with_name(source.name + ".json"), target.with_name(target.name + ".json"))
    return target

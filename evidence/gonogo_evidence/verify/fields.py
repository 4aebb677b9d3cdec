"""The fields that the runbook demands of a pack or its run manifest: missing is FAIL (runbook section 5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from gonogo_evidence.ep_rules import MAY_BE_NULL, at, is_there
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.seal import CORE, ENVIRONMENT, SEAL
from gonogo_evidence.text import msg
from gonogo_evidence.verify.open import REPORT
from gonogo_evidence.verify.report import Check, every
from gonogo_evidence.verify.single import SINGLE, read_single
from gonogo_evidence.verify.structure import PACK_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gonogo_evidence.ids import JSONObject
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "verdict.fields"
IDS = "verdict.ids"

Place: TypeAlias = "tuple[str, str]"
"""A document and the dotted path of a value in it; an empty path is the document."""

PLACES: Mapping[str, tuple[Place, ...]] = {
    "pack_id": ((ENVIRONMENT, "pack_id"), (SINGLE, "pack_id")),
    **{
        name: ((CORE, name), (SINGLE, name))
        for name in (
            "schema_version",
            "git_ref",
            "run_reason",
            "operator_id",
            "layer_id",
            "scope",
            "model_id",
            "model_profile",
            "capability_scope",
            "preflight_snapshot",
        )
    },
    "inventory": (("core/inventory.json", ""), (SINGLE, "inventory")),
    "run_plan": (("core/run-plan.json", ""), (SINGLE, "run_plan")),
    "validator_report": ((REPORT, ""), (SINGLE, "validator_report")),
    "run_manifest.inputs": ((CORE, "config"), (SINGLE, "run_manifest.inputs")),
    "run_manifest.versions": ((ENVIRONMENT, "tools"), (SINGLE, "run_manifest.versions")),
    "run_manifest.seed": ((CORE, "seed"), (SINGLE, "run_manifest.seed")),
    "run_manifest.time": ((ENVIRONMENT, "started"), (SINGLE, "run_manifest.time")),
    "run_manifest.machine": ((ENVIRONMENT, "host"), (SINGLE, "run_manifest.machine")),
    "timestamps": ((ENVIRONMENT, "finished"), (SINGLE, "creation_timestamp")),
}
"""Where each required field may stand; one place is enough."""


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """Name each required field that is nowhere."""
    documents = {path: _read(pack, path) for places in PLACES.values() for path, _ in places if path != SINGLE}
    missing = [name for name, places in PLACES.items() if not _present(name, places, documents)]
    if missing:
        documents[SINGLE] = _read(pack, SINGLE)
        missing = [name for name in missing if not _present(name, PLACES[name], documents)]
    problems = (
        Check(
            ID,
            "FAIL",
            "FIELD_MISSING",
            msg("The required field {field} is missing.", field=name),
            where=name,
            area="verdict",
        )
        for name in missing
    )
    return every(ID, problems, msg("All {count} required fields are there.", count=len(PLACES)), area="verdict")


def check_ids(pack: UnverifiedPack) -> Iterable[Check]:
    """The pack id names the layer and the commit's date (UTC) of the core it seals, and that names one repository."""
    core, pack_id = pack.document(CORE), pack.pack_id
    match = re.fullmatch(PACK_ID, pack_id)
    named = match.groups() if match else ()
    found = (str(core["layer_id"]), str(core["commit_time"])[:10].replace("-", ""))
    words = msg("{pack} does not name layer {layer} and date {date}.", pack=pack_id, layer=found[0], date=found[1])
    problems = [Check(IDS, "FAIL", "PACK_ID_DIFFERS", words, where=SEAL, area="verdict")] if named != found else []
    _, seen = at(core, "preflight_snapshot.value.root_commit")
    if seen is not None and seen != core.get("root_commit"):
        first, second = str(core.get("root_commit")), str(seen)
        said = msg("The repository is named twice, by {first} and {second}.", first=first, second=second)
        problems.append(Check(IDS, "FAIL", "PACK_ROOT_DIFFERS", said, where=f"{CORE} $.root_commit", area="verdict"))
    return every(IDS, problems, msg("{pack} names its layer and the commit's date.", pack=pack_id), area="verdict")


def _present(name: str, places: Iterable[Place], documents: Mapping[str, JSONObject]) -> bool:
    values = (at(documents[path], inside) for path, inside in places if path in documents)
    return any(found and is_there(value, null_is_a_value=name in MAY_BE_NULL) for found, value in values)


def _read(pack: UnverifiedPack, path: str) -> JSONObject:
    try:
        return (read_single(pack) or {}) if path == SINGLE else pack.json(path)
    except GonogoError:
        return {}

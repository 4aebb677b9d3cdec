"""The rules of EP-JSON 1.0.0, and the runbook's required fields, over a document of any shape.

Nothing here raises for what a document holds: a wrong type is a problem with a path, like any other. Codes that begin
with ``EPACK_`` are the predecessor's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYERS = ("L0", "L1", "L2", "L3", "L4", "L5", "L6")
AUTONOMY = ("RO", "REC", "PROP")
DECISIONS = ("APPROVE", "APPROVE_WITH_CHANGES", "REJECT")
HEADER = ("schema_id", "schema_version", "pack_id")
IDS = ("evidence_pack_id", "phase_id", "registry_version")
LAYER_RUN = (
    "layer_name",
    "primary_model_id",
    "critic_model_id",
    "capability_scope_id",
    "matrix_version",
)
LOG_TEXTS = ("run_id", "prompt_hash", "artifact_hash", "timestamp_utc", "model_id")
LOG_LISTS = ("inputs_manifest", "outputs_manifest")
SOD = (
    "proposer_run_id",
    "proposer_model_id",
    "proposer_artifact_hash",
    "critic_run_id",
    "critic_model_id",
    "critic_artifact_hash",
)
REQUIRED_TEXTS = (
    "pack_id",
    "schema_version",
    "git_ref",
    "run_reason",
    "operator_id",
    "layer_id",
    "scope",
    "model_id",
    "model_profile",
    "capability_scope",
    "creation_timestamp",
)
REQUIRED_OBJECTS = ("preflight_snapshot", "inventory", "run_plan", "validator_report")
MANIFEST = ("inputs", "versions", "seed", "time", "machine")
MAY_BE_NULL = frozenset({"run_manifest.seed"})
"""A run without a seed says so: the field is there and null."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One departure from the rules."""

    code: str
    path: str
    """JSON path, ``$`` for the document."""
    message: Text


Document = Mapping[str, object]


def adopt_legacy(document: Document) -> Document:
    """Give a document from before the header its header: only where all three of its fields are absent."""
    if any(name in document for name in HEADER):
        return document
    identity = document.get("id")
    named = {"pack_id": str(identity)} if isinstance(identity, str | int) and not isinstance(identity, bool) else {}
    return {**document, "schema_id": "evidence_pack", "schema_version": "1.0.0", **named}


def problems(document: Document) -> Iterator[Problem]:
    """Every departure from EP-JSON 1.0.0."""
    yield from _header(document)
    yield from _body(document)
    yield from _tests(document)
    if layer_run := document.get("layer_run_metadata"):
        yield from _layer_run(layer_run)
    yield from _logs(document.get("run_logs"))
    yield from _sod(document.get("sod_checks"))


def was_accepted(problem: Problem) -> bool:
    """Whether the predecessor let this pass: of a layer run only ``matrix_version`` had to say anything."""
    inside = problem.path.startswith("$.layer_run_metadata.")
    return problem.code == "EP_FIELD_BLANK" and inside and not problem.path.endswith(".matrix_version")


def warnings(document: Document) -> Iterator[Problem]:
    """What the predecessor warns of and accepts."""
    for name in ("run_logs", "sod_checks"):
        if not document.get(name):
            yield Problem("EP_EMPTY", f"$.{name}", msg("{field} is empty.", field=name))
    passed, total = document.get("tests_passed", 0), document.get("tests_total", 0)
    if isinstance(passed, int) and isinstance(total, int) and passed != total and total > 0:
        words = msg("{passed} of {total} tests passed.", passed=passed, total=total)
        yield Problem("EP_TESTS", "$.tests_passed", words)


def missing(document: Document) -> Iterator[str]:
    """The runbook's required fields (sections 1, 3 and 5) that are truly absent: not there, null or empty."""
    names = (*REQUIRED_TEXTS, *REQUIRED_OBJECTS, *(f"run_manifest.{part}" for part in MANIFEST))
    for name in names:
        found, value = at(document, name)
        if not found or not is_there(value, null_is_a_value=name in MAY_BE_NULL):
            yield name


def wrong_types(document: Document) -> Iterator[Problem]:
    """Required fields that are there and are of another type."""
    for name in REQUIRED_TEXTS:
        if is_there(document.get(name)) and not isinstance(document[name], str):
            yield _type(f"$.{name}", "string")
    for name in (*REQUIRED_OBJECTS, "run_manifest"):
        if is_there(document.get(name)) and not isinstance(document[name], dict):
            yield _type(f"$.{name}", "object")


def at(document: object, path: str) -> tuple[bool, object]:
    """Whether the dotted path leads anywhere in the document, and the value there. The empty path is the document."""
    for step in path.split(".") if path else ():
        if not isinstance(document, Mapping) or step not in document:
            return False, None
        document = cast("Document", document)[step]
    return True, document


def is_there(value: object, *, null_is_a_value: bool = False) -> bool:
    """Whether a required value says anything: null and what is empty do not. ``none`` does: it is a word."""
    if isinstance(value, str):
        return bool(value.strip())
    if value is None:
        return null_is_a_value
    return bool(cast("object", value)) if isinstance(value, list | dict) else True


def is_timestamp(value: object) -> bool:
    """Whether it is an ISO 8601 date or time as the predecessor reads it (``Z`` allowed, a bare date too)."""
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value.removesuffix("Z") + "+00:00" if value.endswith("Z") else value)
    except ValueError:
        return False
    return True


def _header(document: Document) -> Iterator[Problem]:
    identity, version, pack_id = (document.get(name) for name in HEADER)
    if identity in (None, ""):
        yield Problem("EPACK_SCHEMA_MISSING", "$.schema_id", msg("schema_id is missing."))
    elif identity != "evidence_pack":
        yield Problem("EPACK_SCHEMA_INVALID_ID", "$.schema_id", msg("schema_id must be evidence_pack."))
    if version in (None, ""):
        yield Problem("EPACK_SCHEMA_MISSING", "$.schema_version", msg("schema_version is missing."))
    elif not isinstance(version, str) or not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version):
        words = msg("schema_version must be three integers with dots, as a string.")
        yield Problem("EPACK_SCHEMA_INVALID_VERSION", "$.schema_version", words)
    elif version != "1.0.0":
        words = msg("schema_version {version} is not supported; 1.0.0 is.", version=version[:40])
        yield Problem("EPACK_SCHEMA_UNSUPPORTED", "$.schema_version", words)
    if not isinstance(pack_id, str) or not pack_id.strip():
        yield Problem("EPACK_PACK_ID_MISSING", "$.pack_id", msg("pack_id is missing or blank."))
    if document.get("created_at") is not None and not is_timestamp(document["created_at"]):
        yield Problem("EPACK_SCHEMA_INVALID_VERSION", "$.created_at", msg("created_at is not an ISO 8601 time."))


def _body(document: Document) -> Iterator[Problem]:
    yield from _texts(document, IDS, "$")
    if "creation_timestamp" not in document:
        yield Problem("EP_FIELD_MISSING", "$.creation_timestamp", msg("The field is missing."))
    elif not is_timestamp(document["creation_timestamp"]):
        yield Problem("EP_TIMESTAMP", "$.creation_timestamp", msg("This is not an ISO 8601 time."))
    yield from _layer(document, "$")
    for name, wanted in (("related_prs", list), ("related_evidence_packs", list), ("description", str)):
        if name in document and not isinstance(document[name], wanted):
            yield _type(f"$.{name}", wanted.__name__)


def _tests(document: Document) -> Iterator[Problem]:
    if not isinstance(document.get("validator_run", False), bool):
        yield _type("$.validator_run", "boolean")
    for name in ("tests_passed", "tests_total"):
        value = document.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            yield _type(f"$.{name}", "count")
    passed, total = document.get("tests_passed", 0), document.get("tests_total", 0)
    if passed == 0 and isinstance(total, int) and total > 0:
        yield Problem("EP_NO_TESTS_PASSED", "$.tests_passed", msg("Tests were run and none passed."))


def _layer(holder: Document, path: str) -> Iterator[Problem]:
    for name in ("layer_id", "autonomy_level"):
        if name not in holder:
            yield Problem("EP_FIELD_MISSING", f"{path}.{name}", msg("The field is missing."))
    if "layer_id" in holder and holder["layer_id"] not in LAYERS:
        yield Problem("EP_LAYER", f"{path}.layer_id", msg("A layer is one of L0 to L6."))
    if holder.get("autonomy_level") == "EXEC":
        yield Problem("EP_AUTONOMY_FORBIDDEN", f"{path}.autonomy_level", msg("EXEC is forbidden."))
    elif "autonomy_level" in holder and holder["autonomy_level"] not in AUTONOMY:
        yield Problem("EP_AUTONOMY", f"{path}.autonomy_level", msg("The autonomy level is one of RO, REC, PROP."))


def _layer_run(value: object) -> Iterator[Problem]:
    path = "$.layer_run_metadata"
    if not isinstance(value, dict):
        yield _type(path, "object")
        return
    run = cast("Document", value)
    yield from _texts(run, LAYER_RUN, path)
    yield from _layer(run, path)
    if "primary_model_id" in run and run["primary_model_id"] == run.get("critic_model_id"):
        yield Problem("EP_SOD", path, msg("Proposer and critic are one model."))


def _logs(value: object) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, log in _objects(value, "$.run_logs"):
        if log is None:
            yield _type(path, "object")
            continue
        yield from _texts(log, LOG_TEXTS, path, blank=True)
        for name in LOG_LISTS:
            if not isinstance(log.get(name), list):
                yield _type(f"{path}.{name}", "list")
        run_id = log.get("run_id")
        if isinstance(run_id, str):
            if run_id in seen:
                yield Problem("EP_RUN_ID_TWICE", f"{path}.run_id", msg("Two run logs have this run_id."))
            seen.add(run_id)


def _sod(value: object) -> Iterator[Problem]:
    for path, check in _objects(value, "$.sod_checks"):
        if check is None:
            yield _type(path, "object")
            continue
        yield from _texts(check, SOD, path, blank=True)
        if "proposer_model_id" in check and check["proposer_model_id"] == check.get("critic_model_id"):
            yield Problem("EP_SOD", path, msg("Proposer and critic are one model."))
        if check.get("critic_decision") not in DECISIONS:
            yield Problem(
                "EP_SOD_DECISION", f"{path}.critic_decision", msg("The critic decided nothing that is known.")
            )
        rationale, evidence = check.get("critic_rationale", ""), check.get("evidence_ids", [])
        if not isinstance(rationale, str) or not rationale.strip():
            yield Problem("EP_SOD_RATIONALE", f"{path}.critic_rationale", msg("The critic gave no reason."))
        if not isinstance(evidence, list) or not evidence:
            yield Problem("EP_SOD_EVIDENCE", f"{path}.evidence_ids", msg("The critic named no evidence."))


def _objects(value: object, path: str) -> Iterator[tuple[str, Document | None]]:
    """Each item of a list of objects; None for what is none, also for a list that is none."""
    if value is None:
        return
    if not isinstance(value, list):
        yield path, None
        return
    for index, item in enumerate(cast("list[object]", value)):
        yield f"{path}[{index}]", cast("Document", item) if isinstance(item, dict) else None


def _texts(holder: Document, names: tuple[str, ...], path: str, *, blank: bool = False) -> Iterator[Problem]:
    for name in names:
        value = holder.get(name)
        if name not in holder:
            yield Problem("EP_FIELD_MISSING", f"{path}.{name}", msg("The field is missing."))
        elif not isinstance(value, str):
            yield _type(f"{path}.{name}", "string")
        elif not blank and not value.strip():
            yield Problem("EP_FIELD_BLANK", f"{path}.{name}", msg("The field is blank."))


def _type(path: str, wanted: str) -> Problem:
    return Problem("EP_TYPE", path, msg("A value of type {wanted} is expected.", wanted=wanted))

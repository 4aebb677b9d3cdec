"""EP-BUNDLE 2.0: the folder of seven files that the predecessor's layer runners wrote, and that nothing of it checked.

The rules are our own reading of that form: every file is there and whole, what two files say of one thing agrees, the
critic is not the proposer, no recorded check failed, and an answer that was not redacted still has its digest.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import ep_rules
from gonogo_evidence.canonical import MAX_BYTES
from gonogo_evidence.ep_json import ValidationReport, parse
from gonogo_evidence.ep_rules import Problem, at, is_timestamp
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gonogo_evidence.ep_rules import Document

VERSION: Final = "2.0"
DISCRIMINATOR: Final = "evidence_pack_version"
INDEX: Final = "evidence_pack.json"
NOTES: Final = "operator_output.md"
_MODEL: Final = ("model_id", "run_id", "prompt_hash", "output_hash")
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    INDEX: (
        *("artifacts", "creation_timestamp", "evidence_pack_id", "layer_id", "layer_name", "matrix_version", "mode"),
        *("network_used", "operator_notes", "registry_version", "run_id"),
        *(f"{role}.{name}" for role in ("proposer", "critic") for name in (*_MODEL, "artifact_path")),
        *("sod_check.artifact_path", "sod_check.reason", "sod_check.result"),
        *(f"capability_scope_check.{name}" for name in ("artifact_path", "result", "violations")),
    ),
    "run_manifest.json": (
        *("artifacts", "autonomy_level", "capability_scope_id", "capability_scope_version", "critic_model_id"),
        *("fallback_model_ids", "inputs_manifest", "layer_id", "layer_name", "matrix_version", "operator_notes"),
        *("operator_output_path", "outputs_manifest", "primary_model_id", "registry_version", "run_id", "run_type"),
        *("sod_reason", "sod_result", "sod_timestamp", "timestamp"),
    ),
    "proposer_output.json": (*_MODEL, "content", "metadata"),
    "critic_output.json": (*_MODEL, "content", "metadata", "decision", "rationale", "evidence_ids"),
    "sod_check.json": ("proposer_model_id", "critic_model_id", "result", "reason", "timestamp"),
    "capability_scope_check.json": ("result", "violations", "checked_outputs", "timestamp"),
}
"""The keys of each JSON file; a dot leads into an object."""
NAMES: Final = tuple(sorted((*FIELDS, NOTES)))
SAME: Final = (
    *((INDEX, f"{role}.{name}", f"{role}_output.json", name) for role in ("proposer", "critic") for name in _MODEL),
    *((INDEX, f"sod_check.{name}", "sod_check.json", name) for name in ("result", "reason")),
    *((INDEX, f"capability_scope_check.{n}", "capability_scope_check.json", n) for n in ("result", "violations")),
    ("proposer_output.json", "model_id", "sod_check.json", "proposer_model_id"),
    ("critic_output.json", "model_id", "sod_check.json", "critic_model_id"),
    (INDEX, "layer_id", "run_manifest.json", "layer_id"),
    ("sod_check.json", "result", "run_manifest.json", "sod_result"),
)
"""Two places that say one thing."""


def check(folder: Path) -> ValidationReport:
    """Check a bundle, and name the runbook's required fields that it lacks. Never raises for what lies there."""
    documents: dict[str, Document] = {}
    errors: list[Problem] = []
    for name in NAMES:
        found = _read(folder, name)
        if isinstance(found, Problem):
            errors.append(found)
        else:
            documents[name] = found
    for name, document in documents.items():
        errors += _fields(name, document)
    if not errors:
        errors += [*_values(documents), *_same(documents)]
    warnings = [] if errors else list(_digests(documents))
    broken = [problem for problem in warnings if problem.code == "BUNDLE_DIGEST"]
    kept = tuple(problem for problem in warnings if problem not in broken)
    return ValidationReport((*errors, *broken), kept, tuple(ep_rules.missing(_as_run(documents))))


def _read(folder: Path, name: str) -> Document | Problem:
    try:
        data = read_bytes(folder / name, limit=MAX_BYTES)
        if name == NOTES:
            return {"text": data.decode()}
        parsed = parse(data, ".json")
    except GonogoError as error:
        return Problem("BUNDLE_FILE", name, error.what)
    except (ValueError, RecursionError) as error:
        words = msg("The file cannot be read as an evidence pack: {reason}", reason=str(error)[:200])
        return Problem("EP_UNREADABLE", name, words)
    if not isinstance(parsed, dict):
        return Problem("EP_TYPE", name, msg("A value of type {wanted} is expected.", wanted="object"))
    return cast("Document", parsed)


def _fields(name: str, document: Document) -> Iterator[Problem]:
    for path in FIELDS.get(name, ()):
        if not at(document, path)[0]:
            yield Problem("EP_FIELD_MISSING", f"{name} $.{path}", msg("The field is missing."))
    if name == NOTES and not str(document["text"]).strip():
        yield Problem("EP_FIELD_BLANK", name, msg("The field is blank."))


def _values(documents: Mapping[str, Document]) -> Iterator[Problem]:
    index, sod, critic = documents[INDEX], documents["sod_check.json"], documents["critic_output.json"]
    if index.get(DISCRIMINATOR) != VERSION:
        words = msg("schema_version must be {known}.", known=VERSION)
        yield Problem("BUNDLE_VERSION", f"{INDEX} $.{DISCRIMINATOR}", words)
    if index["layer_id"] not in ep_rules.LAYERS:
        yield Problem("EP_LAYER", f"{INDEX} $.layer_id", msg("A layer is one of L0 to L6."))
    if not is_timestamp(index["creation_timestamp"]):
        yield Problem("EP_TIMESTAMP", f"{INDEX} $.creation_timestamp", msg("This is not an ISO 8601 time."))
    if index["artifacts"] != list(NAMES):
        yield Problem("BUNDLE_ARTIFACTS", f"{INDEX} $.artifacts", msg("The list names other files than the seven."))
    if not isinstance(sod["proposer_model_id"], str) or sod["proposer_model_id"] == sod["critic_model_id"]:
        yield Problem("EP_SOD", "sod_check.json", msg("Proposer and critic are one model."))
    for name in ("sod_check.json", "capability_scope_check.json"):
        if documents[name]["result"] != "PASS":
            yield Problem("BUNDLE_CHECK_FAILED", f"{name} $.result", msg("The recorded check did not pass."))
    if documents["capability_scope_check.json"]["violations"] != []:
        where = "capability_scope_check.json $.violations"
        yield Problem("BUNDLE_CHECK_FAILED", where, msg("The recorded check did not pass."))
    if critic["decision"] not in ep_rules.DECISIONS:
        where = "critic_output.json $.decision"
        yield Problem("EP_SOD_DECISION", where, msg("The critic decided nothing that is known."))
    if not isinstance(critic["rationale"], str) or not critic["rationale"].strip():
        yield Problem("EP_SOD_RATIONALE", "critic_output.json $.rationale", msg("The critic gave no reason."))
    if not isinstance(critic["evidence_ids"], list) or not critic["evidence_ids"]:
        yield Problem("EP_SOD_EVIDENCE", "critic_output.json $.evidence_ids", msg("The critic named no evidence."))


def _same(documents: Mapping[str, Document]) -> Iterator[Problem]:
    for first, one, second, other in SAME:
        if at(documents[first], one)[1] != at(documents[second], other)[1]:
            words = msg("{file} says something else at {path}.", file=second, path=f"$.{other}")
            yield Problem("BUNDLE_DIFFERS", f"{first} $.{one}", words)


def _digests(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """The digest is over the answer before redaction: where something was taken out, it cannot be made again."""
    for name in ("proposer_output.json", "critic_output.json"):
        content, stated = documents[name]["content"], documents[name]["output_hash"]
        text = content if isinstance(content, str) else json.dumps(content)
        if stated == "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest():
            continue
        if "redacted" in text.lower():
            words = msg("The answer was redacted, so that its digest cannot be made again.")
            yield Problem("BUNDLE_REDACTED", f"{name} $.content", words)
        else:
            yield Problem(
                "BUNDLE_DIGEST", f"{name} $.content", msg("The answer does not have the digest that is stated.")
            )


def _as_run(documents: Mapping[str, Document]) -> Document:
    """What a bundle holds of the runbook's required fields, under their names."""
    index, manifest = documents.get(INDEX, {}), documents.get("run_manifest.json", {})
    run_manifest = {"inputs": manifest.get("inputs_manifest"), "time": manifest.get("timestamp")}
    return {
        **{name: index.get(name) for name in ("layer_id", "creation_timestamp")},
        "pack_id": index.get("evidence_pack_id"),
        "schema_version": index.get(DISCRIMINATOR),
        "model_id": at(index, "proposer.model_id")[1],
        "capability_scope": manifest.get("capability_scope_id"),
        "run_manifest": run_manifest,
    }

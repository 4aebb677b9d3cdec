"""EP-JSON 1.0.0, the single-file pack of the predecessor: the runbook's Python face, and a reader that never trips.

The names and call shapes are those of the runbook's "Canonical Commands". What the predecessor accepts is accepted and
what it refuses is refused; beyond that the runbook's own required fields are asked for, each missing one named.
"""

from __future__ import annotations

import json
import tomllib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast
from unicodedata import normalize

from gonogo_evidence import ep_rules
from gonogo_evidence.canonical import MAX_BYTES, dumps
from gonogo_evidence.ep_rules import AUTONOMY, Document, Problem
from gonogo_evidence.errors import BadInput, Failed, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.single_file import SCHEMA as SINGLE_FILE
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    import os

    from gonogo_evidence.ids import JSON


class AutonomyLevel(StrEnum):
    """How far a layer may go by itself. EXEC is a word that is known and always refused."""

    RO = "RO"
    REC = "REC"
    PROP = "PROP"
    EXEC = "EXEC"


@dataclass(slots=True)
class EvidencePack:
    """A single-file pack in the making."""

    evidence_pack_id: str
    phase_id: str
    creation_timestamp: str
    registry_version: str
    layer_id: str
    autonomy_level: AutonomyLevel
    pack_id: str
    layer_run_metadata: dict[str, JSON] | None = None
    run_logs: list[dict[str, JSON]] = field(default_factory=list)
    sod_checks: list[dict[str, JSON]] = field(default_factory=list)
    validator_run: bool = False
    tests_passed: int = 0
    tests_total: int = 0
    description: str = ""
    related_prs: list[JSON] = field(default_factory=list)
    related_evidence_packs: list[JSON] = field(default_factory=list)

    def to_dict(self) -> dict[str, JSON]:
        """The document, in EP-JSON's own order; the last three keys only where they hold something."""
        body: dict[str, JSON] = {
            "schema_id": "evidence_pack",
            "schema_version": "1.0.0",
            "pack_id": self.pack_id,
            "evidence_pack_id": self.evidence_pack_id,
            "phase_id": self.phase_id,
            "creation_timestamp": self.creation_timestamp,
            "registry_version": self.registry_version,
            "layer_id": self.layer_id,
            "autonomy_level": AutonomyLevel(self.autonomy_level).value,
            "validator_run": self.validator_run,
            "tests_passed": self.tests_passed,
            "tests_total": self.tests_total,
            "description": self.description,
            "related_prs": self.related_prs,
            "related_evidence_packs": self.related_evidence_packs,
        }
        more: dict[str, JSON] = {
            "layer_run_metadata": self.layer_run_metadata,
            "run_logs": self.run_logs,
            "sod_checks": self.sod_checks,
        }
        return body | {name: value for name, value in more.items() if value}

    def validate(self) -> None:
        """Raise :class:`Failed` for the first rule of EP-JSON that it breaks, :class:`Refused` for EXEC."""
        if self.autonomy_level == AutonomyLevel.EXEC:
            raise Refused(
                "AUTONOMY_FORBIDDEN", msg("EXEC is forbidden: nothing here executes."), where="autonomy_level"
            )
        for problem in ep_rules.problems(self.to_dict()):
            words = msg("The evidence pack breaks {code}: {words}", code=problem.code, words=str(problem.message))
            raise Failed("EVIDENCE_PACK_INVALID", words, where=problem.path)


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What the reader found in one file."""

    errors: tuple[Problem, ...]
    """Rules of EP-JSON that are broken."""
    warnings: tuple[Problem, ...]
    missing: tuple[str, ...]
    """The runbook's required fields that are not there, by their path."""

    @property
    def passed(self) -> bool:
        """No error, and nothing missing."""
        return not self.errors and not self.missing

    @property
    def failures(self) -> tuple[Problem, ...]:
        """Errors, and a FIELD_MISSING for each missing field."""
        gone = (
            Problem("FIELD_MISSING", f"$.{name}", msg("The required field {field} is missing.", field=name))
            for name in self.missing
        )
        return (*self.errors, *gone)


def create_evidence_pack(
    evidence_pack_id: str,
    phase_id: str,
    layer_id: str,
    autonomy_level: AutonomyLevel | str,
    registry_version: str,
    description: str = "",
    *,
    at: datetime | None = None,
    pack_id: str | None = None,
) -> EvidencePack:
    """Start a single-file pack, valid at once.

    Args:
        evidence_pack_id: its name, such as ``EVP-4B-M2-L4-20260109``.
        phase_id: such as ``Phase4B-M2``.
        layer_id: L0 to L6.
        autonomy_level: RO, REC or PROP.
        registry_version: of the model registry that was used.
        description: free words.
        at: the time of creation, aware. The runbook's call has no place to hand one in: left out, it is now.
        pack_id: left out, a random UUID.

    Raises:
        Refused: EXEC.
        Failed: a rule of EP-JSON is broken.
    """
    pack = EvidencePack(
        evidence_pack_id=_nfc(evidence_pack_id),
        phase_id=_nfc(phase_id),
        creation_timestamp=(at or datetime.now(UTC)).isoformat(),
        registry_version=_nfc(registry_version),
        layer_id=layer_id,
        autonomy_level=_level(autonomy_level),
        pack_id=pack_id or str(uuid.uuid4()),
        description=_nfc(description),
    )
    pack.validate()
    return pack


def save_evidence_pack(pack: EvidencePack, path: str | os.PathLike[str]) -> Path:
    """Write the pack as canonical JSON, whole or not at all; returns the path.

    Raises:
        BadInput: the name does not end in ``.json``.
        Failed: the pack breaks a rule.
        Inconclusive: no room, or no right to write.
    """
    target = Path(path)
    if target.suffix != ".json":
        raise BadInput("EVIDENCE_PACK_SUFFIX", msg("An evidence pack is saved as .json."), where=str(target))
    pack.validate()
    write_atomic(target, dumps(pack.to_dict()))
    return target


def validate_evidence_pack(path: str | os.PathLike[str], *, compat: bool = False) -> ValidationReport:
    """Read one single-file pack (``.json`` or ``.toml``, at most 64 MiB) and check all rules.

    Args:
        path: the file; a link to it is followed.
        compat: ask for no more than the predecessor did (its packs lack the run's fields).

    Raises:
        BadInput: the file is not there, cannot be read, or is too large. Nothing else, whatever it holds.
    """
    parsed = read_document(Path(path))
    return parsed if isinstance(parsed, ValidationReport) else validate_document(parsed, compat=compat)


def read_document(path: Path, *, suffix: str | None = None) -> Document | ValidationReport:
    """The object in a ``.json`` or ``.toml`` file; a report of what is wrong where there is none.

    Args:
        path: the file; a link to it is followed.
        suffix: what to read it as; None goes by its name.

    Raises as :func:`validate_evidence_pack`.
    """
    data = read_file(path)
    try:
        parsed = parse(data, path.suffix if suffix is None else suffix)
    except (ValueError, RecursionError) as error:
        words = msg("The file cannot be read as an evidence pack: {reason}", reason=_reason(error))
        return ValidationReport((Problem("EP_UNREADABLE", "$", words),), (), ())
    if not isinstance(parsed, dict):
        words = msg("An evidence pack is one object.")
        return ValidationReport((Problem("EP_TYPE", "$", words),), (), ())
    return cast("Document", parsed)


def validate_document(document: Document, *, compat: bool = False) -> ValidationReport:
    """The rules over a parsed document; see :func:`validate_evidence_pack`."""
    adopted = ep_rules.adopt_legacy(document)
    errors = list(ep_rules.problems(adopted))
    if compat:
        errors = [problem for problem in errors if not ep_rules.was_accepted(problem)]
    missing: tuple[str, ...] = ()
    if not compat:
        errors += [problem for problem in ep_rules.wrong_types(adopted) if problem not in errors]
        missing = tuple(ep_rules.missing(adopted))
        if adopted.get("schema") == SINGLE_FILE and not errors and not missing:
            errors += _by_schema(adopted)
    return ValidationReport(tuple(errors), tuple(ep_rules.warnings(adopted)), missing)


def validation_exit(report: ValidationReport) -> int:
    """The runbook's exit code for a file that could be read: 0 passed, 1 failed."""
    return 0 if report.passed else 1


def _by_schema(document: Document) -> list[Problem]:
    from gonogo_evidence import schema  # noqa: PLC0415 - a file of our own kind only; loads a compiled library

    return [
        Problem("SCHEMA_INVALID", problem.path, msg("Not the published shape: {problem}", problem=problem.message))
        for problem in schema.check("single-file", document)
    ]


def _level(value: AutonomyLevel | str) -> AutonomyLevel:
    try:
        return AutonomyLevel(value)
    except ValueError as error:
        words = msg("The autonomy level is one of {levels}.", levels=", ".join(AUTONOMY))
        raise BadInput("AUTONOMY_UNKNOWN", words, where=ascii(value)) from error


def _nfc(value: str) -> str:
    return normalize("NFC", value)


def read_file(path: Path) -> bytes:
    """The bytes of one file, links followed, at most 64 MiB. Raises as :func:`validate_evidence_pack`."""
    try:
        return read_bytes(path.resolve(strict=True), limit=MAX_BYTES)
    except FileNotFoundError as error:
        raise BadInput("FILE_NOT_FOUND", msg("There is no such file."), where=str(path)) from error
    except IntegrityBroken as error:
        raise BadInput("FILE_UNUSABLE", error.what, where=str(path)) from error
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the name
        raise BadInput("FILE_UNUSABLE", msg("The file cannot be opened: {reason}", reason=str(error))) from error


def parse(data: bytes, suffix: str) -> object:
    """Decode JSON or TOML by suffix. Raises ``ValueError`` (a key twice and NaN too) and ``RecursionError``."""
    if suffix == ".toml":
        return tomllib.loads(data.decode())
    if suffix != ".json":
        raise ValueError("an evidence pack is a .json or .toml file")
    return json.loads(data.decode(), object_pairs_hook=_no_key_twice, parse_constant=_no_constant)


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _reason(error: Exception) -> str:
    return "too deeply nested" if isinstance(error, RecursionError) else str(error)[:300]

"""EP-JSON packs as Python objects, under the predecessor's names and with its errors (interop.md 1.2)."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.compat.evidence_pack_schema import SchemaErrorCode, SchemaValidationError
from gonogo.compat.models import AutonomyLevel, LayerRunMetadata, RunLogging, SoDCheckResult
from gonogo_evidence import ep_compat, ep_rules
from gonogo_evidence.ep_json import EvidencePack, ValidationReport, read_document
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_evidence.ep_compat import Failure

SUFFIXES = (".json", ".toml")
WORDS = {
    "EP_LAYER": "Invalid layer_id",
    "EP_AUTONOMY_FORBIDDEN": "EXEC is forbidden",
    "EP_SOD": "SoD FAIL: Proposer == Critic",
    "EP_SOD_DECISION": "SoD FAIL: Invalid critic_decision",
    "EP_SOD_RATIONALE": "SoD FAIL: Empty critic_rationale",
    "EP_SOD_EVIDENCE": "SoD FAIL: No evidence_ids",
    "EP_NO_TESTS_PASSED": "No tests passed",
}
"""What scripts look for in the predecessor's errors."""


@dataclass
class EvidencePackMetadata:
    """A single-file pack."""

    evidence_pack_id: str
    phase_id: str
    creation_timestamp: str
    registry_version: str
    layer_id: str
    autonomy_level: AutonomyLevel
    pack_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    layer_run_metadata: LayerRunMetadata | None = None
    run_logs: list[RunLogging] = field(default_factory=list[RunLogging])
    sod_checks: list[SoDCheckResult] = field(default_factory=list[SoDCheckResult])
    validator_run: bool = False
    tests_passed: int = 0
    tests_total: int = 0
    description: str = ""
    related_prs: list[str] = field(default_factory=list[str])
    related_evidence_packs: list[str] = field(default_factory=list[str])

    def validate(self) -> None:
        """Raise ``ValueError`` for the first broken rule, then what the records inside it raise."""
        if not isinstance(self.autonomy_level, AutonomyLevel):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"autonomy_level must be an AutonomyLevel, not {self.autonomy_level!r}")  # noqa: TRY004 - a ValueError there
        records = ("$.layer_run_metadata", "$.run_logs", "$.sod_checks")
        for failure in ep_compat.failures(self.to_dict()):
            if failure.rank[0] <= ep_compat.OBJECT and not failure.problem.path.startswith(records):
                raise _error(failure)
        if self.layer_run_metadata is not None:
            self.layer_run_metadata.validate()
        for check in self.sod_checks:
            check.validate()

    def to_dict(self) -> dict[str, Any]:
        """The document in EP-JSON's order; the last three keys only where they hold something."""
        fields = {name: getattr(self, name) for name in EvidencePack.__dataclass_fields__}
        run = self.layer_run_metadata
        fields["layer_run_metadata"] = None if run is None else run.to_dict()
        fields["run_logs"] = [log.to_dict() for log in self.run_logs]
        fields["sod_checks"] = [check.to_dict() for check in self.sod_checks]
        return dict(EvidencePack(**fields).to_dict())


def create_evidence_pack(
    evidence_pack_id: str,
    phase_id: str,
    layer_id: str,
    autonomy_level: AutonomyLevel,
    registry_version: str,
    description: str = "",
    *,
    clock: Callable[[], datetime] | None = None,
    pack_id: str | None = None,
) -> EvidencePackMetadata:
    """Start a pack, valid at once. ``clock`` and ``pack_id`` make it come out the same again."""
    pack = EvidencePackMetadata(
        evidence_pack_id=evidence_pack_id,
        phase_id=phase_id,
        creation_timestamp=(clock() if clock else datetime.now(UTC)).isoformat(),
        registry_version=registry_version,
        layer_id=layer_id,
        autonomy_level=autonomy_level,
        pack_id=pack_id or str(uuid.uuid4()),
        description=description,
    )
    pack.validate()
    return pack


def save_evidence_pack(pack: EvidencePackMetadata, output_path: Path) -> None:
    """Write the pack: indented by two, in EP-JSON's order, ASCII, no newline at the end. Whole or not at all.

    Raises:
        ValueError: a rule is broken, or another suffix than ``.json``.
        FileNotFoundError: the folder is not there.
    """
    pack.validate()
    if not isinstance(output_path, Path):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError("output_path must be a Path")
    if output_path.suffix != ".json":
        raise ValueError(f"Unsupported file format: {output_path.suffix}")
    if not output_path.parent.is_dir():
        raise FileNotFoundError(f"No such folder: {output_path.parent}")
    write_atomic(output_path, json.dumps(pack.to_dict(), indent=2).encode())


class EvidencePackValidator:
    """Checks packs and keeps ``errors`` and ``warnings``. Strict raises; lenient returns False for a broken rule."""

    def __init__(self, *, strict: bool = True) -> None:
        self.strict = strict
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def validate_pack(self, pack: EvidencePackMetadata) -> bool:
        """Check an object."""
        self.errors, self.warnings = [], []
        try:
            pack.validate()
        except ValueError as error:
            return self._fail(error)
        return self._judge(pack.to_dict())

    def validate_file(self, path: Path) -> bool:
        """Check a ``.json`` or ``.toml`` file.

        Raises:
            FileNotFoundError: it is not there.
            ValueError: strict: a rule is broken (or another suffix, or no JSON, in both).
            KeyError, AssertionError, TypeError: as the predecessor, strict or not, where its reader tripped.
        """
        self.errors, self.warnings = [], []
        return self._judge(_document(path))

    def _judge(self, document: Mapping[str, Any]) -> bool:
        self.warnings += [str(item.message) for item in ep_rules.warnings(ep_rules.adopt_legacy(document))]
        found = ep_compat.failures(document)
        if not found:
            return True
        error = _error(found[0])
        if found[0].kind != "value":
            raise error
        return self._fail(error)

    def _fail(self, error: Exception) -> bool:
        self.errors.append(str(error))
        if self.strict:
            raise error
        return False


def _document(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise FileNotFoundError(f"Evidence pack not found: {path}")
    if path.suffix not in SUFFIXES:
        raise ValueError(f"Unsupported file format: {path.suffix}")
    try:
        found = read_document(path)
    except BadInput as error:
        raise ValueError(str(error)) from error
    if isinstance(found, ValidationReport):
        first = found.errors[0]
        raise (TypeError if first.code == "EP_TYPE" else ValueError)(str(first.message))
    return dict(found)


def _error(failure: Failure) -> Exception:
    """The predecessor's kind of error; a header's is a SchemaValidationError."""
    problem = failure.problem
    words = f"{WORDS.get(problem.code, problem.code)}: {problem.message} ({problem.path})"
    if failure.kind == "value" and problem.code in SchemaErrorCode.__members__:
        return SchemaValidationError(SchemaErrorCode(problem.code), str(problem.message))
    kinds: dict[str, type[Exception]] = {"key": KeyError, "assertion": AssertionError, "type": TypeError}
    return kinds.get(failure.kind, ValueError)(words)

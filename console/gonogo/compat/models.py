"""The predecessor's records of a layer run (interop.md 1.1). Their checks are its own, its Python errors too.

One check let things pass and is stricter here (docs/compatibility.md): an input is allowed by a path pattern, not
because an allowed word stands somewhere in its path.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from gonogo_evidence import ep_rules
from gonogo_evidence.ep_json import AutonomyLevel
from gonogo_evidence.errors import GonogoError
from gonogo_policies import globs

__all__ = [
    "AutonomyLevel",
    "CapabilityScopeMetadata",
    "CriticDecision",
    "LayerRunMetadata",
    "RunLogging",
    "SoDCheckResult",
    "SoDResult",
]


class SoDResult(StrEnum):
    """What a separation check found."""

    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"


class CriticDecision(StrEnum):
    """What a critic may decide."""

    APPROVE = "APPROVE"
    APPROVE_WITH_CHANGES = "APPROVE_WITH_CHANGES"
    REJECT = "REJECT"


@dataclass
class LayerRunMetadata:
    """Which layer ran with which models."""

    layer_id: str
    layer_name: str
    autonomy_level: AutonomyLevel
    primary_model_id: str
    critic_model_id: str
    capability_scope_id: str
    matrix_version: str
    fallback_model_id: str | None = None

    def validate(self) -> None:
        """Raise ``AssertionError`` for the layer or the matrix version, ``ValueError`` for EXEC or one model twice."""
        if self.layer_id not in ep_rules.LAYERS:
            raise AssertionError(f"Invalid layer_id: {self.layer_id!r}")
        if self.autonomy_level == AutonomyLevel.EXEC:
            raise ValueError("EXEC is forbidden")
        if self.primary_model_id == self.critic_model_id:
            raise ValueError(f"SoD FAIL: Proposer == Critic ({self.primary_model_id})")
        if not self.matrix_version:
            raise AssertionError("matrix_version is empty")

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "autonomy_level": AutonomyLevel(self.autonomy_level).value}


@dataclass
class CapabilityScopeMetadata:
    """What a run may take in, hand out and use. What is forbidden beats what is allowed."""

    capability_scope_id: str
    inputs_allowed: list[str]
    outputs_allowed: list[str]
    tooling_allowed: list[str]
    forbidden: list[str]

    def validate_input(self, path: str) -> bool:
        """Whether a repository path may be read: an allowed file, folder or pattern means it, a forbidden one not."""
        return _means(path, self.inputs_allowed) and not _means(path, self.forbidden)

    def validate_output(self, output_type: str) -> bool:
        """Whether a type of output may be handed out."""
        return output_type in self.outputs_allowed and output_type not in self.forbidden

    def validate_tooling(self, tool: str) -> bool:
        """Whether a tool may be used."""
        return tool in self.tooling_allowed and tool not in self.forbidden

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass
class RunLogging:
    """One model call: what went in, what came out, by digest."""

    run_id: str
    prompt_hash: str
    artifact_hash: str
    inputs_manifest: list[str]
    outputs_manifest: list[str]
    timestamp_utc: str
    model_id: str

    def to_dict(self) -> dict[str, Any]:
        """The seven fields."""
        return asdict(self)


@dataclass
class SoDCheckResult:
    """Whether a critic of its own looked at a proposal, and what it said."""

    proposer_run_id: str
    proposer_model_id: str
    proposer_artifact_hash: str
    critic_run_id: str
    critic_model_id: str
    critic_artifact_hash: str
    sod_result: SoDResult | None = None
    sod_check_timestamp: str = ""
    critic_decision: CriticDecision | None = None
    critic_rationale: str = ""
    evidence_ids: list[str] = field(default_factory=list[str])
    related_evidence_packs: list[str] = field(default_factory=list[str])

    def validate(self) -> None:
        """Judge again and write the result over what was recorded. Raises ``ValueError`` where it is FAIL."""
        reason = self._reason()
        self.sod_result = SoDResult.FAIL if reason else SoDResult.PASS
        if reason:
            raise ValueError(f"SoD FAIL: {reason}")

    def _reason(self) -> str:
        if self.proposer_model_id == self.critic_model_id:
            return f"Proposer == Critic ({self.proposer_model_id})"
        if self.critic_decision not in ep_rules.DECISIONS:
            return f"Invalid critic_decision: {self.critic_decision!r}"
        if not self.critic_rationale.strip():
            return "Empty critic_rationale"
        return "" if self.evidence_ids else "No evidence_ids"

    def to_dict(self) -> dict[str, Any]:
        """All twelve keys, enums as words or null."""
        words = {name: str(value) if value is not None else None for name, value in self._enums().items()}
        return {**asdict(self), **words}

    def _enums(self) -> dict[str, StrEnum | str | None]:
        return {"sod_result": self.sod_result, "critic_decision": self.critic_decision}


def _means(path: str, patterns: list[str]) -> bool:
    """Whether a pattern, or a folder that was named without one, means the path. What is no path is not meant."""
    try:
        wide = [pattern.rstrip("/") for pattern in patterns if pattern.strip("/")]
        usable = [glob for pattern in wide for glob in (pattern, f"{pattern}/**") if globs.problem(glob) is None]
        return globs.match(path, usable)
    except GonogoError:
        return False

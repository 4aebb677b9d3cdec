"""What a report of gates is made from: plain words, in the operator's language, fit for any screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo_evidence.verdict import GateVerdict, Verdict


@dataclass(frozen=True, slots=True)
class Place:
    """One finding: where, which rule, what."""

    path: str
    line: int | None
    code: str
    message: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """One gate's answer."""

    name: str
    hard: bool
    verdict: GateVerdict
    reason: str
    reason_code: str
    checked: int
    unit: str
    milliseconds: int
    findings: tuple[Place, ...]
    advice: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All gates of one look."""

    version: str
    """gonogo's own."""
    subject: str
    """What was looked at, in words."""
    verdict: Verdict
    reason: str
    gates: tuple[GateOutcome, ...]

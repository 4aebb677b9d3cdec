"""Whether the critic is another than the proposer (interop.md 1.6).

Stricter than the predecessor: two spellings of one model id are one model, an empty id is nobody, and where different
providers are asked for, an unknown one is not different.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gonogo.compat.errors import SoDViolationError
from gonogo.compat.models import SoDResult
from gonogo_policies.separation import same_actor

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class SoDCheck:
    """What was compared, and what came out."""

    proposer_model_id: str
    critic_model_id: str
    result: SoDResult
    reason: str
    timestamp: str


class SoDChecker:
    """Compares a proposer with its critic.

    Args:
        enforce_provider_diversity: ask for two providers too.
        clock: for the timestamp; None is the machine's.
    """

    def __init__(
        self, *, enforce_provider_diversity: bool = False, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.enforce_provider_diversity = enforce_provider_diversity
        self._clock = clock or (lambda: datetime.now(UTC))

    def check(
        self, proposer: str, critic: str, proposer_provider: str | None = None, critic_provider: str | None = None
    ) -> SoDCheck:
        """Compare. Never raises."""
        reason = self._violation(proposer, critic, (proposer_provider or "").strip(), (critic_provider or "").strip())
        result = SoDResult.FAIL if reason else SoDResult.PASS
        words = reason or f"SoD PASS: {proposer} is criticised by {critic}"
        return SoDCheck(proposer, critic, result, words, self._clock().isoformat())

    def validate(
        self, proposer: str, critic: str, proposer_provider: str | None = None, critic_provider: str | None = None
    ) -> SoDCheck:
        """Compare. Raises :class:`SoDViolationError` for FAIL."""
        found = self.check(proposer, critic, proposer_provider, critic_provider)
        if found.result is SoDResult.FAIL:
            raise SoDViolationError(found.reason)
        return found

    def _violation(self, proposer: str, critic: str, proposers: str, critics: str) -> str:
        if not proposer.strip() or not critic.strip():
            return "SoD FAIL: proposer or critic is not named"
        if _one(proposer, critic):
            return f"SoD FAIL: Proposer == Critic ({proposer})"
        if self.enforce_provider_diversity and (not proposers or not critics or _one(proposers, critics)):
            return f"SoD FAIL: providers are not known to differ ({proposers or '?'}, {critics or '?'})"
        return ""


def _one(first: str, second: str) -> bool:
    """Dots and dashes are one: the registry's keys are dashed, its ids dotted."""
    return same_actor(first.replace(".", "-"), second.replace(".", "-"))

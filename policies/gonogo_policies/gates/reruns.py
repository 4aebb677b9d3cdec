"""Running a gate again: a pass after a failure is a pass that is shown as flaky, with each attempt (``reruns``).

A later attempt counts only where it looked at no less than the first: one that runs what is left over proves nothing
about the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.canonical import digest_of
from gonogo_evidence.text import msg
from gonogo_policies.change import first
from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.words import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSON
    from gonogo_policies.gates.interface import CommandResult
    from gonogo_policies.gates.verdicts import Seen

FLAKY = "FLAKY"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One start of a gate's command, and what it showed."""

    seen: Seen
    done: CommandResult

    @property
    def failed(self) -> bool:
        """Whether it found faults."""
        return bool(self.seen.findings)

    @property
    def passed(self) -> bool:
        """Whether it came to an end, looked at something and found nothing."""
        return not self.failed and self.seen.stop is None and self.seen.checked > 0

    @property
    def verdict(self) -> str:
        """The attempt alone, in the words of verdicts."""
        return "FAIL" if self.failed else "PASS" if self.passed else "INCONCLUSIVE"

    def json(self) -> dict[str, JSON]:
        """The form for environment.json."""
        return {
            "verdict": self.verdict,
            "checked": self.seen.checked,
            "findings_count": len(set(self.seen.findings)),
            "exit_code": self.done.code,
            "duration_ms": self.done.duration_ms,
            "stdout_sha256": digest_of(self.done.stdout),
            "stderr_sha256": digest_of(self.done.stderr),
        }


def settle(attempts: Sequence[Attempt]) -> Seen:
    """What all attempts together show: the last where it passed, the first where none did. Needs at least one."""
    one, last = attempts[0], attempts[-1]
    if len(attempts) == 1:
        return one.seen
    told = [_told(number, attempt, len(attempts)) for number, attempt in enumerate(attempts, 1)]
    if not last.passed or last.seen.checked < one.seen.checked:
        one.seen.advice += told
        return one.seen
    last.seen.advice += told
    last.seen.reason = msg(
        "Flaky: attempt {number} passed after {failed} that failed. Checked: {checked}. Failed before: {names}.",
        number=len(attempts),
        failed=len(attempts) - 1,
        checked=last.seen.checked,
        names=first(sorted({found.message for attempt in attempts for found in attempt.seen.findings})),
    )
    return last.seen


def _told(number: int, attempt: Attempt, count: int) -> Finding:
    """An attempt as a note beside the verdict, without anything that a clock decides."""
    names = sorted({found.message for found in attempt.seen.findings})
    message = f"attempt {number} of {count}: {attempt.verdict}, checked {attempt.seen.checked}"
    message += f", failed: {first(names)}" if names else ""
    return Finding("", None, FLAKY, message, fingerprint("", FLAKY, message, ""))

"""The one place that makes verdicts of gates (product law 2).

A fault that was found is FAIL, whatever else went wrong. What could not run, was cut short, could not be read or looked
at nothing is INCONCLUSIVE, with a code. PASS needs something that was checked. NOT_APPLICABLE needs a trigger and the
files that it was evaluated on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gonogo_evidence.text import Text, msg
from gonogo_policies.gates.interface import Applicability, Finding, GateResult, Observation, Unit

if TYPE_CHECKING:
    from collections.abc import Container

    from gonogo_evidence.verdict import GateVerdict
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import CommandResult, Kept


class Stopped(Exception):
    """The gate cannot go on: a stable code and the reason in words."""

    def __init__(self, code: str, reason: Text) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class Seen:
    """What a gate saw so far. It grows while the gate runs, so that an early end loses nothing."""

    unit: Unit
    checked: int = 0
    findings: list[Finding] = field(default_factory=list[Finding])
    advice: list[Finding] = field(default_factory=list[Finding])
    """What is told and fails nothing."""
    files: tuple[str, ...] = ()
    reads_change: bool = False
    """Whether what was checked are the changed files, or what they do."""
    reason: Text | None = None
    """Words for a PASS or FAIL; the stop's own words stand where it was stopped."""
    stop: Stopped | None = None
    observed: Observation = field(default_factory=Observation)
    kept: list[Kept] = field(default_factory=list["Kept"])
    """Files for people."""


def judge(gate: Declaration, found: Applicability, seen: Seen) -> GateResult:
    """The verdict over what a gate saw."""
    findings = tuple(sorted(set(seen.findings), key=_order))
    plain_words = seen.reason or msg("Findings: {findings}. Checked: {checked}.", **_counts(seen.checked, findings))
    verdict: GateVerdict = "PASS"
    code, reason = None, plain_words
    if findings:
        verdict = "FAIL"
        if seen.stop is not None:
            reason = msg("Findings: {findings}, and the gate could not finish.", findings=len(findings))
    elif seen.stop is not None:
        verdict, code, reason = "INCONCLUSIVE", seen.stop.code, seen.stop.reason
    elif seen.checked <= 0:
        verdict, code = "INCONCLUSIVE", "GATE_CHECKED_NOTHING"
        reason = msg("The gate ran and checked nothing, which proves nothing.")
    return GateResult(
        name=gate.name,
        step=gate.step,
        hard=gate.hard,
        verdict=verdict,
        checked=seen.checked,
        unit=seen.unit,
        read_change=seen.reads_change and seen.checked > 0,
        reason=reason,
        trigger=found.trigger,
        files=seen.files,
        findings=findings,
        advice=tuple(sorted(set(seen.advice), key=_order)),
        reason_code=code,
        observed=replace(seen.observed, kept=tuple(seen.kept)),
    )


def not_applicable(gate: Declaration, found: Applicability) -> GateResult:
    """NOT_APPLICABLE, as the plan earned it. An applicability that says "applies" is a mistake and INCONCLUSIVE."""
    if found.applies:
        return stopped(gate, found, Stopped("GATE_NOT_RUN", msg("The gate applies and was not run.")))
    return GateResult(
        name=gate.name,
        step=gate.step,
        hard=gate.hard,
        verdict="NOT_APPLICABLE",
        checked=0,
        unit="files",
        read_change=False,
        reason=found.why,
        trigger=found.trigger,
        files=found.files,
    )


def stopped(gate: Declaration, found: Applicability, stop: Stopped, unit: Unit = "files") -> GateResult:
    """INCONCLUSIVE: nothing could be looked at."""
    return judge(gate, found, Seen(unit, stop=stop))


def require_end(done: CommandResult, tool: str, *, seconds: int, expected: Container[int]) -> int:
    """The exit code of a program that ran to an end that its format knows.

    Raises:
        Stopped: GATE_TOOL_MISSING, GATE_TIMEOUT, GATE_CRASHED.
    """
    if done.missing:
        raise tool_missing(tool)
    if done.timed_out or done.code is None:
        raise Stopped(
            "GATE_TIMEOUT",
            msg("{tool} was not done after {seconds} seconds and was stopped.", tool=tool, seconds=seconds),
        )
    if done.code < 0:
        raise Stopped("GATE_CRASHED", msg("{tool} was ended by signal {signal}.", tool=tool, signal=-done.code))
    if done.code not in expected:
        raise crashed(tool, done.code)
    return done.code


def tool_missing(tool: str) -> Stopped:
    """The program is not there."""
    return Stopped("GATE_TOOL_MISSING", msg("{tool} is not installed here, so nothing was checked.", tool=tool))


def crashed(tool: str, code: int) -> Stopped:
    """The program ended with a code that means neither yes nor no."""
    return Stopped(
        "GATE_CRASHED",
        msg("{tool} ended with exit code {code}, which is neither a pass nor a finding.", tool=tool, code=code),
    )


def bad_output(tool: str) -> Stopped:
    """The program's output is not in the form that it was asked for."""
    return Stopped("GATE_OUTPUT", msg("What {tool} printed cannot be read, so nothing is proven.", tool=tool))


def _counts(checked: int, findings: tuple[Finding, ...]) -> dict[str, int]:
    return {"checked": checked, "findings": len(findings)}


def _order(finding: Finding) -> tuple[str, int, str, str, str]:
    return (finding.path, finding.line or 0, finding.code, finding.message, finding.fingerprint)

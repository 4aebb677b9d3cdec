"""``Policy Critic Gate``: the change's own lines are held against the rules of a policy pack (runbook sections 4 E, 6).

A rule's BLOCK is a finding and fails the gate; WARN and INFO are told beside its verdict and never lost. It applies to
every change that is more than documents; a PASS counts as proof where a policy-relevant file changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg
from gonogo_policies import globs
from gonogo_policies.change import first
from gonogo_policies.critic import Context, DiffInvalid, criticise, read_diff, read_pack
from gonogo_policies.gates.interface import Applicability, Finding, Observation, PlanContext
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Container

    from gonogo_policies.change import Change
    from gonogo_policies.critic import Critique, Hit, Pack
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult


RELEVANT = "policy"
"""The trigger's group whose files make a PASS a proof; without any trigger, every file does."""


@dataclass(frozen=True, slots=True)
class CriticGate:
    """The critic of one declaration."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a changed file may set something, and proves something where its trigger fires."""
        del context
        gate = self.declaration
        found = hits(replace(gate, trigger={}), change)
        relevant = tuple(path for path in found.files if _in(path, gate))
        return found.applies(reads_change=bool(relevant))

    def run(self, context: GateContext) -> GateResult:
        """Read the diff, play the rules, judge. No program of the change is started."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("files", reads_change=found.reads_change)
        try:
            self._look(context, seen)
        except Stopped as stop:
            seen.stop = stop
        except Inconclusive as error:
            seen.stop = Stopped(error.code, error.what)
        return judge(self.declaration, found, seen)

    def _look(self, context: GateContext, seen: Seen) -> None:
        pack = read_pack(self.declaration.policy)
        seen.observed = Observation(tool="policy pack", version=plain(f"{'+'.join(pack.ids)} {pack.version}", 60))
        if not pack.rules:
            raise Stopped("GATE_CHECKED_NOTHING", msg("The policy critic has no rule, so nothing was checked."))
        look(context, pack, seen, allowed=self.declaration.allow)


def look(context: GateContext, pack: Pack, seen: Seen, *, allowed: Container[str]) -> None:
    """Read the change's lines and play the rules; what was found stands in ``seen`` whatever comes then.

    Raises:
        Stopped: GATE_OUTPUT, GATE_INCOMPLETE.
        Inconclusive: the detectors cannot answer.
    """
    try:
        files = read_diff(context.diff())
    except DiffInvalid as error:
        words = msg("The diff cannot be read: line {line}, {reason}.", line=error.line, reason=error.reason)
        raise Stopped("GATE_OUTPUT", words) from error
    critique = criticise(files, pack, Context(), context.find_secrets)
    _take(critique, seen, allowed)
    shown = {name for file in files for name in file.names}
    seen.files = tuple(sorted(shown))
    missing = sorted({name for file in context.change.files for name in file.names} - shown)
    if missing:
        raise Stopped("GATE_INCOMPLETE", msg("The diff leaves out changed files: {names}.", names=first(missing)))
    if critique.unread:
        names = first([plain(one) for one in critique.unread])
        raise Stopped("GATE_INCOMPLETE", msg("The diff does not show the content of: {names}.", names=names))
    if critique.combined:
        why = msg("The diff is one of a merge: what came from one side alone is not in it.")
        raise Stopped("GATE_INCOMPLETE", why)


def _take(critique: Critique, seen: Seen, allowed: Container[str]) -> None:
    seen.checked = critique.files
    for hit in critique.hits:
        finding = _finding(hit)
        if hit.severity == "BLOCK" and finding.fingerprint in allowed:
            seen.advice.append(replace(finding, message=f"{finding.message} [allowed by the trust side]"))
        else:
            (seen.findings if hit.severity == "BLOCK" else seen.advice).append(finding)
    seen.reason = msg(
        "Rules: {rules}, over changed lines: {lines}, in files: {files}. Blocking: {findings}, told: {advice}.",
        rules=critique.rules,
        lines=critique.lines,
        files=critique.files,
        findings=len(set(seen.findings)),
        advice=len(set(seen.advice)),
    )


def _finding(hit: Hit) -> Finding:
    message = plain(hit.message)
    if hit.side == "old":
        message += f" (line {hit.start} of the old file)"
    elif hit.end > hit.start:
        message += f" (lines {hit.start} to {hit.end})"
    if hit.severity == "INFO":
        message += " [INFO]"
    line = hit.start if hit.start and hit.side == "new" else None
    return Finding(hit.path, line, hit.rule, message, fingerprint(hit.path, hit.rule, hit.message, hit.snippet))


def _in(path: str, gate: Declaration) -> bool:
    return not gate.trigger or globs.match(path, gate.trigger.get(RELEVANT, ()))

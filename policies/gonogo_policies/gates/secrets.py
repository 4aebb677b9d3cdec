"""``secret-scan``: no added line holds a secret, asked of the maintained detectors (runbook step A).

Every touched file is looked through whole: a secret that was there before is told, one that is added fails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg
from gonogo_policies.critic import Pack, Rule
from gonogo_policies.gates.critic import look
from gonogo_policies.gates.interface import Applicability, Observation, PlanContext
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge
from gonogo_policies.gates.words import plain
from gonogo_policies.globs import Globs

if TYPE_CHECKING:
    from gonogo_evidence.text import Text
    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult

RULE = Rule("SECRET", "secrets", "BLOCK", "this looks like a secret")


@dataclass(frozen=True, slots=True)
class SecretGate:
    """The scan of one declaration."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies to every change. That no secret is in it proves nothing else about it."""
        del context
        return hits(self.declaration, change).applies(reads_change=False)

    def run(self, context: GateContext) -> GateResult:
        """Read the diff, ask the detectors, judge. No program of the change is started, no network is asked."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("files", observed=Observation(tool="secret detectors"))
        rule = replace(RULE, soft=Globs(self.declaration.exclude))
        pack = Pack((), "", (rule,), Globs(()), Globs(()), "")
        try:
            look(context, pack, seen, allowed=self.declaration.allow)
            seen.reason = _words(seen)
        except Stopped as stop:
            seen.stop = stop
        except Inconclusive as error:
            seen.stop = Stopped(error.code, error.what)
        return judge(self.declaration, found, seen)


def _words(seen: Seen) -> Text:
    if seen.findings:
        one = seen.findings[0]
        place = f"{plain(one.path)}:{one.line}"
        return msg("Secrets in added lines: {count}, first {place}.", count=len(set(seen.findings)), place=place)
    told = len(set(seen.advice))
    return msg(
        "No added line holds a secret. Files looked through: {files}. Told: {told}.", files=seen.checked, told=told
    )

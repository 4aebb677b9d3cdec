"""Gates that the runbook names and that are not built yet (decisions, "Verdicts and exits").

Such a gate does not apply where this repository's CI has no job of its name; where it has one, that job promises
something that nobody checked here, and the gate is INCONCLUSIVE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies.gates.interface import Applicability
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Stopped, stopped

if TYPE_CHECKING:
    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult, PlanContext


@dataclass(frozen=True, slots=True)
class UnbuiltGate:
    """One gate that comes later."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """Whether this repository's CI has the job, and the change is one that it is about."""
        gate = self.declaration
        job = msg("a CI job of the exact name {name}", name=gate.name)
        if context.ci is None:
            why = msg("This gate is not built yet, and the CI files could not be looked through.")
            return Applicability(applies=True, trigger=job, files=change.paths, why=why)
        places = context.ci.contexts.get(gate.name, ())
        if not places:
            why = msg(
                "Not built yet, and no CI job here has its name. CI files looked through: {count}.",
                count=len(context.ci.files),
            )
            return Applicability(applies=False, trigger=job, files=context.ci.files, why=why)
        found = hits(gate, change)
        if not found.files:
            return found.applies()
        why = msg("The CI of this repository has this job ({place}).", place=places[0])
        return Applicability(applies=True, trigger=found.trigger, files=found.files, why=why)

    def run(self, context: GateContext) -> GateResult:
        """There is nothing to run: INCONCLUSIVE."""
        found = Applicability(
            applies=True,
            trigger=msg("a CI job of the exact name {name}", name=self.declaration.name),
            files=context.change.paths,
            why=msg("The CI of this repository has this job."),
        )
        reason = msg(
            "The CI of this repository has the job {name}, and this version cannot run it yet: nobody checked it here.",
            name=self.declaration.name,
        )
        return stopped(self.declaration, found, Stopped("GATE_NOT_BUILT", reason))

"""A command that the operator enrolled, as a gate: a test suite, or any program that answers in a declared form.

Only the trust side can say what is run (law 2, decisions "Places"). A command that the commit under review proposes is
never started.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies.change import kinds_of
from gonogo_policies.gates.command_report import ReportFile, take
from gonogo_policies.gates.interface import Applicability, CommandResult, PlanContext
from gonogo_policies.gates.interpreter import with_interpreter
from gonogo_policies.gates.reruns import Attempt, settle
from gonogo_policies.gates.tool_session import Session
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge

if TYPE_CHECKING:
    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult, Unit

UNITS: dict[str, Unit] = {
    "exit": "commands",
    "pytest": "tests",
    "junit": "tests",
    "tap": "tests",
    "sarif": "files",
    "numbers": "values",
}
"""What a form counts; JSON counts what its entry points at."""


@dataclass(frozen=True, slots=True)
class CommandGate:
    """One enrolled command."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a command is named and the change fires its trigger, or where only CI has a job for it."""
        gate = self.declaration
        if not gate.argv:
            return self._not_enrolled(change, context)
        found = hits(gate, change)
        return found.applies(reads_change=gate.origin != "commit" and self._reads(change))

    def run(self, context: GateContext) -> GateResult:
        """Start the command in the work tree, read its evidence, judge."""
        gate = self.declaration
        found = self.applies(context.change, PlanContext(ci=None))
        session = Session(context, _tool_name(gate))
        try:
            attempts = self._attempts(context, session, self._argv(context, session))
            seen = settle(attempts)
            seen.files = found.files
        except Stopped as stop:
            attempts, seen = [], Seen(self._unit, stop=stop)
        seen.reads_change = found.reads_change
        seen.observed = session.observed([one.json() for one in attempts] if len(attempts) > 1 else [])
        return judge(gate, found, seen)

    def _argv(self, context: GateContext, session: Session) -> list[str]:
        gate = self.declaration
        if gate.origin == "commit":
            why = msg("The commit under review names this command; nothing is run that the trust side did not enrol.")
            raise Stopped("GATE_NOT_ENROLLED", why)
        if not gate.argv:
            raise Stopped("GATE_NOT_ENROLLED", msg("No command is enrolled for this gate: gonogo init enrols one."))
        argv = with_interpreter(gate.argv, context, session)
        return [word.replace("{output}", str(context.output)) for word in argv]

    def _attempts(self, context: GateContext, session: Session, argv: list[str]) -> list[Attempt]:
        """Once, and again while it finds faults and its entry allows it. What cannot tell is not asked again."""
        report = ReportFile.of(self.declaration, context)
        attempts: list[Attempt] = []
        while len(attempts) <= self.declaration.reruns and (not attempts or attempts[-1].failed):
            attempts.append(self._attempt(session, argv, report))
        return attempts

    def _attempt(self, session: Session, argv: list[str], report: ReportFile) -> Attempt:
        seen, done = Seen(self._unit), CommandResult(None)
        try:
            report.clear()
            done = session.attempt(argv, report.env)
            take(done, argv, self.declaration, report, seen)
        except Stopped as stop:
            seen.stop = stop
        return Attempt(seen, done)

    @property
    def _unit(self) -> Unit:
        return UNITS.get(self.declaration.output, "checks")

    def _not_enrolled(self, change: Change, context: PlanContext) -> Applicability:
        """Nothing is run; where this repository's CI has a job of the name, that job promises what nobody checks."""
        gate = self.declaration
        found = hits(gate, change)
        if context.ci is None and found.files:
            why = msg("No command is enrolled, and the CI files could not be looked through for a job of this name.")
            return Applicability(applies=True, trigger=found.trigger, files=found.files, why=why)
        places = context.ci.contexts.get(gate.name, ()) if context.ci is not None else ()
        if places and found.files:
            why = msg("The CI of this repository has this job ({place}), and no command is enrolled.", place=places[0])
            return Applicability(applies=True, trigger=found.trigger, files=found.files, why=why)
        why = msg(
            "No command is enrolled, so none is run. Name one for {name} in {file}; gonogo init enrols it.",
            name=gate.name,
            file=".gonogo/gates.toml",
        )
        return Applicability(applies=False, trigger=msg("an enrolled command"), files=change.paths, why=why)

    def _reads(self, change: Change) -> bool:
        """Tests read code and tests. Of the other forms we know only what their entry claims: the trigger it names."""
        claimed = bool(self.declaration.trigger)
        if self.declaration.output not in {"pytest", "junit", "tap"}:
            return claimed
        kinds = {kind for path in change.paths for kind in kinds_of(path)}
        return bool(kinds & {"python", "tests"}) or (claimed and self.declaration.output != "pytest")


def _tool_name(gate: Declaration) -> str:
    return Path(gate.argv[0]).name.replace("{python}", "python") if gate.argv else gate.name

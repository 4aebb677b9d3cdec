"""A command that the operator enrolled, as a gate: a test suite, or any program that answers with its exit code.

Only the trust side can say what is run (law 2, decisions "Places"). A command that the commit under review proposes is
never started.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_policies.change import kinds_of
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.reports import Suite, read_junit, read_pytest
from gonogo_policies.gates.tool_session import Session
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, bad_output, crashed, judge, require_end, tool_missing
from gonogo_policies.gates.words import decode, fingerprint

if TYPE_CHECKING:
    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import CommandResult, GateContext, GateResult

REPORT_LIMIT = 32 * 1024 * 1024
ANY_CODE = range(256)
PYTEST_NOTHING = 5
PYTEST_ENDS = frozenset({0, 1, 2, PYTEST_NOTHING})
"""Passed, failed, stopped early (errors while collecting, too), nothing collected. 3 and 4 are pytest's own faults."""
NOT_FOUND = frozenset({126, 127})
"""What ``env`` and shells end with when the program they should start is not there."""
NO_MODULE = re.compile(r"No module named '?(?P<module>[\w.]+)'?")


@dataclass(frozen=True, slots=True)
class CommandGate:
    """One enrolled command."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a command is named and the change fires its trigger."""
        del context
        gate = self.declaration
        if not gate.argv:
            why = msg(
                "No command is enrolled, so none is run. Name one for {name} in {file}; gonogo init enrols it.",
                name=gate.name,
                file=".gonogo/gates.toml",
            )
            return Applicability(applies=False, trigger=msg("an enrolled command"), files=change.paths, why=why)
        found = hits(gate, change)
        if not found.files:
            return found.refused()
        reads = gate.origin != "commit" and self._reads(change)
        return Applicability(applies=True, trigger=found.trigger, files=found.files, why=found.why, reads_change=reads)

    def run(self, context: GateContext) -> GateResult:
        """Start the command in the work tree, read its evidence, judge."""
        gate = self.declaration
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("commands" if gate.output == "exit" else "tests", reads_change=found.reads_change)
        session = Session(context, _tool_name(gate))
        try:
            self._look(context, session, seen)
            seen.files = found.files
        except Stopped as stop:
            seen.stop = stop
        seen.observed = session.observed()
        return judge(gate, found, seen)

    def _look(self, context: GateContext, session: Session, seen: Seen) -> None:
        gate = self.declaration
        if gate.origin == "commit":
            why = msg("The commit under review names this command; nothing is run that the trust side did not enrol.")
            raise Stopped("GATE_NOT_ENROLLED", why)
        if not gate.argv:
            raise Stopped("GATE_NOT_ENROLLED", msg("No command is enrolled for this gate: gonogo init enrols one."))
        values = {"{python}": context.python, "{output}": str(context.output)}
        argv = [_fill(word, values) for word in gate.argv]
        report = _report(gate, context)
        if report is not None:
            _clear(report, context.output if _outside(gate) else context.tree)
        done = session.attempt(argv)
        _require_module(argv, done)
        match gate.output:
            case "pytest":
                _judge_pytest(done, gate, seen)
            case "junit":
                _judge_junit(done, gate, seen, report)
            case "exit":
                _judge_exit(done, gate, seen)

    def _reads(self, change: Change) -> bool:
        """Tests read code and tests. Of a bare exit code we know only what its entry claims: the trigger it names."""
        claimed = bool(self.declaration.trigger)
        if self.declaration.output == "exit":
            return claimed
        kinds = {kind for path in change.paths for kind in kinds_of(path)}
        return bool(kinds & {"python", "tests"}) or (claimed and self.declaration.output == "junit")


def _judge_pytest(done: CommandResult, gate: Declaration, seen: Seen) -> None:
    code = require_end(done, "pytest", seconds=gate.timeout_seconds, expected=PYTEST_ENDS)
    if code == PYTEST_NOTHING:
        raise Stopped("GATE_CHECKED_NOTHING", msg("pytest collected no test (exit code 5)."))
    tests = read_pytest(done.stdout)
    _take(tests, seen)
    if code != 0 and not tests.bad:
        raise crashed("pytest", code)


def _judge_junit(done: CommandResult, gate: Declaration, seen: Seen, report: Path | None) -> None:
    tool = _tool_name(gate)
    code = require_end(done, tool, seconds=gate.timeout_seconds, expected=ANY_CODE)
    if code in NOT_FOUND:
        raise tool_missing(tool)
    try:
        data = read_bytes(report, limit=REPORT_LIMIT) if report is not None else b""
    except GonogoError as error:
        raise bad_output("the JUnit report") from error
    tests = read_junit(data)
    _take(tests, seen)
    if code != 0 and not tests.bad:
        raise crashed(tool, code)


def _judge_exit(done: CommandResult, gate: Declaration, seen: Seen) -> None:
    tool = _tool_name(gate)
    code = require_end(done, tool, seconds=gate.timeout_seconds, expected=ANY_CODE)
    if code in NOT_FOUND:
        raise tool_missing(tool)
    seen.checked = 1
    seen.reason = msg(
        "One command was run and ended with exit code {code}. That code is all that is known of it.", code=code
    )
    if code != 0:
        message = f"exit code {code}"
        seen.findings.append(Finding("", None, "exit", message, fingerprint("", "exit", message, tool)))


def _take(tests: Suite, seen: Seen) -> None:
    """A failure without a name is a failure all the same."""
    seen.checked = tests.ran
    seen.findings += tests.findings
    if tests.bad and not tests.findings:
        message = f"{tests.bad} failed"
        seen.findings.append(Finding("", None, "failed", message, fingerprint("", "failed", message, "")))
    seen.reason = msg(
        "Tests run: {ran}. Failed: {bad}. Skipped: {skipped}.", ran=tests.ran, bad=tests.bad, skipped=tests.skipped
    )


def _require_module(argv: list[str], done: CommandResult) -> None:
    """``python -m pytest`` without pytest is a missing tool, not a failed test."""
    if done.code != 1 or len(argv) < 3 or argv[1] != "-m":  # noqa: PLR2004 - interpreter, -m, module
        return
    lines = decode(done.stderr).strip().split("\n")
    found = NO_MODULE.search(lines[-1])
    if found and found["module"] == argv[2] and lines[-1].startswith(f"{argv[0]}: "):
        raise tool_missing(argv[2])


def _fill(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word


def _outside(gate: Declaration) -> bool:
    return any("{output}" in word for word in gate.argv)


def _report(gate: Declaration, context: GateContext) -> Path | None:
    """Where the JUnit file will be: in the output folder where argv names it, else in the work tree."""
    if gate.output != "junit":
        return None
    where = PurePosixPath(gate.report.removeprefix("{output}/"))
    if not gate.report or where.is_absolute() or ".." in where.parts:
        raise bad_output("the JUnit report")
    return (context.output if _outside(gate) else context.tree) / where


def _clear(report: Path, root: Path) -> None:
    """A report that is there before the run proves nothing, and a link on the way would lead elsewhere."""
    for folder in reversed(report.relative_to(root).parents[:-1]):
        if (root / folder).is_symlink():
            raise bad_output("the JUnit report")
    try:
        if stat.S_ISDIR(report.lstat().st_mode):
            raise bad_output("the JUnit report")
        report.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return


def _tool_name(gate: Declaration) -> str:
    return Path(gate.argv[0]).name.replace("{python}", "python") if gate.argv else gate.name

"""What a command left, read in the form that its entry declares. Exit code and report must agree for a PASS.

A report with faults is believed whatever the exit code says. A bad exit code beside a clean report is INCONCLUSIVE.
"""

from __future__ import annotations

import re
import shlex
import stat
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.json_report import read_json
from gonogo_policies.gates.numeric_report import Baseline, take_numbers
from gonogo_policies.gates.reports import Suite, read_junit, read_pytest
from gonogo_policies.gates.reruns import FLAKY
from gonogo_policies.gates.sarif_report import read_sarif
from gonogo_policies.gates.tap_report import read_tap
from gonogo_policies.gates.verdicts import Stopped, bad_output, crashed, require_end, tool_missing
from gonogo_policies.gates.words import decode, fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import CommandResult, GateContext
    from gonogo_policies.gates.verdicts import Seen

REPORT_LIMIT = 32 * 1024 * 1024
ANY_CODE = range(256)
PYTEST_NOTHING = 5
PYTEST_ENDS = frozenset({0, 1, 2, PYTEST_NOTHING})
"""Passed, failed, stopped early (errors while collecting, too), nothing collected. 3 and 4 are pytest's own faults."""
NOT_FOUND = frozenset({126, 127})
"""What ``env`` and shells end with when the program they should start is not there."""
NO_MODULE = re.compile(r"No module named '?(?P<module>[\w.]+)'?")
NAMES = {
    "junit": "the JUnit report",
    "sarif": "the SARIF report",
    "tap": "the TAP report",
    "json": "the JSON report",
    "numbers": "the numeric report",
}
TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")
"""As pytest names test files where nothing else is said."""
OPTIONS, NO_JUNIT = "PYTEST_ADDOPTS", "no:junitxml"


@dataclass(frozen=True, slots=True)
class ReportFile:
    """Where a command's report will be; none: its standard output is the report, or it has none."""

    path: Path | None
    root: Path
    name: str
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the command's environment says of it."""
    baseline: Baseline | None = None
    """For a numeric report: what it is held against."""
    tests: tuple[str, ...] = ()
    """Test files of the change, of which pytest ran something if it knows of them."""

    @classmethod
    def of(cls, gate: Declaration, context: GateContext) -> ReportFile:
        """In the output folder where argv names that, else in the work tree. Raises Stopped GATE_OUTPUT."""
        if gate.output == "pytest":
            return cls._of_pytest(gate, context)
        name = NAMES.get(gate.output, "")
        baseline = Baseline.of(context) if gate.output == "numbers" else None
        if not name or (not gate.report and gate.output != "junit"):
            return cls(None, context.output, name, baseline=baseline)
        where = PurePosixPath(gate.report.removeprefix("{output}/"))
        if not gate.report or where.is_absolute() or ".." in where.parts:
            raise bad_output(name)
        outside = any("{output}" in word for word in gate.argv)
        root = context.output if outside else context.tree
        return cls(root / where, root, name, baseline=baseline)

    @classmethod
    def _of_pytest(cls, gate: Declaration, context: GateContext) -> ReportFile:
        """Pytest is asked for its JUnit file, too: it names files and lines, and it must agree."""
        if any(NO_JUNIT in word for word in gate.argv):
            return cls(None, context.output, "")
        path = context.output / "pytest.xml"
        asked = f"-o junit_family=xunit1 --junitxml={shlex.quote(str(path))}"
        options = " ".join(filter(None, (context.env.get(OPTIONS, ""), asked)))
        tests = tuple(one.path for one in context.change.files if one.readable and TEST_FILE.search(one.path))
        return cls(path, context.output, NAMES["junit"], {OPTIONS: options}, tests=tests)

    def clear(self) -> None:
        """A report that is there before the run proves nothing, and a link on the way would lead elsewhere."""
        if self.path is None:
            return
        for folder in reversed(self.path.relative_to(self.root).parents[:-1]):
            if (self.root / folder).is_symlink():
                raise bad_output(self.name)
        try:
            if stat.S_ISDIR(self.path.lstat().st_mode):
                raise bad_output(self.name)
            self.path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return

    def read(self, stdout: bytes) -> bytes:
        """The report's bytes. Raises Stopped GATE_OUTPUT."""
        if self.path is None:
            if len(stdout) > REPORT_LIMIT:
                raise bad_output(self.name)
            return stdout
        try:
            return read_bytes(self.path, limit=REPORT_LIMIT)
        except GonogoError as error:
            raise bad_output(self.name) from error


def take(done: CommandResult, argv: Sequence[str], gate: Declaration, report: ReportFile, seen: Seen) -> None:
    """Put what a command left into ``seen``. Raises Stopped where it proves nothing."""
    _require_module(argv, done)
    tool = Path(gate.argv[0]).name.replace("{python}", "python")
    code = require_end(
        done,
        "pytest" if gate.output == "pytest" else tool,
        seconds=gate.timeout_seconds,
        expected=PYTEST_ENDS if gate.output == "pytest" else ANY_CODE,
    )
    if gate.output != "pytest" and code in NOT_FOUND:
        raise tool_missing(tool)
    if report.baseline is not None:
        return _take_numbers(report.read(done.stdout), code, tool, report.baseline, gate, seen)
    match gate.output:
        case "exit" | "numbers":
            return _take_code(code, tool, seen)
        case "pytest":
            tests = _read_pytest(done, code, report)
        case "junit":
            tests = read_junit(report.read(done.stdout))
        case "sarif":
            tests = read_sarif(report.read(done.stdout), gate.pointers)
        case "tap":
            tests = read_tap(report.read(done.stdout))
        case "json":
            tests = read_json(report.read(done.stdout), gate.pointers)
    _take_report(tests, seen)
    if code != 0 and not tests.bad:
        raise crashed(tool, code)
    return None


def _read_pytest(done: CommandResult, code: int, report: ReportFile) -> Suite:
    """The closing line, and the JUnit file where pytest wrote one: each must say what the other says."""
    if code == PYTEST_NOTHING:
        raise Stopped("GATE_CHECKED_NOTHING", msg("pytest collected no test (exit code 5)."))
    said = read_pytest(done.stdout)
    if report.path is None or not report.path.exists():
        return said
    listed = read_junit(report.read(b""))
    if said.ran and not said.bad and not listed.ran:
        raise bad_output("pytest")
    named = {one.message: one for one in map(_as_pytest_names_it, listed.findings)}
    said.findings = [replace(one, line=named.get(one.message, one).line) for one in said.findings] or [*named.values()]
    said.advice += _not_run(report.tests, listed.files)
    said.bad, said.flaky = max(said.bad, listed.bad), max(said.flaky, listed.flaky)
    return said


def _not_run(tests: Sequence[str], ran: Collection[str]) -> Iterator[Finding]:
    """Changed test files that the run knows nothing of: settings may leave them out, or look elsewhere for tests."""
    ends = {f"/{one}" for one in ran if one}
    for path in tests if ends else ():
        if not any(f"/{path}".endswith(end) or end.endswith(f"/{path}") for end in ends):
            message = "pytest ran nothing of this changed test file"
            yield Finding(path, None, "TEST_FILE_NOT_RUN", message, fingerprint(path, message, "", ""))


def _as_pytest_names_it(found: Finding) -> Finding:
    """``tests.test_a.A::test_b`` in tests/test_a.py as ``tests/test_a.py::A::test_b``; its lines begin at 0."""
    rest = found.message.removeprefix(found.path.removesuffix(".py").replace("/", "."))
    classes, _, name = rest.partition("::")
    node = "::".join([found.path, *filter(None, classes.split(".")), name]) if found.path else found.message
    line = None if found.line is None else found.line + 1
    return Finding(found.path, line, found.code, node, fingerprint(found.path, found.code, node, ""))


def _take_numbers(data: bytes, code: int, tool: str, baseline: Baseline, gate: Declaration, seen: Seen) -> None:
    """A report of a command that failed is no report."""
    if code != 0:
        raise crashed(tool, code)
    take_numbers(data, baseline, gate, seen)


def _take_code(code: int, tool: str, seen: Seen) -> None:
    seen.checked = 1
    seen.reason = msg(
        "One command was run and ended with exit code {code}. That code is all that is known of it.", code=code
    )
    if code != 0:
        message = f"exit code {code}"
        seen.findings.append(Finding("", None, "exit", message, fingerprint("", "exit", message, tool)))


def _take_report(tests: Suite, seen: Seen) -> None:
    """A failure without a name is a failure all the same."""
    seen.checked = tests.ran
    seen.findings += tests.findings
    seen.advice += tests.advice
    if tests.bad and not tests.findings:
        message = f"{tests.bad} failed"
        seen.findings.append(Finding("", None, "failed", message, fingerprint("", "failed", message, "")))
    if tests.flaky:
        message = f"the test runner ran tests again until they passed: {tests.flaky}"
        seen.advice.append(Finding("", None, FLAKY, message, fingerprint("", FLAKY, message, "")))
    if seen.unit == "tests":
        seen.reason = msg(
            "Tests run: {ran}. Failed: {bad}. Skipped: {skipped}.", ran=tests.ran, bad=tests.bad, skipped=tests.skipped
        )


def _require_module(argv: Sequence[str], done: CommandResult) -> None:
    """``python -P -m pytest`` without pytest is a missing tool, not a failed test."""
    options = list(takewhile(lambda word: word.startswith("-"), argv[1:]))
    after = list(argv[len(options) + 1 :])
    if done.code != 1 or options[-1:] != ["-m"] or not after:
        return
    module = after[0]
    lines = decode(done.stderr).strip().split("\n")
    found = NO_MODULE.search(lines[-1])
    if found and found["module"] == module and lines[-1].startswith(f"{argv[0]}: "):
        raise tool_missing(module)

"""Reading what a test run leaves: pytest's closing line, or a JUnit file. What is not clearly there stops the gate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.verdicts import bad_output
from gonogo_policies.gates.words import decode, fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOSING = re.compile(r"(?:=+ )?(?P<counts>[^=\n]*?) in \d+(?:\.\d+)?s(?: \([\d:, days]+\))?(?: =+)?")
"""pytest's last line, with ``-q`` without the frame."""
COUNT = re.compile(r"(\d+) ([a-z]+(?: [a-z]+)?)")
NONE_RAN = "no tests ran"
FAILED = re.compile(r"(FAILED|ERROR) (\S.*)")
RAN = ("passed", "failed", "error")
KNOWN = frozenset(
    {*RAN, "skipped", "deselected", "xfailed", "xpassed", "warning", "rerun", "subtests passed", "subtests failed"}
)
DEEPEST = 100
AGAIN = frozenset({"flakyFailure", "flakyError", "rerunFailure", "rerunError"})
"""How runners that run a failed test again mark what they saw before."""
MARKS = AGAIN | {"failure", "error", "skipped"}


@dataclass(slots=True)
class Suite:
    """What a test run says it did."""

    ran: int = 0
    """Tests that passed, failed or had an error."""
    bad: int = 0
    """Of these, those that failed or had an error."""
    skipped: int = 0
    flaky: int = 0
    """Tests that the tool itself ran again until they passed."""
    findings: list[Finding] = field(default_factory=list[Finding])
    advice: list[Finding] = field(default_factory=list[Finding])
    """What the report tells without calling it a fault."""
    files: set[str] = field(default_factory=set[str])
    """Where its tests stand, as far as it says so."""


def read_pytest(stdout: bytes) -> Suite:
    """Read the last closing line and the summary of failures. Raises Stopped GATE_OUTPUT where there is none."""
    lines = decode(stdout).split("\n")
    for line in reversed(lines):
        counts = _closing(line.strip())
        if counts is not None:
            break
    else:
        raise bad_output("pytest")
    bad = counts.get("failed", 0) + counts.get("error", 0) + counts.get("subtests failed", 0)
    findings = sorted({_pytest_finding(*match.groups()) for match in map(FAILED.fullmatch, lines) if match}, key=_order)
    return Suite(
        ran=counts.get("passed", 0) + bad,
        bad=bad,
        skipped=counts.get("skipped", 0),
        flaky=counts.get("rerun", 0),
        findings=findings if bad else [],
    )


def read_junit(data: bytes) -> Suite:
    """Count the test cases of a JUnit file.

    A document type is refused, and with it every entity. Raises Stopped GATE_OUTPUT for what is no such file.
    """
    reader = _JunitReader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own signature: this is all of it
    except (expat.ExpatError, ValueError) as error:
        raise bad_output("the JUnit report") from error
    if reader.root not in {"testsuites", "testsuite"} or (reader.says_bad and not reader.tests.bad):
        raise bad_output("the JUnit report")
    return reader.tests


@dataclass(slots=True)
class _JunitReader:
    tests: Suite = field(default_factory=Suite)
    root: str = ""
    depth: int = 0
    case: Mapping[str, str] | None = None
    marks: set[str] = field(default_factory=set[str])
    says_bad: bool = False
    """Whether a suite's own attributes count a failure."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError("nested too deep")
        self.root = self.root or name
        if name == "testcase":
            self.case, self.marks = attributes, set()
        elif self.case is not None and name in MARKS:
            self.marks.add(name)
        elif name in {"testsuites", "testsuite"}:
            self.says_bad |= any(
                attributes.get(count, "0").strip() not in {"", "0"} for count in ("failures", "errors")
            )

    def end(self, name: str) -> None:
        self.depth -= 1
        if name != "testcase" or self.case is None:
            return
        bad = sorted(self.marks & {"failure", "error"})
        if bad:
            self.tests.findings.append(_junit_finding(self.case, bad[0]))
        self.tests.files.add(self.case.get("file", ""))
        self.tests.bad += bool(bad)
        self.tests.flaky += not bad and bool(self.marks & AGAIN)
        if "skipped" in self.marks and not bad:
            self.tests.skipped += 1
        else:
            self.tests.ran += 1
        self.case = None

    def doctype(self, *declared: object) -> None:
        raise ValueError(f"a document type is not read: {declared[0]}")


def _closing(line: str) -> dict[str, int] | None:
    match = CLOSING.fullmatch(line)
    if match is None:
        return None
    words = match["counts"]
    if words == NONE_RAN:
        return {}
    counts: dict[str, int] = {}
    for part in words.split(", "):
        found = COUNT.fullmatch(part)
        if found is None:
            return None
        name = found[2] if found[2] in KNOWN else found[2].removesuffix("s")
        if name not in KNOWN:
            return None
        counts[name] = int(found[1])
    return counts


def _pytest_finding(word: str, rest: str) -> Finding:
    """The test's id alone: what it said can hold addresses and times, and a finding is the same in every re-run."""
    test = plain(rest.split(" - ", 1)[0], 500)
    code = "failed" if word == "FAILED" else "error"
    path = test.split("::", 1)[0]
    return Finding(path, None, code, test, fingerprint(path, code, test, ""))


def _junit_finding(case: Mapping[str, str], mark: str) -> Finding:
    code = "failed" if mark == "failure" else "error"
    path, line = plain(case.get("file", ""), 500), case.get("line", "")
    parts = [case.get("classname", ""), case.get("name", "")]
    test = plain("::".join(part for part in parts if part), 500) or code
    number = int(line) if line.isascii() and line.isdigit() and len(line) < 8 else None  # noqa: PLR2004 - no file is so long
    return Finding(path, number or None, code, test, fingerprint(path, code, test, ""))


def _order(finding: Finding) -> tuple[str, str, str]:
    return (finding.path, finding.code, finding.message)

"""Reading the Test Anything Protocol, versions 12 to 14: a plan, and exactly the test points that it promises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from gonogo_evidence.text import msg
from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.reports import Suite
from gonogo_policies.gates.verdicts import Stopped, bad_output
from gonogo_policies.gates.words import decode, fingerprint, plain

REPORT = "the TAP report"
_PLAN = re.compile(r"1\.\.(\d{1,7})(?:\s*#.*)?")
_POINT = re.compile(r"(not )?ok\b(?:\s+(\d{1,7}))?(?:\s+-?\s*(.*))?")
_DIRECTIVE = re.compile(r"(?<!\\)#\s*(SKIP|TODO)\S*", re.IGNORECASE)
_DETAIL = re.compile(r"\s+(file|line):\s*['\"]?(.+?)['\"]?\s*")


@dataclass(slots=True)
class _Points:
    """The test points of one document so far."""

    suite: Suite = field(default_factory=Suite)
    planned: int | None = None
    numbers: list[int] = field(default_factory=list[int])

    def point(self, match: re.Match[str]) -> None:
        self.numbers.append(int(match[2]) if match[2] else len(self.numbers) + 1)
        words = match[3] or ""
        directive = _DIRECTIVE.search(words)
        said = plain(words[: directive.start()] if directive else words, 500) or f"test {self.numbers[-1]}"
        mark = directive[1].upper() if directive else ""
        if mark == "SKIP":
            self.suite.skipped += 1
            return
        self.suite.ran += 1
        if not match[1]:
            return
        finding = Finding("", None, "not ok", said, fingerprint("", "not ok", said, ""))
        (self.suite.advice if mark == "TODO" else self.suite.findings).append(finding)

    def detail(self, name: str, value: str) -> None:
        """A line of the block below a failed point: where it failed."""
        last = self.suite.findings[-1]
        if name == "file" and not last.path:
            path = plain(value, 500)
            self.suite.findings[-1] = replace(
                last, path=path, fingerprint=fingerprint(path, last.code, last.message, "")
            )
        elif name == "line" and value.isascii() and value.isdigit() and len(value) < 8:  # noqa: PLR2004 - no file is so long
            self.suite.findings[-1] = replace(last, line=int(value) or None)


def read_tap(data: bytes) -> Suite:
    """Count test points. What is neither plan, point nor comment is passed over, as the protocol says.

    Raises:
        Stopped: GATE_OUTPUT without a plan, or with two; GATE_INCOMPLETE where points are missing or doubled, or the
            tests were given up.
    """
    found, bail, failed = _Points(), False, False
    for line in decode(data).split("\n"):
        if plan := _PLAN.fullmatch(line.rstrip()):
            if found.planned is not None:
                raise bad_output(REPORT)
            found.planned = int(plan[1])
        elif point := _POINT.fullmatch(line.rstrip()):
            before = len(found.suite.findings)
            found.point(point)
            failed = len(found.suite.findings) > before
        elif failed and (detail := _DETAIL.fullmatch(line)):
            found.detail(detail[1], detail[2])
        elif line.startswith("Bail out!"):
            bail = True
            break
    suite = found.suite
    suite.bad = len(suite.findings)
    if suite.bad:
        return suite
    if bail:
        raise Stopped("GATE_INCOMPLETE", msg("The report says that its tests were given up."))
    if found.planned is None:
        raise bad_output(REPORT)
    if sorted(found.numbers) != list(range(1, found.planned + 1)):
        why = msg("{planned} tests were promised, and {seen} reported.", planned=found.planned, seen=len(found.numbers))
        raise Stopped("GATE_INCOMPLETE", why)
    return suite

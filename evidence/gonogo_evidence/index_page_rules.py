"""The rules of ``docs/ops/EVIDENCE_INDEX.md``, as the predecessor's own check of that page has them.

An entry is a row of seven cells: id, date, owner, source link, claim, verification, notes. The id is ``EV-``, eight
digits, a hyphen and a tag of 2 to 20 upper-case letters, digits and hyphens, and stands once in the page's tables.
Owner, source, claim and verification say something; the source is a file, relative to the page's folder. At least one
heading names a category. A page without any entry proves nothing and does not pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

COLUMNS: Final = (
    "Evidence ID",
    "Date",
    "Owner",
    "Source Link",
    "Claim / What It Demonstrates",
    "Verification",
    "Notes",
)
CATEGORIES: Final = (
    "CI/Workflow",
    "Drill/Operator",
    "Test/Refactor",
    "Incident/RCA",
    "Config Snapshot",
    "AI Autonomy",
)
EVIDENCE_ID: Final = re.compile(r"EV-[0-9]{8}-[A-Z0-9-]{2,20}")
FILLED: Final = (2, 3, 4, 5)
"""Cells that may not be empty, from 0: owner, source, claim, verification."""
_ROW: Final = re.compile(r"[ ]{0,3}\|{1,2}[ ]*(?:<a [^>]*></a>)?[*]{0,2}EV-")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_FENCE: Final = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_HEADING: Final = re.compile(r"[ ]{0,3}#{1,6}[ ]+(.+)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What the page breaks, and on which line (from 1; 0 for the page as a whole)."""

    rule: str
    line: int
    text: Text


def check_page(data: bytes, is_file: Callable[[str], bool]) -> list[Problem]:
    """Check a page. Nothing is raised for any bytes.

    Args:
        data: the page.
        is_file: whether there is a regular file at a path relative to the page's folder.

    Returns:
        What is wrong, in the order of the lines; empty for a page that passes.
    """
    try:
        lines = [line.decode("utf-8") for line in data.splitlines()]
    except UnicodeDecodeError:
        return [Problem("page-text", 0, msg("The page is not UTF-8 text."))]
    outside = list(outside_fences(lines))
    rows = [(number, line) for number, line in outside if _ROW.match(line)]
    problems = [problem for number, line in rows for problem in _check_row(number, cells(line), is_file)]
    problems += _twice(rows)
    if not rows:
        problems.append(Problem("page-empty", 0, msg("The page has no entry.")))
    if not any(_names_a_category(line) for _, line in outside):
        problems.append(Problem("page-category", 0, msg("No heading of the page names a category of evidence.")))
    return sorted(problems, key=lambda problem: (problem.line, problem.rule))


def cells(row: str) -> list[str]:
    """The cells of a table's row, without the white space around them."""
    return [cell.strip() for cell in _PIPE.split(row.strip().removeprefix("|").removesuffix("|"))]


def outside_fences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, without fenced code."""
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if fence:
            closed = mark is not None and mark[1].startswith(fence) and not line.strip().strip(fence[0])
            fence = "" if closed else fence
        elif mark is not None:
            fence = mark[1]
        else:
            yield number, line


def _check_row(number: int, found: list[str], is_file: Callable[[str], bool]) -> Iterator[Problem]:
    if len(found) != len(COLUMNS):
        text = msg("An entry has {found} cells instead of {count}.", found=len(found), count=len(COLUMNS))
        yield Problem("row-cells", number, text)
        return
    if not EVIDENCE_ID.fullmatch(found[0]):
        yield Problem(
            "row-id", number, msg("{id} is no evidence id: EV-, eight digits, -, 2 to 20 of A-Z 0-9 -.", id=found[0])
        )
    if not _is_date(found[1]):
        yield Problem("row-date", number, msg("{date} is no date like 2026-01-09.", date=found[1]))
    for place in FILLED:
        if not found[place]:
            yield Problem("row-empty", number, msg("The cell {name} is empty.", name=COLUMNS[place]))
    if found[3] and not any(is_file(target) for target in _targets(found[3])):
        yield Problem("row-source", number, msg("The source is no link to a file that is there: {cell}", cell=found[3]))


def _targets(cell: str) -> list[str]:
    return [target.split("#")[0] for target in _LINK.findall(cell) if "://" not in target and target.split("#")[0]]


def _twice(rows: Sequence[tuple[int, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, line in rows:
        name = cells(line)[0]
        if name in seen:
            yield Problem("row-twice", number, msg("{id} stands in the page twice.", id=name))
        seen.add(name)


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _names_a_category(line: str) -> bool:
    heading = _HEADING.fullmatch(line)
    if heading is None:
        return False
    words = re.sub(r"\s*/\s*", "/", heading[1]).casefold()
    return any(category.casefold() in words for category in CATEGORIES)

"""A session log as text: its sections by their headings, its ``**name:** value`` lines, its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"(#{1,4})\s+(?:\d+[.)]\s*)?(.+?)\s*#*")
_FENCE = re.compile(r"\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class LogText:
    """The lines of a log, and where its sections are."""

    lines: tuple[str, ...]
    sections: dict[str, tuple[int, int]]
    """First and last line of what stands below a heading, by its words."""

    def part(self, name: str) -> list[tuple[int, str]]:
        """The numbered lines of the section whose heading has this in it."""
        for words, (first, last) in self.sections.items():
            if name.casefold() in words.casefold():
                return [(number, self.lines[number - 1]) for number in range(first, last + 1)]
        return []

    def value(self, section: str, name: str) -> tuple[int, str]:
        """The line and value of ``**name:** value`` in a section; 0 and nothing where there is none."""
        for number, line in self.part(section):
            bare = line.replace("*", "").strip().lstrip("-").strip()
            head, colon, rest = bare.partition(":")
            if colon and head.strip().casefold().startswith(name.casefold()):
                return number, rest.strip()
        return 0, ""


def read(text: str) -> LogText:
    """Find the sections; what a fence holds is no heading."""
    lines = tuple(text.splitlines())
    heads: list[tuple[int, int, str]] = []
    fenced = False
    for number, line in enumerate(lines, start=1):
        fenced ^= bool(_FENCE.match(line))
        head = None if fenced else _HEADING.fullmatch(line)
        if head is not None:
            heads.append((number, len(head[1]), head[2]))
    sections: dict[str, tuple[int, int]] = {}
    for place, (number, depth, words) in enumerate(heads):
        end = next((later for later, deep, _ in heads[place + 1 :] if deep <= depth), len(lines) + 1)
        if depth > 1:
            sections.setdefault(words, (number + 1, end - 1))
    return LogText(lines, sections)


def table(part: list[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    """The rows of the section's first table, heading first, without the ruler."""
    rows: list[tuple[int, list[str]]] = []
    for number, line in part:
        if line.strip().startswith("|"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if not all(set(cell) <= set("-: ") for cell in cells):
                rows.append((number, cells))
        elif rows:
            break
    return rows

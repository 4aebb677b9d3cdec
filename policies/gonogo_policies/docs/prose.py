"""Which parts of a Markdown file are prose. Everything else is blanked, so that every place stays what it was.

Blocks follow CommonMark 0.31 as far as references need it: fences of backticks and tildes (nested, in lists and quotes,
open until the end), indented code, HTML comments, code spans, and the front matter that site generators know.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

IGNORE = "ref-target-ignore"
"""A line with a comment that ends in this word holds no references (the predecessor's ``pt:ref-target-ignore`` too)."""

_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\n.*?^(?:\1|\.\.\.)[ \t]*$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"`[`]{2,}+")
"""Patterns here begin with one plain character wherever they can: the engine then leaps from one to the next."""
_ANY_FENCE = re.compile(r"`[`]{2,}+|~[~]{2,}+")
_LEAD = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
"""What may stand before a fence on its line: marks of quotations and lists."""
_LONGEST_LEAD = 1024
"""Characters of that; a definition's label has at most 999 (CommonMark 4.7)."""
_UNQUOTED = re.compile(r"^(?![ \t]*+>)", re.MULTILINE)
_LISTED = re.compile(r"(?: {1,3}|\t)|[-*+][ \t]|\d{1,9}[.)][ \t]")
_CODE = (
    r"`(?:(?<!\\`)(?!`)(?P<one>(?:[^`\n]++|``++|\n(?![ \t]*\n))++)`(?!`)"
    r"|(?<!``)(?P<ticks>`++)(?P<more>(?:(?!\n[ \t]*\n).){1,2000}?)(?<!`)`(?P=ticks)(?!`))"
)
_SPAN = re.compile(_CODE, re.DOTALL)
_SPAN_OR_COMMENT = re.compile(rf"<!--.*?(?:-->|\Z)|{_CODE}", re.DOTALL)
"""A comment or a code span, whichever begins first; a span ends in its paragraph."""


class Span(NamedTuple):
    """A code span: its words, and where they begin."""

    at: int
    code: str


class Prose(NamedTuple):
    """A file's prose, as long as the file is: what was taken out is blanks in a line, and newlines for whole blocks."""

    source: str
    blocks: str
    """Without front matter and fenced code; comments and code spans still stand."""
    text: str
    """Without these, too."""
    spans: tuple[Span, ...]
    """Those that hold a slash: nothing else can be a path."""


def read_prose(source: str) -> Prose:
    """Take out what is no prose. Any text can be read; a line ends with a newline, a return, or both."""
    text = source.replace("\r\n", " \n").replace("\r", "\n") if "\r" in source else source
    if text.startswith(("---", "+++")) and (front := _FRONT.match(text)):
        text = _without(text, [front.span()], "\n")
    if "~~~" in text or "```" in text:
        text = _without(text, list(_fenced(text)), "\n")
    if IGNORE in text:
        text = "\n".join(" " * len(line) if f"{IGNORE} -->" in line else line for line in text.split("\n"))
    commented = "<!--" in text
    if not commented and "`" not in text:
        return Prose(source, text, text, ())
    spans: list[Span] = []
    parts: list[tuple[int, int]] = []
    for found in (_SPAN_OR_COMMENT if commented else _SPAN).finditer(text):
        parts.append(found.span())
        group = found.lastgroup
        if group and "/" in (code := found[group]):
            spans.append(Span(found.start(group), code))
    return Prose(source, text, _without(text, parts, " "), tuple(spans))


def before(text: str, at: int) -> str | None:
    """What stands before a place on its line; None where that is longer than anything that makes a block."""
    lowest = max(0, at - _LONGEST_LEAD)
    newline = text.rfind("\n", lowest, at)
    return None if newline < 0 < lowest else text[newline + 1 : at]


class Indented:
    """Which lines of a text are indented code. Places are asked for in their order: each line is gone through once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._asked = self._start = 0
        """The last place that was asked for, and where its line begins."""
        self._line = -1
        """Where the last indented line begins that was asked for."""
        self._blank = self._own = False
        """Whether an empty line stands before it, and whether what stands before that is no item of a list."""

    def code(self, at: int) -> bool:
        """Whether the line of a place is indented code (CommonMark 4.4) and not what continues a list's item."""
        newline = self._text.rfind("\n", self._asked, at)
        self._asked, self._start = at, newline + 1 or self._start
        if self._start != self._line:
            if not self._text.startswith(("    ", "\t"), self._start):
                return False
            self._look_back()
        return self._blank and self._own

    def _look_back(self) -> None:
        text, last, start, blank = self._text, self._line, self._start, False
        self._line = start
        while start > 0:
            end = start - 1
            start = text.rfind("\n", 0, end) + 1
            if start == last:
                self._blank |= blank
                return
            line = text[start:end]
            if not line.strip():
                blank = True
            elif not line.startswith(("    ", "\t")):
                self._blank, self._own = blank, not _LISTED.match(line)
                return
        self._blank = self._own = True


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each fenced block, its fences included."""
    fence, start, until, quoted = "", 0, 0, -1
    for found in (_ANY_FENCE if "~~~" in text else _FENCE).finditer(text):
        lead = before(text, found.start())
        if lead is None or (lead and not _LEAD.fullmatch(lead)):
            continue
        begin = found.start() - len(lead)
        if fence and begin >= until:  # the quotation that held the block ended before this line
            yield start, until
            fence = ""
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        marks = found[0]
        if not fence:
            if marks[0] == "~" or text.find("`", found.end(), end) < 0:
                fence, start, until = marks, begin, len(text)
                if ">" in lead:
                    quoted = quoted if quoted > end else _end_of_quote(text, end)
                    until = quoted
        elif marks.startswith(fence) and not text[found.end() : end].strip() and not lead.strip(" \t>"):
            yield start, end
            fence = ""
    if fence:
        yield start, until


def _end_of_quote(text: str, at: int) -> int:
    """Where a block that begins in a quotation must end: at the first line that is not quoted."""
    after = _UNQUOTED.search(text, at + 1)
    return after.start() if after else len(text)


def _without(text: str, parts: list[tuple[int, int]], filler: str) -> str:
    if not parts:
        return text
    pieces: list[str] = []
    end = 0
    for start, stop in parts:
        pieces += (text[end:start], filler * (stop - start))
        end = stop
    pieces.append(text[end:])
    return "".join(pieces)

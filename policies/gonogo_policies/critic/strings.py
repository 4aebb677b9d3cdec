"""Where strings and comments lie in one line, for each kind of file. One pass over the line, however long it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HASH = frozenset(
    {"py", "pyi", "pyw", "toml", "yml", "yaml", "sh", "bash", "zsh", "env", "conf", "properties", "rb", "r", "tf", ""}
)
SLASHES = frozenset(
    {"js", "jsx", "mjs", "cjs", "ts", "tsx", "go", "rs", "java", "kt", "c", "h", "cc", "cpp", "hpp", "cs"}
)
PYTHON = frozenset({"py", "pyi", "pyw"})
CODE = SLASHES | PYTHON | {"rb", "r", "ipynb"}
"""Suffixes of languages in which a setting is written with a sign and a string is data."""
SHELLS = frozenset({"sh", "bash", "zsh", "env"})
LITERAL = SHELLS | {"toml", "yml", "yaml"}
"""Where nothing is escaped between single quotes."""
_SEMICOLON = frozenset({"ini", "cfg"})
_TOKEN = re.compile(r"""\\.|["']|\#|;|//""")
_ASSIGNS = re.compile(r"[\w.\[\]>-]+\s*[-+*/|&^]?=[^=].*;\s*")


def comment_at(line: str, suffix: str) -> int:
    """Where the comment of a line begins; its end where it has none."""
    signs = ("#",) if suffix in HASH else ("#", ";") if suffix in _SEMICOLON else ("//",) if suffix in SLASHES else ()
    start = len(line) - len(line.lstrip())
    if suffix in SLASHES and _is_block(line, start):
        return start
    if not any(sign in line for sign in signs):
        return len(line)
    free = suffix in SLASHES or suffix in PYTHON
    spans = strings_of(line, literal=suffix in LITERAL)
    for found in _TOKEN.finditer(line):
        at = found.start()
        sign, at = (found[0][1:], at + 1) if found[0].startswith("\\") else (found[0], at)
        if sign in signs and (at == start or ((free or line[at - 1].isspace()) and not inside(spans, at))):
            return at
    return len(line)


def _is_block(line: str, start: int) -> bool:
    """A line that is a comment from its first sign to its end, or that goes on with one (``* words``)."""
    if line.startswith("/*", start):
        close = line.find("*/", start + 2)
        return close < 0 or not line[close + 2 :].strip()
    rest = line[start + 1 :]
    goes_on = line.startswith("*", start) and rest[:1] in {"", " ", "/", "*", "\t"}
    return goes_on and not _ASSIGNS.fullmatch(rest.strip())


def strings_of(line: str, *, literal: bool = False) -> list[tuple[int, int]]:
    """The places between quotes, without them: first character, and the closing quote (or the line's end).

    ``literal``: a backslash between single quotes stands for itself. An apostrophe inside a word opens nothing.
    """
    spans: list[tuple[int, int]] = []
    quote, start = "", 0
    at = _next_quote(line, 0)
    while at >= 0:
        sign = line[at]
        if sign == "\\":
            at += 2 if quote and not (literal and quote == "'") else 1
        else:
            if quote == sign:
                spans.append((start, at))
                quote = ""
            elif not quote and not (sign == "'" and at and line[at - 1].isalnum()):
                quote, start = sign, at + 1
            at += 1
        at = _next_quote(line, at)
    if quote:
        spans.append((start, len(line)))
    return spans


_QUOTE = re.compile(r"""["'\\]""")


def _next_quote(line: str, at: int) -> int:
    found = _QUOTE.search(line, at)
    return -1 if found is None else found.start()


def inside(spans: Sequence[tuple[int, int]], place: int) -> bool:
    """Whether a place lies between quotes."""
    before = bisect_right(spans, (place, len(spans) and spans[-1][1] + 1))
    return before > 0 and place <= spans[before - 1][1] and place >= spans[before - 1][0]


def inside_string(line: str, place: int, suffix: str = "") -> bool:
    """Whether a string that began before ``place`` is still open there."""
    return inside(strings_of(line, literal=suffix in LITERAL), place)


def suffix_of(path: str) -> str:
    """What follows the last point of a file's name, in lower case; empty where it has none."""
    _, point, suffix = path.rpartition("/")[2].rpartition(".")
    return suffix.lower() if point else ""

"""Settings in a line of any common form: TOML, YAML, JSON, INI, environment files and shells, Python and its kin.

A line is read as it stands, without the file around it, since a diff shows no more. What stands behind a comment sign
is no setting; what stands inside a longer string is told apart, for it only speaks of one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_END = re.compile("\n")
_HASH = frozenset(
    {"py", "pyi", "pyw", "toml", "yml", "yaml", "sh", "bash", "zsh", "env", "conf", "properties", "rb", "r", "tf", ""}
)
_SLASHES = frozenset(
    {"js", "jsx", "mjs", "cjs", "ts", "tsx", "go", "rs", "java", "kt", "c", "h", "cc", "cpp", "hpp", "cs"}
)
_SHELLS = frozenset({"sh", "bash", "zsh", "env"})
_SEMICOLON = frozenset({"ini", "cfg"})
_VALUE = r"""(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;#}\])(&|"']+(?:\([^()]*\))?(?:\s*%)?)"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key and the value that it is given."""

    key: str
    """In lower case, with ``_`` between words."""
    value: str
    """As written, quotes included."""
    quoted: bool
    """It stands inside a longer string: a sentence or a command about it."""

    @property
    def word(self) -> str:
        """The value without quotes, in lower case."""
        return self.value.strip("\"'").strip().lower()


class Settings:
    """Finds settings of certain keys. Keys are names with ``*`` for any part of a word, case and ``-`` aside."""

    def __init__(self, keys: Sequence[str]) -> None:
        names = "|".join(_name(key) for key in keys)
        self._name = re.compile(names, re.IGNORECASE)
        self._letters = tuple(dict.fromkeys(_letters(key) for key in keys))
        self._full = re.compile(
            rf"""(?<!\w)(?P<mark>["']?)(?P<key>(?:{names}))(?![\w-])(?P=mark)\]?"""
            rf"""(?:\s*:\s*[\w.\[\]| ,"']{{1,80}}?(?=\s*=[^=]))?\s*(?:=>|:=|=(?![=~])|:(?![:/]))\s*{_VALUE}""",
            re.IGNORECASE,
        )

    def places(self, lower: str) -> list[int]:
        """The lines, from 0, in which a key's letters stand. ``lower`` is a text in lower case."""
        found: set[int] = set()
        ends: list[int] = []
        for letters in self._letters:
            at = lower.find(letters)
            while at >= 0:
                ends = ends or [end.start() for end in _END.finditer(lower)]
                place = bisect_left(ends, at)
                found.add(place)
                at = lower.find(letters, ends[place]) if place < len(ends) else -1
        return sorted(found)

    def is_name(self, name: str) -> bool:
        """Whether this is one of the keys."""
        return self._name.fullmatch(name) is not None

    def find(self, line: str, suffix: str) -> Iterator[Setting]:
        """The settings in one line of a file with this suffix (``toml``), in order."""
        end = comment_at(line, suffix)
        for found in self._full.finditer(line, 0, end):
            key = found["key"].lower().replace("-", "_")
            yield Setting(key, found["value"].strip(), _only_said(line, found, suffix))


def _only_said(line: str, found: re.Match[str], suffix: str) -> bool:
    """Whether it stands inside a longer string. ``KEY=value`` at its beginning, or in a shell's, is an assignment."""
    if not inside_string(line, found.start()):
        return False
    tight = f"{found['key']}={found['value']}" == found[0].strip("\"'")
    return not (tight and (line[found.start() - 1] in "\"'" or suffix in _SHELLS))


def comment_at(line: str, suffix: str) -> int:
    """Where the comment of a line begins; its end where it has none."""
    signs: tuple[str, ...] = ()
    if suffix in _HASH:
        signs = ("#",)
    elif suffix in _SEMICOLON:
        signs = ("#", ";")
    elif suffix in _SLASHES:
        signs = ("//",)
    start = len(line) - len(line.lstrip())
    if suffix in _SLASHES and line.startswith(("/*", "*"), start):
        return start
    places = [place.start() for sign in signs for place in re.finditer(re.escape(sign), line)]
    for place in sorted(places):
        before = line[place - 1 : place]
        bounded = before.isspace() or suffix in _SLASHES or suffix.startswith("py")
        if place == start or (bounded and not inside_string(line, place)):
            return place
    return len(line)


def inside_string(line: str, place: int) -> bool:
    """Whether a string that began before ``place`` is still open there."""
    quote, at = "", 0
    while at < place:
        sign = line[at]
        if quote:
            if sign == "\\":
                at += 1
            elif sign == quote:
                quote = ""
        elif sign == '"' or (sign == "'" and not (at and line[at - 1].isalnum())):
            quote = sign
        at += 1
    return bool(quote)


def _name(key: str) -> str:
    parts = (r"\w*".join(re.escape(part) for part in word.split("*")) for word in re.split("[-_]", key))
    return "[-_]".join(parts)


def _letters(key: str) -> str:
    """The longest part of a key that stands there as it is, whatever its wildcards and separators are."""
    return max(re.split("[-_*]", key.lower()), key=len)


def suffix_of(path: str) -> str:
    """What follows the last point of a file's name, in lower case; empty where it has none."""
    _, point, suffix = path.rpartition("/")[2].rpartition(".")
    return suffix.lower() if point else ""

"""Settings in a line of any common form: TOML, YAML, JSON, XML, INI, environment files and shells, Python and its kin.

A line is read as it stands, without the file around it, since a diff shows no more. What stands behind a comment sign
is no setting; what stands inside a longer string is told apart, for it only speaks of one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_policies.critic.strings import CODE, LITERAL, SHELLS, comment_at, inside, strings_of
from gonogo_policies.critic.values import plain_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.critic.diff_file import FileDiff, Side

_END = re.compile("\n")
_MORE = 60
"""Characters that a wildcard or a prefix may stand for: names are no longer, and no line makes the search slow."""
_PREFIX = rf"(?:_+|\w[\w-]{{0,{_MORE}}}[_-]|(?-i:[a-z][A-Za-z0-9]{{0,{_MORE}}}(?=[A-Z])))?"
"""``APP_``, ``btc-`` or ``app`` before ``LiveMode``."""
_NOT = re.compile(
    r"(?:^|[_-])(?:no|not|non|never|disabled?|block(?:ed)?|forbid|deny|prevent|without)[_-]?$", re.IGNORECASE
)
"""Before a name it says the opposite of the name."""
_MORE_SUM = r"(?:(?:\s++(?:\*\*|//|[-+*/])\s++|(?:\*\*|//|[-+*/]))[\w.]+)*"
_VALUE = (
    r"""(?P<value>(?:!!?\w++\s++)?(?:\\?"(?:[^"\\]|\\.)*?\\?"|'(?:[^'\\]|\\.)*'|"""
    rf"""[^\s,;#}}\])(&|"'<\\]+(?:\([^()]*\))?{_MORE_SUM}(?:\s*+%)?))"""
)
_TYPE = r"""(?:\s*+:\s*+[\w.\[\]| ,"']{1,80}?(?=\s*+=[^=]))?"""
_SIGN = (
    r"""(?:\s*+(?:=>|:=|(?:[-+*/|&^]|\|\||&&|\?\?)?=(?![=~])|:(?![:/])|<-)\s*+"""
    r"""|["']\s++value\s*+=\s*+|>(?=[^<>\s]+</))"""
)
_WORDS = re.compile(r"\s*(?:ENV|ARG|setx?|setenv|export|SetEnv|set -x|#\s*define|%define|env|-D)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One key and the value that it is given."""

    key: str
    """In lower case, with ``_`` between words."""
    value: str
    """As written, quotes included."""
    quoted: bool
    """It stands inside a longer string: a sentence or a command about it."""
    at: int = 0
    """Where the key begins in its line."""

    @property
    def word(self) -> str:
        """The value without quotes, in lower case, as :func:`plain_word` has it."""
        return plain_word(self.value)


class Settings:
    """Finds settings of certain keys. Keys are names with ``*`` for any part of a word, case and ``-`` aside.

    ``enable_live`` is also ``enableLive`` and ``APP_ENABLE_LIVE``; what says the opposite (``no_enable_live``) is not.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        names = "|".join(_name(key) for key in keys)
        key = rf"(?P<key>(?P<pre>{_PREFIX})(?:{names}))(?![\w-])"
        self._name = re.compile(key, re.IGNORECASE)
        self._mention = re.compile(rf"""{names}|["']\s*+\+\s*+["']""", re.IGNORECASE)
        self._letters = tuple(dict.fromkeys(_letters(key) for key in keys))
        self._full = re.compile(
            rf"""(?<!\w)(?P<mark>(?:\\?["'])?){key}(?:(?P=mark)\]?{_TYPE}|(?="\s++value)){_SIGN}\(*+\s*+{_VALUE}""",
            re.IGNORECASE,
        )
        self._flag = re.compile(
            rf"""(?<![\w-])--?{key}(?!\s*+=)(?:["']?[,\s]++["']?(?P<value>[^\s"',;\])-][^\s"',;\])]*))?""",
            re.IGNORECASE,
        )
        self._spaced = re.compile(rf"""{key}\s++(?P<value>["']?[^\s;"'=:]++["']?)\s*+;?\s*+""", re.IGNORECASE)

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

    def mentioned(self, file: FileDiff, side: Side) -> bool:
        """Whether a key stands anywhere on a side, or parts of one that are put together."""
        lines = file.lines(side)
        return any(self._mention.search(lines[place][1]) for place in self.places(file.lower(side)))

    def is_name(self, name: str) -> bool:
        """Whether this is one of the keys."""
        found = self._name.fullmatch(name)
        return found is not None and not _NOT.search(found["pre"])

    def find(self, line: str, suffix: str) -> Iterator[Setting]:
        """The settings in one line of a file with this suffix (``toml``), in order."""
        end = comment_at(line, suffix)
        spans = strings_of(line, literal=suffix in LITERAL)
        any_found = False
        for found in self._full.finditer(line, 0, end):
            if not _NOT.search(found["pre"]):
                any_found = True
                said = inside(spans, found.start()) and not _tight(line, found, suffix)
                yield Setting(_key(found), found["value"].strip(), said, found.start("key"))
        for found in self._flag.finditer(line, 0, end):
            if not _NOT.search(found["pre"]):
                any_found = True
                said = inside(spans, found.start()) and (suffix in CODE or not _begins(line, found, suffix))
                yield Setting(_key(found), _flagged(found["value"]), said, found.start("key"))
        if not any_found and (suffix not in CODE or line.lstrip().startswith("#")):
            yield from self._by_blanks(line, end)

    def _by_blanks(self, line: str, end: int) -> Iterator[Setting]:
        """``ENV KEY value``, ``#define KEY 1`` and ``key value``: the whole line."""
        start = _WORDS.match(line, 0, end)
        found = self._spaced.fullmatch(line, start.end() if start else 0, end)
        if found is not None and not _NOT.search(found["pre"]):
            yield Setting(_key(found), found["value"], quoted=False, at=found.start("key"))


def _key(found: re.Match[str]) -> str:
    return found["key"].lower().replace("-", "_")


def _flagged(value: str | None) -> str:
    """What a flag of a command sets: the word behind it where that is a value, else it only stands there."""
    word = plain_word(value or "")
    return word if re.fullmatch(r"[-+]?[\d._]+\w{0,3}%?|true|false|yes|no|on|off|none|null", word) else "true"


def _begins(line: str, found: re.Match[str], suffix: str) -> bool:
    return suffix in SHELLS or line[found.start() - 1 : found.start()] in {'"', "'"}


def _tight(line: str, found: re.Match[str], suffix: str) -> bool:
    """``KEY=value`` at a string's beginning, or in a shell's, is an assignment; so is what a string of JSON holds."""
    if found["mark"].startswith("\\"):
        return suffix not in CODE
    tight = f"{found['key']}={found['value']}" == found[0].strip("\"'")
    return tight and (line[found.start() - 1] in "\"'" or suffix in SHELLS)


def _name(key: str) -> str:
    parts = (rf"\w{{0,{_MORE}}}".join(re.escape(part) for part in word.split("*")) for word in re.split("[-_]", key))
    return "[-_]?".join(parts)


def _letters(key: str) -> str:
    """The longest part of a key that stands there as it is, whatever its wildcards and separators are."""
    return max(re.split("[-_*]", key.lower()), key=len)

"""What a merge log must not hold: places on somebody's machine, and characters that nobody sees.

The predecessor's rules (interop, 5.2): folders of users, drives, the home folder; control and format characters; a byte
order mark. All text counts, code too: a reader copies it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Code: TypeAlias = Literal["LOCAL_PATH", "UNSEEN_CHARACTER", "BYTE_ORDER_MARK", "MERGE_LOG_NUMBER", "MERGE_LOG_SECTION"]
ADVICE: frozenset[Code] = frozenset({"MERGE_LOG_NUMBER", "MERGE_LOG_SECTION"})

_LOCAL = re.compile(r"(?<![\w.])(?:/Users/|/home/|[A-Za-z]:\\(?=\w)|~/)[^\s`'\")\]]*")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_NUMBER = re.compile(r"PR_(?P<number>\d+)_MERGE_LOG\.md$")
_MENTIONED = re.compile(r"(?:#|\bPR[ _-]?#?|/pull/)(?P<number>\d+)\b")
_HEADING = re.compile(r"^##++[ \t]++(?P<words>.+)", re.MULTILINE)
SECTIONS = ("Summary", "Changes", "Verification", "Risk")
"""What all three templates in use ask for, as the beginning of a heading."""


@dataclass(frozen=True, slots=True)
class Stain:
    """One fault at one line, from 1; ``about`` are the words or the character's name."""

    code: Code
    line: int
    about: str

    @property
    def advice(self) -> bool:
        """Whether it is told and fails nothing."""
        return self.code in ADVICE


def stains(path: str, source: str) -> Iterator[Stain]:
    """Every fault of one merge log."""
    if source.startswith("\ufeff"):
        yield Stain("BYTE_ORDER_MARK", 1, "U+FEFF")
    for number, line in enumerate(source.removeprefix("\ufeff").split("\n"), 1):
        for found in _LOCAL.finditer(line):
            yield Stain("LOCAL_PATH", number, found[0])
        for found in _UNSEEN.finditer(line.removesuffix("\r")):
            yield Stain("UNSEEN_CHARACTER", number, f"U+{ord(found[0]):04X} {unicodedata.name(found[0], 'control')}")
    named = _NUMBER.search(path)
    mentioned = {found["number"] for found in _MENTIONED.finditer(source)}
    if named and mentioned and named["number"] not in mentioned:
        yield Stain("MERGE_LOG_NUMBER", 1, named["number"])
    headings = [found["words"].lower() for found in _HEADING.finditer(source)]
    for section in SECTIONS:
        if not any(heading.startswith(section.lower()) for heading in headings):
            yield Stain("MERGE_LOG_SECTION", 1, section)

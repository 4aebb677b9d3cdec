"""What a finder of facts is: which files it wants, and what it finds in each. It is handed text and opens nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gonogo_evidence.ids import JSON


MAX_LINE = 2000
"""Characters of a line that are looked at: a file that is one endless line holds nothing by lines."""


@dataclass(frozen=True)
class Source:
    """One file of the commit."""

    path: str
    blob: str
    text: str = ""
    """Empty for a finder that looks at names alone."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines, as ``grep -n`` would count them; of a longer line, its first 2000 characters."""
        return [line.removesuffix("\r")[:MAX_LINE] for line in self.text.split("\n")]


@dataclass(frozen=True, slots=True)
class Found:
    """One fact in a file: what kind of thing, its name, the line it stands in (from one), and more about it."""

    kind: str
    name: str
    line: int | None
    value: JSON


@dataclass(frozen=True, slots=True)
class TextFinder:
    """Finds in texts. ``find`` raises ``ValueError`` for a file that is not what its name says."""

    kinds: tuple[str, ...]
    wants: Callable[[str], bool]
    find: Callable[[Source], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class NameFinder:
    """Finds in the listing: names are all it needs."""

    kinds: tuple[str, ...]
    find: Callable[[Iterable[Source]], Iterator[tuple[Source, Found]]]


_TEST_FILE = re.compile(
    r"(?:^|/)(?:test_[^/]*\.py|tests\.py|conftest\.py|[^/]*_test\.(?:py|go|rs|rb)|[^/]*\.(?:test|spec)\.[jt]sx?|[^/]*Test\.java"
    r"|[^/]*_spec\.rb)$"
)


def is_test(path: str) -> bool:
    """Whether a file is one of tests, by the names that test runners look for."""
    return _TEST_FILE.search(path) is not None


def base_name(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def depth(path: str) -> int:
    """How many folders down a file lies."""
    return path.count("/")

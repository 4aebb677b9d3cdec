"""What a reference points at: a path, and where in it. Pure: words in, a target or nothing out.

Nothing means: these words are no path of this repository, and whether it is there cannot be asked (an address of the
web, a command, a pattern, a placeholder, a branch's name, a path that its author escaped).
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Container

Kind: TypeAlias = Literal["link", "image", "definition", "html", "code", "bare"]

BRANCHES = frozenset({
    "bugfix", "build", "chore", "ci", "docs", "feat", "feature", "fix", "hotfix", "main", "ops", "origin", "perf",
    "refactor", "release", "test", "tests",
})  # fmt: skip
"""First words of branch names: ``docs/new-guide`` without a suffix is a branch before it is a missing folder."""

BLANK = " \t\n\r"
"""What may stand around a target (CommonMark 2.1); a no-break space is a part of it, and a browser asks for it."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_PATTERN = re.compile(r"[\s*?<>{}\[\]|$\"'`,;=()\\^!…]|\.\.\.|%[sd(]|&(?:#\w+|\w+);|://|@|~")
_PLACEHOLDER = re.compile(
    r"(?:^|/)(?:path/to|your[-_]|foo|bar|baz)|YYYY|NNN|XXX|(?:^|[/_.-])(?:X{2,}|N{2,})(?:[/_.-]|$)", re.IGNORECASE
)
_LINES = re.compile(r"(?P<path>.+?\.[A-Za-z][A-Za-z0-9]*):(?P<first>\d{1,9})(?:[-:](?P<last>\d{1,9}))?")
_SYMBOL = re.compile(r"(?P<path>.+\.py)::(?P<symbol>[\w.:\[\]-]+)")
_HASH_LINES = re.compile(r"L(?P<first>\d{1,9})(?:C\d+)?(?:-L?(?P<last>\d{1,9})(?:C\d+)?)?")
_SUFFIX = re.compile(r"(?<=[^/])\.(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{1,8}$")
_TEMPLATE = re.compile(r"\{\{|\{%|<[^<>]*+>|\$\{|\{\w*\}")
_STANDS_FOR = frozenset({"…", "TODO", "TBD", "url", "URL", "link"})
"""Words that stand for a target in a template."""
LONGEST = 1024
"""Characters of a target; longer words are no path."""


class Target(NamedTuple):
    """A place in the repository: relative to the document where ``relative``, else to the repository."""

    path: str
    relative: bool
    fragment: str = ""
    first: int = 0
    last: int = 0
    symbol: str = ""

    @property
    def folder(self) -> bool:
        """Whether the words name a folder."""
        return self.path.endswith("/")


def of_link(words: str) -> Target | None:
    """The target of a link, an image, a definition or an HTML attribute (CommonMark 6.3, RFC 3986)."""
    words = words.strip(BLANK).removeprefix("<").removesuffix(">")
    words = html.unescape(_ESCAPED.sub(r"\1", words)).strip(BLANK)
    if not words or len(words) > LONGEST or _SCHEME.match(words) or _TEMPLATE.search(words):
        return None
    path, _, fragment = words.partition("#")
    path = unquote(path.partition("?")[0])
    if "\0" in path or "..." in path or path in _STANDS_FOR:
        return None
    return _placed(path.removeprefix("/"), unquote(fragment), relative=not path.startswith("/"))


def of_code(words: str, roots: Container[str]) -> Target | None:
    """The target of a code span or of a bare path. ``roots``: names at the top of the repository."""
    if len(words) > LONGEST or "/" not in words or words.startswith(("/", ".")):
        return None  # a place on some machine, or one that a program starts from
    symbol = _SYMBOL.fullmatch(words)
    named = symbol["path"] if symbol else words
    if _PATTERN.search(named) or _PLACEHOLDER.search(named):
        return None
    path, _, fragment = words.partition("#")
    target = _placed(path, fragment, relative=False)
    first, *rest = target.path.rstrip("/").split("/")
    if first not in roots or not rest:
        return None
    suffixed = target.folder or _SUFFIX.search(target.path)
    return target if suffixed or (len(rest) > 1 and first not in BRANCHES) else None


def _placed(path: str, fragment: str, *, relative: bool) -> Target:
    first = last = 0
    name = ""
    if symbol := _SYMBOL.fullmatch(path):
        path, name = symbol["path"], symbol["symbol"]
    elif lines := _LINES.fullmatch(path):
        path, first, last = lines["path"], *_span(lines)
    elif lines := _HASH_LINES.fullmatch(fragment):
        fragment, first, last = "", *_span(lines)
    return Target(path, relative, fragment, first, last, name)


def _span(lines: re.Match[str]) -> tuple[int, int]:
    return int(lines["first"]), int(lines["last"] or lines["first"])

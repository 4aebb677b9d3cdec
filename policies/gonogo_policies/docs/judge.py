"""Whether what a document points at is there, and what is wrong where it is not."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_policies.docs.headings import anchors
from gonogo_policies.docs.references import line_of, references

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gonogo_policies.docs.references import Reference
    from gonogo_policies.docs.tree import Tree

Code: TypeAlias = Literal[
    "MISSING_TARGET", "CASE_DIFFERS", "OUTSIDE_REPOSITORY", "MISSING_ANCHOR",
    "ROOT_RELATIVE", "LINE_BEYOND_END", "SYMBOL_MISSING",
]  # fmt: skip
ADVICE: frozenset[Code] = frozenset({"ROOT_RELATIVE", "LINE_BEYOND_END", "SYMBOL_MISSING"})
"""Problems that are told and fail nothing: the target is there, what is said about it is old."""
MARKDOWN = (".md", ".markdown")

_FORGE = re.compile(
    r"(?:\.\./)+(?:issues|pulls?|wiki|releases|actions|discussions|blob|tree|compare|security|settings)\b"
)
"""Pages of a forge, which links reach by leaving the repository."""
_PAGES = (".md", ".mdx", ".markdown", ".rst", "/index.md", "/README.md")
"""Where a site keeps the page that an address names without suffix."""
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")


@dataclass(frozen=True, slots=True)
class Problem:
    """One reference that does not hold."""

    code: Code
    path: str
    line: int
    words: str
    target: str
    """The place that was looked for, relative to the repository."""
    meant: str | None = None

    @property
    def advice(self) -> bool:
        """Whether it is told and fails nothing."""
        return self.code in ADVICE


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at in one document."""

    references: int
    problems: tuple[Problem, ...]


class Judge:
    """Judges documents against one tree. ``read`` gives a file's text, None where it is no text."""

    def __init__(self, tree: Tree, read: Callable[[str], str | None]) -> None:
        self._tree = tree
        self._read = read
        self._anchors: dict[str, frozenset[str] | None] = {}

    def look(self, path: str, source: str) -> Looked:
        """Judge every reference of one document."""
        found = references(source, self._tree.roots)
        problems = [problem for one in found for problem in self._judge(path, source, one)]
        return Looked(len(found), tuple(problems))

    def _judge(self, document: str, source: str, one: Reference) -> Iterator[Problem]:
        place, code = self._place(document, one)
        where = place if place is not None else one.target.path
        if code is None and place is not None:
            code = self._inside(document, source, place, one)
        if code is not None:
            meant = self._tree.spelled(where) if code == "CASE_DIFFERS" else None
            if code == "MISSING_TARGET":
                meant = self._tree.meant(where)
            if code == "ROOT_RELATIVE":
                meant = posixpath.relpath(where, posixpath.dirname(document) or ".")
            yield Problem(code, document, line_of(source, one.at), one.words, where, meant)

    def _place(self, document: str, one: Reference) -> tuple[str | None, Code | None]:
        """The path that a reference resolves to, and what is wrong with it. No path: nothing to look for."""
        target = one.target
        if not target.path:
            return document, None
        if not target.relative:
            place = posixpath.normpath(target.path)
            return self._answer(place, place, one)
        place = posixpath.normpath(posixpath.join(posixpath.dirname(document), target.path))
        if place.startswith("../") or place == "..":
            return (None, None) if _FORGE.match(target.path) else (place, "OUTSIDE_REPOSITORY")
        return self._answer("" if place == "." else place, posixpath.normpath(target.path), one)

    def _answer(self, place: str, from_top: str, one: Reference) -> tuple[str, Code | None]:
        tree = self._tree
        if tree.find(place):
            return place, None
        suffix = _SUFFIX.search(posixpath.basename(place))
        if one.kind in {"code", "bare"}:
            if not suffix and not tree.find(posixpath.dirname(place)):
                return place, None  # two words with a slash between them
        elif (page := self._page(place)) is not None:
            return page, None
        elif not one.target.relative and not suffix:
            return place, None  # a route of a site or of a forge
        elif not from_top.startswith("..") and tree.find(from_top):
            return from_top, "ROOT_RELATIVE"
        return place, "CASE_DIFFERS" if tree.spelled(place) else "MISSING_TARGET"

    def _page(self, place: str) -> str | None:
        """The source of a page where a site's address names it without suffix, or as HTML."""
        stem = place.removesuffix(".html").removesuffix(".htm")
        if stem == place and _SUFFIX.search(posixpath.basename(place)) and self._tree.find(f"{place}.md") is None:
            return None
        return next((f"{stem}{end}" for end in _PAGES if self._tree.find(f"{stem}{end}") == "file"), None)

    def _inside(self, document: str, source: str, place: str, one: Reference) -> Code | None:
        """What is wrong inside a file that is there."""
        target = one.target
        if target.fragment and one.kind in {"link", "definition", "html"} and place.endswith(MARKDOWN):
            known = self._anchors_of(place, source if place == document else None)
            fragment = target.fragment.lower()
            if known is not None and fragment not in known and not fragment.startswith(":~:") and fragment != "top":
                return "MISSING_ANCHOR"
        if (target.first or target.symbol) and (text := self._read(place)) is not None:
            if max(target.first, target.last) > text.count("\n") + 1:
                return "LINE_BEYOND_END"
            if target.symbol and not _defines(text, target.symbol):
                return "SYMBOL_MISSING"
        return None

    def _anchors_of(self, place: str, source: str | None) -> frozenset[str] | None:
        if place not in self._anchors:
            text = self._read(place) if source is None else source
            self._anchors[place] = None if text is None else anchors(text)
        return self._anchors[place]


def _defines(text: str, symbol: str) -> bool:
    names = [name.partition("[")[0] for name in symbol.split("::")]
    return all(
        re.search(rf"^\s*(?:async\s+)?(?:def|class)\s+{re.escape(name)}\b", text, re.MULTILINE)
        for name in names
        if name
    )

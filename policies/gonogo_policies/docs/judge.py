"""Whether what a document points at is there, and what is wrong where it is not."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_policies.docs.library import Library
    from gonogo_policies.docs.references import Reference
    from gonogo_policies.docs.tree import Proposal, Tree

Code: TypeAlias = Literal[
    "MISSING_TARGET", "CASE_DIFFERS", "OUTSIDE_REPOSITORY", "MISSING_ANCHOR",
    "ROOT_RELATIVE", "LINE_BEYOND_END", "SYMBOL_MISSING",
]  # fmt: skip
ADVICE: frozenset[Code] = frozenset({"ROOT_RELATIVE", "LINE_BEYOND_END", "SYMBOL_MISSING"})
"""Problems that are told and fail nothing: the target is there, what is said about it is old."""
MARKDOWN = (".md", ".markdown")

_FORGE = re.compile(
    r"(?:\.\./)+(?:issues|pulls?|wiki|releases|actions|discussions|blob|tree|compare|security|settings)\b"
    r"|(?:\.\./)+\.\./?$"
)
"""Pages of a forge, which links reach by leaving the repository; with nothing but dots, its front page."""
_PAGES = (".md", ".mdx", ".markdown", ".rst", "/index.md", "/README.md")
"""Where a site keeps the page that an address names without suffix."""
_MODULES = (".py", ".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", ".d.ts", ".md", ".rs", ".go", ".java")
"""Files that programs and people name without their suffix."""
_DEFINED = re.compile(r"^[^\S\n]*+(?:async[^\S\n]++)?(?:def|class)[^\S\n]++(\w++)", re.MULTILINE)
_SUFFIX = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,8}$")


@dataclass(frozen=True, slots=True)
class Problem:
    """One reference that does not hold."""

    code: Code
    path: str
    """The document."""
    reference: Reference
    target: str
    """The place that was looked for, relative to the repository."""
    meant: str | None = None
    certain: bool = False
    """Whether ``meant`` follows from names and history alone, so that it can be put in place of the target."""

    @property
    def line(self) -> int:
        """The reference's line, from 1."""
        return self.reference.line

    @property
    def words(self) -> str:
        """The reference's words."""
        return self.reference.words

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
    """Judges the documents of a library against one tree."""

    def __init__(self, tree: Tree, library: Library) -> None:
        self._tree = tree
        self._library = library
        self._seen: dict[str, tuple[int, frozenset[str]] | None] = {}

    def look(self, path: str) -> Looked | None:
        """Judge every reference of one document; None where it is no text."""
        sheet = self._library.sheet(path)
        if sheet is None:
            return None
        folder = posixpath.dirname(path)
        problems = [problem for one in sheet.references if (problem := self._judge(path, folder, one)) is not None]
        return Looked(len(sheet.references), tuple(problems))

    def explain(self, problems: Iterable[Problem]) -> list[Problem]:
        """The same problems, with what was likely meant; a name in other letters has a code of its own."""
        found = list(problems)
        proposals = self._tree.propose({one.target for one in found if one.code == "MISSING_TARGET"})
        return [_explained(one, proposals.get(one.target)) for one in found]

    def _judge(self, document: str, folder: str, one: Reference) -> Problem | None:
        place, code = self._place(document, folder, one)
        where = place if place is not None else one.target.path
        if code is None and place is not None:
            code = self._inside(place, one)
        return None if code is None else Problem(code, document, one, where)

    def _place(self, document: str, folder: str, one: Reference) -> tuple[str | None, Code | None]:
        """The path that a reference resolves to, and what is wrong with it. No path: nothing to look for."""
        target = one.target
        if not target.path:
            return document, None
        if not target.relative:
            place = posixpath.normpath(target.path)
            return self._answer(place, place, one)
        place = posixpath.normpath(f"{folder}/{target.path}" if folder else target.path)
        if place.startswith("../") or place == "..":
            return (None, None) if _FORGE.match(target.path) else (place, "OUTSIDE_REPOSITORY")
        return self._answer("" if place == "." else place, posixpath.normpath(target.path), one)

    def _answer(self, place: str, from_top: str, one: Reference) -> tuple[str, Code | None]:
        tree = self._tree
        if tree.find(place):
            return place, None
        suffix = _SUFFIX.search(posixpath.basename(place))
        if one.kind in {"code", "bare"}:
            if not suffix and (not tree.find(posixpath.dirname(place)) or self._module(place)):
                return place, None  # two words with a slash between them, or a module's name
        elif (page := self._page(place)) is not None:
            return page, None
        elif not one.target.relative and not suffix:
            return place, None  # a route of a site or of a forge
        elif not from_top.startswith("..") and tree.find(from_top):
            return from_top, "ROOT_RELATIVE"
        return place, "MISSING_TARGET"

    def _module(self, place: str) -> bool:
        return any(self._tree.find(f"{place}{end}") == "file" for end in _MODULES)

    def _page(self, place: str) -> str | None:
        """The source of a page where a site's address names it without suffix, or as HTML."""
        stem = place.removesuffix(".html").removesuffix(".htm")
        if stem == place and _SUFFIX.search(posixpath.basename(place)) and self._tree.find(f"{place}.md") is None:
            return None
        return next((f"{stem}{end}" for end in _PAGES if self._tree.find(f"{stem}{end}") == "file"), None)

    def _inside(self, place: str, one: Reference) -> Code | None:
        """What is wrong inside a file that is there."""
        target = one.target
        if target.fragment and one.kind in {"link", "definition", "html"} and place.endswith(MARKDOWN):
            known = self._library.anchors(place)
            fragment = target.fragment.lower()
            if known is not None and fragment not in known and not fragment.startswith(":~:") and fragment != "top":
                return "MISSING_ANCHOR"
        if (target.first or target.symbol) and (seen := self._inner(place)) is not None:
            lines, defined = seen
            if max(target.first, target.last) > lines:
                return "LINE_BEYOND_END"
            if target.symbol and not defined.issuperset(_names(target.symbol)):
                return "SYMBOL_MISSING"
        return None

    def _inner(self, place: str) -> tuple[int, frozenset[str]] | None:
        """How many lines a file has and which names it defines; it is read once, however often it is pointed at."""
        if place not in self._seen:
            text = self._library.read(place)
            self._seen[place] = None if text is None else (text.count("\n") + 1, frozenset(_DEFINED.findall(text)))
        return self._seen[place]


def _explained(one: Problem, proposal: Proposal | None) -> Problem:
    if one.code == "ROOT_RELATIVE":
        meant = posixpath.relpath(one.target, posixpath.dirname(one.path) or ".")
        return replace(one, meant=meant, certain=True)
    if one.code != "MISSING_TARGET" or proposal is None:
        return one
    if proposal.spelled is not None:
        return replace(one, code="CASE_DIFFERS", meant=proposal.spelled, certain=True)
    return replace(one, meant=proposal.meant, certain=proposal.renamed)


def _names(symbol: str) -> set[str]:
    return {name.partition("[")[0] for name in symbol.split("::")} - {""}

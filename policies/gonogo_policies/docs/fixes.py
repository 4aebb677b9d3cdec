"""What can be mended without asking anybody: names by git's history, letters, anchors with one candidate, examples.

Pure: a text in, a text out. A mended text is judged again, and counts only if every fault that was mended is gone and
no other came; mending it once more changes nothing.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from gonogo_policies.docs.judge import Judge
from gonogo_policies.docs.library import Library
from gonogo_policies.docs.prose import read_prose
from gonogo_policies.docs.tokens import CODE, examples, lined, marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gonogo_policies.docs.judge import Problem
    from gonogo_policies.docs.tree import Tree

_TAIL = re.compile(r"[?#].*|(?<=\w)::?[\w:\[\]-]+", re.DOTALL)
_NOT_WORDS = re.compile(r"[\W_]+")
SAFE = "/._-~+@!,"
"""Characters of a path that a link can hold as they are."""


class Edit(NamedTuple):
    """One replacement in a text, and why it is certain: the code of the fault that it mends."""

    line: int
    at: int
    old: str
    new: str
    code: str


def mend(
    path: str, tree: Tree, library: Library, *, mark: bool = True, escape: bool = False
) -> tuple[str, tuple[Edit, ...]] | None:
    """The mended text of one document and what was done; None where there is nothing that can be done for certain.

    Args:
        path: the document; its text is the library's.
        tree: the names of the commit.
        library: the documents of the tree.
        mark: mark examples in code spans, as ``docs-token-policy-gate`` asks.
        escape: mark paths in code spans that are not there as examples, which only an author can know.
    """
    source, looked = library.read(path), Judge(tree, library).look(path)
    if source is None or looked is None:
        return None
    problems = Judge(tree, library).explain(looked.problems)
    alike = Alike(library)
    edits = {one.at: one for one in _examples(source, library.roots) if mark}
    for problem in problems:
        if (edit := _edit(problem, source, alike, escape=escape)) is not None:
            edits[edit.at] = edit
    done = tuple(edits[at] for at in sorted(edits))
    mended = _applied(source, done)
    expected = len(problems) - sum(one.code != CODE for one in done)
    if not done or not _better(path, mended, tree, library, expected):
        return None
    return mended, done


def _better(path: str, mended: str, tree: Tree, library: Library, expected: int) -> bool:
    """Whether the mended text has exactly so many problems left."""
    after = Library(lambda name: mended if name == path else library.read(name), library.roots)
    looked = Judge(tree, after).look(path)
    return looked is not None and len(looked.problems) == expected


def _applied(source: str, edits: Iterable[Edit]) -> str:
    parts: list[str] = []
    end = 0
    for edit in edits:
        parts += (source[end : edit.at], edit.new)
        end = edit.at + len(edit.old)
    return "".join((*parts, source[end:]))


def _examples(source: str, roots: frozenset[str]) -> Iterator[Edit]:
    for line, span in lined(source, examples(read_prose(source), roots)):
        yield Edit(line, span.at, span.code, marked(span.code), CODE)


def _edit(problem: Problem, source: str, alike: Alike, *, escape: bool) -> Edit | None:
    one = problem.reference
    new = None
    if problem.code == "MISSING_ANCHOR":
        new = _anchored(problem, alike)
    elif problem.certain:
        new = _named(problem)
    elif escape and problem.code == "MISSING_TARGET" and one.kind == "code":
        new = marked(one.words)
    if new is None or new == one.words:
        return None
    at = one.at
    at = source.find(one.words, at, at + 2 + len(one.words))  # a code span may begin with blanks
    return Edit(one.line, at, one.words, new, problem.code) if 0 <= at <= one.at + 2 else None


class Alike:
    """The anchors of documents by their letters and digits alone."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, dict[str, set[str]]] = {}

    def anchors(self, path: str, wanted: str) -> set[str]:
        """The anchors of a document that have the letters and digits of ``wanted``."""
        if path not in self._known:
            known = self._known[path] = {}
            for one in self._library.anchors(path) or ():
                known.setdefault(_NOT_WORDS.sub("", one), set()).add(one)
        return self._known[path].get(_NOT_WORDS.sub("", wanted.lower()), set())


def _anchored(problem: Problem, known: Alike) -> str | None:
    """The words with the only anchor that has the same letters and digits."""
    wanted = problem.reference.target.fragment
    alike = known.anchors(problem.target, wanted)
    headings = {re.sub(r"-+", "-", one).strip("-") for one in alike}
    before, mark, after = problem.reference.words.rpartition("#")
    if len(headings) != 1 or not mark or unquote(after.removesuffix(">")) != wanted:
        return None
    new = quote(max(alike, key=lambda one: (len(one), one)), safe=SAFE)
    return f"{before}#{new}{'>' if after.endswith('>') else ''}"


def _named(problem: Problem) -> str | None:
    """The words with the right path; what follows the path stays."""
    one = problem.reference
    inner = one.words.removeprefix("<").removesuffix(">")
    quoted = inner != one.words
    tail = _TAIL.search(inner)
    path, rest = (inner[: tail.start()], tail[0]) if tail else (inner, "")
    if unquote(path).removeprefix("/") != one.target.path or "&" in path or "\\" in path:
        return None  # written in a way that we would not write back
    place = problem.target if problem.code == "ROOT_RELATIVE" else problem.meant or ""
    new = place
    if one.target.relative:
        new = posixpath.relpath(place, posixpath.dirname(problem.path) or ".")
        new = f"./{new}" if path.startswith("./") and not new.startswith(".") else new
    elif path.startswith("/"):
        new = f"/{place}"
    if path.endswith("/") and not new.endswith("/"):
        new += "/"
    if one.kind in {"code", "bare"}:
        return None if "`" in new or " " in new else f"{new}{rest}"
    return f"<{new}{rest}>" if quoted else f"{quote(new, safe=SAFE)}{rest}"

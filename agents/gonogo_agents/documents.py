"""The documents of a commit, read from git's own objects: what they point at, and whether it is there."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gonogo_agents.objects import SUBMODULE, list_tree, read_blobs
from gonogo_agents.renames import new_names
from gonogo_policies import globs
from gonogo_policies.docs import MARKDOWN, Judge, Library, Tree
from gonogo_policies.docs.text import TEXT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.git import Git
    from gonogo_agents.objects import TreeFile
    from gonogo_policies.docs import Problem
    from gonogo_policies.docs.library import Sheet

MOST_HOPS = 8
"""Links behind links that are followed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the documents of a commit say."""

    documents: tuple[str, ...]
    references: int
    problems: tuple[Problem, ...]
    unread: tuple[str, ...]
    """Documents that are too long or no text."""


class Documents:
    """The documents of ``commit``.

    Args:
        git: of the repository.
        commit: 40 hex digits.
        exclude: globs of documents that are left out.
        near: the documents of another commit; what is the same in both is parsed once.
    """

    def __init__(self, git: Git, commit: str, exclude: Sequence[str] = (), near: Documents | None = None) -> None:
        self._git = git
        self.files: dict[str, TreeFile] = {one.path: one for one in list_tree(git, commit)}
        regular = [path for path, one in self.files.items() if one.regular]
        self.tree = Tree(regular, elsewhere=self._linked, renamed=lambda: new_names(git, commit))
        outside = globs.Globs(exclude)
        self.paths = tuple(
            sorted(path for path in regular if path.lower().endswith(MARKDOWN) and outside.index(path) is None)
        )
        known = near.sheets() if near is not None and near.tree.roots == self.tree.roots else {}
        blobs = {path: self.files[path].blob for path in self.paths}
        sheets = {path: known[blob] for path, blob in blobs.items() if blob in known}
        self.library = Library(self.read, self.tree.roots, sheets)
        self._texts: dict[str, bytes] = {}
        self._fetch([path for path in self.paths if path not in sheets])

    def read(self, path: str) -> str | None:
        """A file's text; None where it is too long, no UTF-8, or no file of the commit."""
        one = self.files.get(path)
        if one is None or not one.regular or one.size > TEXT_LIMIT:
            return None
        if one.blob not in self._texts:
            self._texts.update(read_blobs(self._git, [one.blob]))
        try:
            return self._texts[one.blob].decode()
        except UnicodeDecodeError:
            return None

    @cached_property
    def judged(self) -> Judged:
        """Every reference of every document, looked up; what was meant is not asked."""
        judge = Judge(self.tree, self.library)
        looked = {path: judge.look(path) for path in self.paths}
        problems = [problem for one in looked.values() if one is not None for problem in one.problems]
        return Judged(
            documents=self.paths,
            references=sum(one.references for one in looked.values() if one is not None),
            problems=tuple(problems),
            unread=tuple(path for path, one in looked.items() if one is None),
        )

    def explained(self) -> list[Problem]:
        """The problems, with what was likely meant."""
        return Judge(self.tree, self.library).explain(self.judged.problems)

    def sheets(self) -> dict[str, Sheet]:
        """What was parsed, by blob id, for another commit."""
        return {self.files[path].blob: sheet for path, sheet in self.library.sheets.items()}

    def _fetch(self, paths: Sequence[str]) -> None:
        small = [self.files[path].blob for path in paths if self.files[path].size <= TEXT_LIMIT]
        self._texts = read_blobs(self._git, small)

    def _linked(self, path: str, hops: int = MOST_HOPS) -> bool:
        """Whether a submodule, or a link that leads somewhere in the tree, is there or above it."""
        parts = path.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        found = next((one for name in above if (one := self.files.get(name)) and not one.regular), None)
        return found is not None and (found.mode == SUBMODULE or (hops > 0 and self._behind(found, path, hops - 1)))

    def _behind(self, link: TreeFile, path: str, hops: int) -> bool:
        """Whether what a path through a link inside the tree leads to is there."""
        target = read_blobs(self._git, [link.blob])[link.blob].decode("utf-8", "replace")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(link.path), target, path[len(link.path) + 1 :]))
        if place.startswith(("/", "../")) or place == "..":
            return False
        place = "" if place == "." else place
        return place in self.tree.files or self.tree.has_folder(place) or self._linked(place, hops)

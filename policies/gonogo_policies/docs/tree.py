"""The names of a commit, as references meet them: with case, with folders, and with the name that was meant."""

from __future__ import annotations

import difflib
import posixpath
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Place: TypeAlias = Literal["file", "folder"]
ALIKE = 0.75
"""How alike two file names must be before one is proposed for the other (difflib's ratio)."""
MOST_ALIKE = 2000
"""Names that are compared for a proposal."""


class Tree:
    """All names of a commit.

    Args:
        files: its regular files.
        elsewhere: says of a path that no regular file has whether it is there (a link, a submodule).
        renamed: old names to new ones, from the change and its history.
    """

    def __init__(
        self,
        files: Iterable[str],
        *,
        elsewhere: Callable[[str], bool] = lambda path: False,  # noqa: ARG005 - the shape of the port
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        self.files = frozenset(unicodedata.normalize("NFC", path) for path in files)
        self._elsewhere = elsewhere
        self._renamed = renamed or {}

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, without a slash at the end; the repository itself is ``""``."""
        found = {""}
        for path in {posixpath.dirname(path) for path in self.files}:
            folder = path
            while folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    @cached_property
    def roots(self) -> frozenset[str]:
        """Folders at the top of the repository."""
        return frozenset(path.partition("/")[0] for path in self.files if "/" in path)

    def find(self, path: str) -> Place | None:
        """What lies there, exactly so spelled."""
        path = unicodedata.normalize("NFC", path).rstrip("/")
        if path in self.files:
            return "file"
        if path in self.folders:
            return "folder"
        return "file" if self._elsewhere(path) else None

    def spelled(self, path: str) -> str | None:
        """The name that differs in nothing but upper and lower case."""
        return self._lower.get(unicodedata.normalize("NFC", path).rstrip("/").lower())

    def meant(self, path: str) -> str | None:
        """The name that was likely meant: a new name, the only file of this name, or one that looks like it."""
        if path in self._renamed:
            return self._renamed[path]
        name = posixpath.basename(path.rstrip("/"))
        same = self._by_name.get(name, ())
        if same:
            return same[0] if len(same) == 1 else None
        beside = {posixpath.basename(one): one for one in self._by_folder.get(posixpath.dirname(path), ())[:MOST_ALIKE]}
        alike = difflib.get_close_matches(name, beside, n=1, cutoff=ALIKE)
        return beside[alike[0]] if alike else None

    @cached_property
    def _lower(self) -> dict[str, str]:
        return {path.lower(): path for path in (*self.folders, *self.files)}

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped(self.files, posixpath.basename)

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        return _grouped(self.files, posixpath.dirname)


def _grouped(paths: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        found.setdefault(key(path), []).append(path)
    return found

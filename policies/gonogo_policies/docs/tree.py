"""The names of a commit, as references meet them: with case, with folders, and with the name that was meant."""

from __future__ import annotations

import difflib
import posixpath
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Place: TypeAlias = Literal["file", "folder"]
ALIKE = 0.75
"""How alike two file names must be before one is proposed for the other (difflib's ratio)."""
MOST_ALIKE = 2000
"""Names that are compared for a proposal."""
MOST_COMPARED = 10_000_000
"""Characters held against characters for all proposals of a look; what would be more has no proposal by its looks."""


class Proposal(NamedTuple):
    """What may have been meant by a path that is not there."""

    spelled: str | None
    """The name that differs in nothing but upper and lower case."""
    meant: str | None
    """A new name, the only file of this name, or one that looks like it."""
    renamed: bool = False
    """Whether ``meant`` is what git says became of it."""


class Tree:
    """All names of a commit.

    Args:
        files: its regular files.
        elsewhere: says of a path that no regular file has whether it is there (a link, a submodule).
        renamed: gives old names to new ones, from the change and its history; asked where something is missing.
    """

    def __init__(
        self,
        files: Iterable[str],
        *,
        elsewhere: Callable[[str], bool] = lambda path: False,  # noqa: ARG005 - the shape of the port
        renamed: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        names = list(files)
        self.files = frozenset(names if "".join(names).isascii() else map(_normal, names))
        self._elsewhere = elsewhere
        self._renamed = renamed

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, without a slash at the end; the repository itself is ``""``."""
        found = {""}
        for path in {path.rpartition("/")[0] for path in self.files}:
            folder = path
            while folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def roots(self) -> frozenset[str]:
        """Folders at the top of the repository."""
        return frozenset(path for path in self.folders if path and "/" not in path)

    def find(self, path: str) -> Place | None:
        """What lies there, exactly so spelled."""
        path = _normal(path).rstrip("/")
        if path in self.files:
            return "file"
        if path in self.folders:
            return "folder"
        return "file" if self._elsewhere(path) else None

    def propose(self, missing: Iterable[str]) -> dict[str, Proposal]:
        """What was likely meant by each of these paths, which are not there; all names are gone through once."""
        wanted = {path: _normal(path).rstrip("/") for path in missing}
        lower = {path.lower() for path in wanted.values()}
        names = {path.rpartition("/")[2] for path in wanted.values()}
        beside = {path.rpartition("/")[0] for path in wanted.values()}
        spelled: dict[str, str] = {}
        named: dict[str, list[str]] = {name: [] for name in names}
        around: dict[str, list[str]] = {folder: [] for folder in beside}
        for path in self.files if wanted else ():
            folder, _, name = path.rpartition("/")
            if name in named:
                named[name].append(path)
            if folder in around:
                around[folder].append(name)
            if path.lower() in lower:
                spelled[path.lower()] = path
        spelled.update({path.lower(): path for path in (self.folders if wanted else ()) if path.lower() in lower})
        renamed = self._new_names() if wanted else {}
        meant = _meant(sorted({*wanted.values()} - renamed.keys()), named, around)
        return {
            path: Proposal(spelled.get(plain.lower()), renamed.get(plain, meant.get(plain)), renamed=plain in renamed)
            for path, plain in wanted.items()
        }

    def _new_names(self) -> dict[str, str]:
        """Old names to those of files that are there now; asked for at most once."""
        return {old: new for old, new in self._renamed().items() if new in self.files and old not in self.files}


def _meant(
    missing: Iterable[str], named: Mapping[str, list[str]], around: Mapping[str, list[str]]
) -> dict[str, str | None]:
    """Of each, the only file of this name, or one beside it that looks like it."""
    beside = {folder: sorted(names)[:MOST_ALIKE] for folder, names in around.items()}
    lengths = {folder: sum(map(len, names)) for folder, names in beside.items()}
    found: dict[str, str | None] = {}
    left = MOST_COMPARED
    for plain in missing:
        folder, _, name = plain.rpartition("/")
        if same := named[name]:
            found[plain] = same[0] if len(same) == 1 else None
        elif (cost := len(name) * lengths[folder]) <= left:
            left -= cost
            alike = difflib.get_close_matches(name, beside[folder], n=1, cutoff=ALIKE)
            found[plain] = posixpath.join(folder, alike[0]) if alike else None
    return found


def _normal(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)

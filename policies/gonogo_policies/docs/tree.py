"""The names of a commit, as references meet them: with case, with folders, and with the name that was meant."""

from __future__ import annotations

import difflib
import posixpath
import unicodedata
from bisect import bisect_left
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Place: TypeAlias = Literal["file", "folder"]
_AFTER_SLASH = "0"
"""The character that comes after a slash."""
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
        names = files if isinstance(files, AbstractSet) else dict.fromkeys(files).keys()
        self.files: AbstractSet[str] = names if "".join(names).isascii() else dict.fromkeys(map(_normal, names)).keys()
        self._folders: dict[str, bool] = {}
        """Folders that were asked for."""
        self._elsewhere = elsewhere
        self._renamed = renamed

    @cached_property
    def _sorted(self) -> list[str]:
        """The names in their order: what lies in a folder stands together, so that nothing is made for each file."""
        return sorted(self.files)

    @cached_property
    def roots(self) -> frozenset[str]:
        """Folders at the top of the repository."""
        return frozenset(name for name, is_file in self._within("") if not is_file)

    def _within(self, folder: str) -> Iterator[tuple[str, bool]]:
        """What lies directly in a folder: each name, and whether it is a file."""
        names, begin = self._sorted, f"{folder}/" if folder else ""
        at = bisect_left(names, begin)
        while at < len(names) and names[at].startswith(begin):
            name, slash, _ = names[at][len(begin) :].partition("/")
            yield name, not slash
            at = bisect_left(names, f"{begin}{name}{_AFTER_SLASH}", at) if slash else at + 1

    def has_folder(self, path: str) -> bool:
        """Whether a folder that holds a file lies there; the repository itself is ``""``."""
        if path not in self._folders:
            self._folders[path] = not path or _begins(self._sorted, f"{path}/")
        return self._folders[path]

    def find(self, path: str) -> Place | None:
        """What lies there, exactly so spelled."""
        path = _normal(path).rstrip("/")
        if path in self.files:
            return "file"
        if self.has_folder(path):
            return "folder"
        return "file" if self._elsewhere(path) else None

    def propose(self, missing: Iterable[str]) -> dict[str, Proposal]:
        """What was likely meant by each of these paths, which are not there; all names are gone through once."""
        wanted = {path: _normal(path).rstrip("/") for path in missing}
        if not wanted:
            return {}  # else all names are gone through
        names = {path.rpartition("/")[2] for path in wanted.values()}
        named: dict[str, list[str]] = {name: [] for name in names}
        for path in self._sorted:
            if (name := path[path.rfind("/") + 1 :]) in names:
                named[name].append(path)
        around = {
            folder: [name for name, is_file in self._within(folder) if is_file]
            for folder in {path.rpartition("/")[0] for path in wanted.values()}
        }
        spelled = self._spelled({path.lower() for path in wanted.values()})
        renamed = self._new_names
        meant = _meant(sorted({*wanted.values()} - renamed.keys()), named, around)
        return {
            path: Proposal(spelled.get(plain.lower()), renamed.get(plain, meant.get(plain)), renamed=plain in renamed)
            for path, plain in wanted.items()
        }

    def _spelled(self, lower: set[str]) -> dict[str, str]:
        """Files and folders by their names in lower case, for the names that are asked for."""
        names = sorted(map(str.lower, self._sorted))
        folders = {path for path in lower if _begins(names, f"{path}/")}
        found: dict[str, str] = {}
        for path in self._sorted if folders or not lower.isdisjoint(names) else ():
            plain = path.lower()
            if plain in lower:
                found[plain] = path
            while folders and (cut := path.rfind("/")) >= 0:
                path = path[:cut]  # noqa: PLW2901 - one folder up
                if (plain := path.lower()) in folders:
                    found[plain] = path
        return found

    @cached_property
    def _new_names(self) -> dict[str, str]:
        """Old names to those of files that are there now; asked for at most once."""
        return {old: new for old, new in self._renamed().items() if new in self.files and old not in self.files}


def _begins(names: list[str], begin: str) -> bool:
    """Whether one of the sorted names begins so."""
    at = bisect_left(names, begin)
    return at < len(names) and names[at].startswith(begin)


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

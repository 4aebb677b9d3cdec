"""The files of a commit by name. A large tree has a hundred thousand: nothing is made for each but two strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_policies.change import RepoPath

if TYPE_CHECKING:
    from collections.abc import Iterator, KeysView, Mapping


class Listing:
    """The regular files of a commit; links and submodules are left out.

    Args:
        blobs: the object id of each file by its name in words; empty where it is not known.
        odd: the name on the disk of each file whose name is not exactly these words (no NFC, no UTF-8).
    """

    __slots__ = ("_odd", "blobs")

    def __init__(self, blobs: Mapping[str, str], odd: Mapping[str, str] | None = None) -> None:
        self.blobs = blobs
        self._odd = odd or {}

    def __iter__(self) -> Iterator[RepoPath]:
        """Each file, in git's order."""
        return map(self.place, self.blobs)

    def __len__(self) -> int:
        """How many files there are."""
        return len(self.blobs)

    def __contains__(self, path: object) -> bool:
        """Whether a regular file has this name in words."""
        return path in self.blobs

    @property
    def paths(self) -> KeysView[str]:
        """The names in words, in git's order."""
        return self.blobs.keys()

    def place(self, path: str) -> RepoPath:
        """Where it stands in the work tree."""
        return RepoPath(path, self.disk(path))

    def disk(self, path: str) -> str:
        """The name on the disk."""
        return self._odd.get(path, path)

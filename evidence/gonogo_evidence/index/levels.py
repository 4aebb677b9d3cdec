"""The hashes of the Merkle tree on disk: a file a level, 32 bytes a node, only nodes whose leaves are all there.

A proof reads about two hashes a level: at 100,000 entries some 34 reads, whatever the log's size in bytes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from gonogo_evidence import merkle
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.index import disk
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HASH: Final = 32
MOST: Final = 54
"""Levels: sizes stay below 2^53."""


class Levels:
    """The level files of one log. :meth:`node` is what proofs are made from."""

    def __init__(self, where: Path, *, write: bool = False) -> None:
        self._where = where / disk.TILES
        self._write = write
        self._files: dict[int, int] = {}
        self._last: dict[int, tuple[int, bytes]] = {}
        """By level: number and hash of the node that was written last. The next root needs these and no others."""
        self._folder = disk.open_folder(self._where, make=True) if write else self._if_there()

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in (*self._files.values(), self._folder):
            if descriptor is not None:
                os.close(descriptor)
        self._files.clear()
        self._folder = None

    def node(self, level: int, index: int) -> bytes:
        """One hash. Raises :class:`IntegrityBroken` ``INDEX_HASHES`` where it is not there."""
        number, last = self._last.get(level, (-1, b""))
        if number == index:
            return last
        try:
            found = disk.read_at(self._file(level), HASH, index * HASH)
        except BadInput:  # the file of this level is not there
            found = b""
        if len(found) != HASH:
            raise IntegrityBroken(
                "INDEX_HASHES",
                msg("A hash of the index is missing: level {level}, number {index}.", level=level, index=index),
                where=str(self._where / str(level)),
                next_step=msg("gonogo index check"),
            )
        return found

    def reread(self) -> None:
        """Believe the files alone from now on: others may have written to them."""
        self._last.clear()

    def whole(self, size: int) -> bool:
        """Whether every node of a tree of ``size`` leaves is there."""
        return all(os.fstat(self._file(level)).st_size >= (size >> level) * HASH for level in range(size.bit_length()))

    def extend(self, size: int, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes behind the first ``size``, and every node that they complete. Raises ``OSError``."""
        fresh, start, level = list(leaves), size, 0
        while fresh:
            disk.write_at(self._file(level), b"".join(fresh), start * HASH)
            newest = (start + len(fresh) - 1, fresh[-1])
            if start & 1:
                fresh.insert(0, self.node(level, start - 1))
            self._last[level] = newest
            pairs = zip(fresh[::2], fresh[1::2], strict=False)
            fresh = [merkle.node_hash(left, right) for left, right in pairs]
            start, level = start >> 1, level + 1

    def clear(self) -> None:
        """Forget everything, to be made again from the entries."""
        self.reread()
        for level in range(MOST):
            if os.path.lexists(self._where / str(level)):
                os.truncate(self._file(level), 0)

    def _if_there(self) -> int | None:
        try:
            return disk.open_folder(self._where)
        except BadInput:
            return None

    def _file(self, level: int) -> int:
        if self._folder is None:
            raise disk.not_found(self._where)
        if level not in self._files:
            self._files[level] = disk.open_file(self._folder, str(level), self._where, write=self._write)
        return self._files[level]

"""Reading a log: its checkpoint, single entries, proofs. Nothing is written and no lock is taken.

What lies behind the last checkpoint (an append that a crash cut off) is not part of the log yet.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from gonogo_evidence import merkle
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.files import read_bytes
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import disk, entry, note
from gonogo_evidence.index.levels import Levels
from gonogo_evidence.index.proof import Proof
from gonogo_evidence.index.records import Records
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from gonogo_evidence.ids import Digest
    from gonogo_evidence.index.entry import Signed

CHUNK: Final = 1 << 20


class Log:
    """A log as its checkpoint states it. Whether a trusted key signed that is asked with :func:`checkpoint.require`."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self._open: list[int] = []
        try:
            folder = self._keep(disk.open_folder(where))
            self.note = read_checkpoint(where)
            self.checkpoint = checkpoints.parse(self.note)
            self._entries = self._keep(disk.open_file(folder, disk.ENTRIES, where))
            self._records = Records(self._maybe(folder, disk.RECORDS))
            self._levels = Levels(where)
        except BaseException:
            self._give_back()
            raise
        self._records.load(limit=self.size)

    def close(self) -> None:
        """Give the descriptors back."""
        self._levels.close()
        self._give_back()

    @property
    def size(self) -> int:
        """Entries under the checkpoint."""
        return self.checkpoint.size

    def entry(self, number: int) -> Signed:
        """One entry, read and in its form; its signature is not checked. Raises ``INDEX_NO_ENTRY``."""
        if not 0 <= number < self.size:
            raise BadInput(
                "INDEX_NO_ENTRY",
                msg("The index has no entry {number}; it has {size}, counted from 0.", number=number, size=self.size),
                where=str(self.where),
            )
        if number >= self._records.count:
            return next(self._lines(number, number + 1))
        start, end = self._records.end(number), self._records.end(number + 1)
        return self._parsed(disk.read_at(self._entries, max(0, end - start), start), number)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Signed]:
        """Entries in order, each in its form; signatures are not checked."""
        yield from self._lines(start, self.size if stop is None else min(stop, self.size))

    def matching(self, *words: bytes) -> Iterator[tuple[int, Signed]]:
        """The entries whose line holds one of these bytes, with their numbers; the others are not parsed."""
        for number, line in self._raw(0, self.size):
            if any(word in line for word in words):
                yield number, self._parsed(line, number)

    def find(self, identity: Digest) -> int | None:
        """The number of the entry that says this."""
        return self._records.find(identity)

    def root_at(self, size: int) -> bytes:
        """The root over the first ``size`` entries, from the stored hashes."""
        return merkle.root_at(size, self._levels.node)

    def prove(self, number: int, cosigned: bytes | None = None) -> Proof:
        """The proof that an entry is in the log, against its checkpoint or an earlier, cosigned one of its own.

        Raises:
            BadInput: ``INDEX_NO_ENTRY``: there is no such entry, or not yet at that checkpoint.
        """
        signed = self.entry(number)
        note = cosigned or self.note
        size = checkpoints.parse(note).size
        if number >= size:
            words = msg("The newest cosigned checkpoint has {size} entries: not yet this one.", size=size)
            step = msg("gonogo index request")
            raise BadInput("INDEX_NO_ENTRY", words, where=str(self.where), next_step=step)
        hashes = merkle.inclusion_path(number, size, self._levels.node)
        proof = Proof(number, tuple(hashes), note, signed.pem)
        if not proof.holds(signed.leaf):
            raise _root_differs(self.where)
        return proof

    def consistency(self, old: int) -> list[bytes]:
        """The proof that the log of ``old`` entries is the beginning of this one."""
        return merkle.consistency_path(old, self.size, self._levels.node)

    def is_leaf(self, number: int, leaf_hash: bytes) -> bool:
        """Whether the stored hash of an entry is this one."""
        try:
            return self._levels.node(0, number) == leaf_hash
        except IntegrityBroken:
            return False

    def sound(self) -> bool:
        """Whether the stored hashes have the checkpoint's root."""
        try:
            return self.root_at(self.size) == self.checkpoint.root
        except IntegrityBroken:
            return False

    def check_root(self) -> None:
        """Raise :class:`IntegrityBroken` ``INDEX_ROOT`` unless the stored hashes have the checkpoint's root."""
        if not self.sound():
            raise _root_differs(self.where)

    @property
    def pending(self) -> int:
        """Bytes behind the last entry of the checkpoint: an append that was cut off and will be taken up."""
        if self._records.count < self.size:
            return 0
        return max(0, os.fstat(self._entries).st_size - self._records.end(self.size))

    def _lines(self, start: int, stop: int) -> Iterator[Signed]:
        for number, line in self._raw(start, stop):
            yield self._parsed(line, number)

    def _raw(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """From the file; the records, where they are there, save reading what comes before ``start``."""
        at = min(start, self._records.count)
        for line in read_lines(self._entries, self._records.end(at)):
            if at >= stop:
                return
            if at >= start:
                yield at, line
            at += 1
        if at < stop:
            raise IntegrityBroken(
                "INDEX_TRUNCATED",
                msg("The log has {found} entries and its checkpoint says {size}.", found=at, size=self.size),
                where=str(self.where / disk.ENTRIES),
                next_step=msg("Keep it as evidence; restore the folder from a copy."),
            )

    def _parsed(self, line: bytes, number: int) -> Signed:
        return parsed(line, number, self.where)

    def _keep(self, descriptor: int) -> int:
        self._open.append(descriptor)
        return descriptor

    def _maybe(self, folder: int, name: str) -> int | None:
        """A file that only saves time: without it everything is read from the entries."""
        try:
            return self._keep(disk.open_file(folder, name, self.where))
        except BadInput:
            return None

    def _give_back(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()


@contextmanager
def open_log(where: Path) -> Generator[Log, None, None]:
    """Open a log for reading. Raises ``INDEX_NOT_FOUND``, and what a malformed checkpoint raises."""
    log = Log(where)
    try:
        yield log
    finally:
        log.close()


def read_checkpoint(where: Path) -> bytes:
    """The signed note that the log wrote last. Raises ``INDEX_NOT_FOUND`` or :class:`IntegrityBroken`."""
    path = where / disk.CHECKPOINT
    try:
        data, before = read_bytes(path, limit=note.MAX_BYTES), None
        while data != before:  # a file that was replaced twice meanwhile may be read while it is written over
            data, before = read_bytes(path, limit=note.MAX_BYTES), data
    except BadInput as error:
        if error.code == "FILE_NOT_FOUND":
            raise disk.not_found(where) from error
        raise
    if not data:  # what a power cut can leave: the next append takes the synced entries up again
        raise disk.not_found(where)
    return data


def read_lines(descriptor: int, offset: int) -> Iterator[bytes]:
    """Whole lines from an offset on, with their ends; a torn last one is left out."""
    rest = b""
    while data := os.pread(descriptor, CHUNK, offset):
        offset += len(data)
        *lines, rest = (rest + data).split(b"\n")
        yield from (line + b"\n" for line in lines)
        if len(rest) > 2 * entry.MAX_LINE:  # no end in sight: not a log
            yield rest
            return


def parsed(line: bytes, number: int, where: Path) -> Signed:
    """Read a line; what is wrong with it is said with its place."""
    try:
        return entry.parse_line(line)
    except IntegrityBroken as error:
        error.where = f"{where / disk.ENTRIES}:{number + 1}"
        raise


def _root_differs(where: Path) -> IntegrityBroken:
    return IntegrityBroken(
        "INDEX_ROOT",
        msg("The entries do not have the root that the checkpoint states: something was changed, dropped or moved."),
        where=str(where),
        next_step=msg("gonogo index check"),
    )

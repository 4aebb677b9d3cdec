"""Appending: one writer at a time, entries first and synced, hashes next, the checkpoint last.

Kill it anywhere: a line that was cut off is taken away, a whole one behind the checkpoint is taken up, hashes that are
missing are made again. Nothing that a checkpoint covers is ever changed; where it was, appending is refused.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gonogo_evidence import merkle
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.files import no_room, sync, write_atomic
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import disk
from gonogo_evidence.index.checkpoint import EMPTY_ROOT, Checkpoint
from gonogo_evidence.index.levels import Levels
from gonogo_evidence.index.log import parsed, read_checkpoint, read_lines
from gonogo_evidence.index.records import Records
from gonogo_evidence.index.swap import flush, swap
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from gonogo_evidence.ids import Digest
    from gonogo_evidence.index.entry import Signed
    from gonogo_evidence.index.note import Signer, VerifierKey

BATCH = 4096
"""Lines that are taken up at once when a log is mended."""


class Writer:
    """Appends to one log. Use :func:`open_writer`. Each :meth:`append` takes the lock for itself."""

    def __init__(self, where: Path, signer: Signer, also: Sequence[VerifierKey] = ()) -> None:
        self.where = where
        self.signer = signer
        self._keys = (signer.verifier, *also)
        self.checkpoint = Checkpoint(signer.name, 0, EMPTY_ROOT)
        self.note = b""
        """The checkpoint as it was signed last."""
        self._open: list[int] = []
        self._signed = False
        try:
            self._folder = self._keep(disk.open_folder(where, make=True))
            with disk.locked(self._folder, where):
                self._begin()
                self._entries = self._keep(disk.open_file(self._folder, disk.ENTRIES, where, write=True))
                self._records = Records(self._keep(disk.open_file(self._folder, disk.RECORDS, where, write=True)))
                self._levels = Levels(where, write=True)
                self._refresh(first=True)
        except OSError as error:
            self.close()
            raise no_room(error, where) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the descriptors back; the last checkpoint is on the disk then."""
        if self._signed:
            self._signed = False
            with suppress(OSError):  # what was appended is synced, and leads to a checkpoint again
                flush(self._folder)
        if levels := getattr(self, "_levels", None):
            levels.close()
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()

    @property
    def size(self) -> int:
        """Entries, as of the last look."""
        return self._records.count

    def consistency(self, old: int) -> list[bytes]:
        """The proof that the log of ``old`` entries is the beginning of this one."""
        return merkle.consistency_path(old, self.size, self._levels.node)

    def append(self, signed: Sequence[Signed]) -> list[int]:
        """Append what is not there yet, durably; the numbers of all, in order. One sync and one checkpoint for all.

        Raises:
            IntegrityBroken: the log is not what its checkpoint says.
            Inconclusive: no room, or another process holds the lock for too long. Nothing half is left.
        """
        for one in signed:
            one.check()
        with disk.locked(self._folder, self.where):
            try:
                self._refresh()
                return self._append(signed)
            except OSError as error:
                raise no_room(error, self.where) from error

    def resign(self) -> None:
        """Sign the checkpoint again at its size, with this writer's key: after a rotation."""
        with disk.locked(self._folder, self.where):
            self._refresh()
            self._sign()

    def _append(self, signed: Sequence[Signed]) -> list[int]:
        self._records.expect(len(signed))
        numbers: list[int] = []
        fresh: list[Signed] = []
        new: dict[Digest, int] = {}
        for one in signed:
            identity = one.entry.identity
            known = self._records.find(identity)
            number = new.get(identity) if known is None else known
            if number is None:
                number = new[identity] = self.size + len(fresh)
                fresh.append(one)
            numbers.append(number)
        if fresh:
            lines = [one.line() for one in fresh]
            self._write(b"".join(lines))
            self._take_up(fresh, [len(line) for line in lines], list(new))
            self._sign()
        return numbers

    def _write(self, data: bytes) -> None:
        """Behind the last entry, and synced; a write that fails takes its beginning away again."""
        end = self._records.end(self.size)
        try:
            disk.write_at(self._entries, data, end)
            os.fsync(self._entries)
        except OSError:
            os.truncate(self._entries, end)
            raise

    def _take_up(self, fresh: Sequence[Signed], lengths: Sequence[int], identities: Sequence[Digest] = ()) -> None:
        names = identities or [one.entry.identity for one in fresh]
        self._levels.extend(self.size, [merkle.leaf_hash(one.leaf) for one in fresh])
        self._records.extend(list(zip(lengths, names, strict=True)))

    def _sign(self) -> None:
        root = merkle.root_at(self.size, self._levels.node)
        fresh = Checkpoint(self.checkpoint.origin, self.size, root)
        self.note = fresh.sign([self.signer])
        swap(self._folder, self.where, self.note)
        self.checkpoint, self._signed = fresh, True

    def _begin(self) -> None:
        """A new log begins with a signed checkpoint of nothing; entries without one are not ours to sign."""
        path = self.where / disk.CHECKPOINT
        entries = self.where / disk.ENTRIES
        if os.path.lexists(path) and (path.is_symlink() or path.stat().st_size):
            return
        if not os.path.lexists(path) and os.path.lexists(entries) and entries.stat(follow_symlinks=False).st_size:
            raise IntegrityBroken(
                "INDEX_CHECKPOINT_MISSING",
                msg("The log has entries and no checkpoint: it was taken away."),
                where=str(path),
                next_step=msg("Keep it as evidence; restore the folder from a copy."),
            )
        # an empty file is what a power cut can leave of the newest checkpoint: the synced entries are taken up again
        write_atomic(path, Checkpoint(self.signer.name, 0, EMPTY_ROOT).sign([self.signer]), mode=disk.PRIVATE)
        sync(self.where)

    def _refresh(self, *, first: bool = False) -> None:
        """See what others appended and what a crash left; the fast path is one look at a size."""
        size = os.fstat(self._entries).st_size
        if not first and size == self._records.end(self.size) and self.checkpoint.size == self.size:
            return
        self.checkpoint = self._own_checkpoint()
        self._records.load()
        self._levels.reread()
        if not self._levels.whole(self.size):
            self._forget()
        if size < self._records.end(self.size):
            raise self._truncated()
        self._take_up_rest()
        if not self._leads_to_root():
            self._rebuild()
        if self.size > self.checkpoint.size:
            self._sign()

    def _own_checkpoint(self) -> Checkpoint:
        self.note = read_checkpoint(self.where)
        return checkpoints.require(self.note, self._keys)

    def _take_up_rest(self) -> None:
        """Whole lines that are not recorded are taken up; the torn end of a last one is cut off."""
        fresh: list[Signed] = []
        lengths: list[int] = []
        end = self._records.end(self.size)
        for line in read_lines(self._entries, end):
            number = self.size + len(fresh)
            one = parsed(line, number, self.where)
            if number >= self.checkpoint.size:  # what a checkpoint covers is proven by its root
                one.check()
            fresh.append(one)
            lengths.append(len(line))
            end += len(line)
            if len(fresh) == BATCH:
                self._take_up(fresh, lengths)
                fresh, lengths = [], []
        self._take_up(fresh, lengths)
        if self.size < self.checkpoint.size:
            raise self._truncated()
        if os.fstat(self._entries).st_size > end:
            os.truncate(self._entries, end)

    def _forget(self) -> None:
        self._levels.clear()
        self._records.clear()

    def _rebuild(self) -> None:
        """Hashes that do not lead to the signed root are made again, once; then the entries must have been changed."""
        self._forget()
        self._take_up_rest()
        if not self._leads_to_root():
            raise IntegrityBroken(
                "INDEX_ROOT",
                msg(
                    "The entries do not have the root that the checkpoint states: something was changed, dropped or"
                    " moved."
                ),
                where=str(self.where),
                next_step=msg("gonogo index check"),
            )

    def _leads_to_root(self) -> bool:
        """Whether the stored hashes have the signed root, and the newest of them lead to it: those a crash can harm."""
        size, root, node = self.checkpoint.size, self.checkpoint.root, self._levels.node
        if merkle.root_at(size, node) != root:
            return False
        last = size - 1
        return size == 0 or merkle.verify_inclusion(
            node(0, last), last, size, merkle.inclusion_path(last, size, node), root
        )

    def _truncated(self) -> IntegrityBroken:
        return IntegrityBroken(
            "INDEX_TRUNCATED",
            msg(
                "The log has {found} entries and its checkpoint says {size}.",
                found=self.size,
                size=self.checkpoint.size,
            ),
            where=str(self.where / disk.ENTRIES),
            next_step=msg("Keep it as evidence; restore the folder from a copy."),
        )

    def _keep(self, descriptor: int) -> int:
        self._open.append(descriptor)
        return descriptor


@contextmanager
def open_writer(where: Path, signer: Signer, also: Sequence[VerifierKey] = ()) -> Generator[Writer, None, None]:
    """Open a log for appending; it is made where there is none, named as the signer is.

    Args:
        where: the log's folder.
        signer: signs the checkpoints from now on; its name is the log's origin.
        also: earlier keys of the log, one of which may have signed the checkpoint that lies there.
    """
    writer = Writer(where, signer, also)
    try:
        yield writer
    finally:
        writer.close()

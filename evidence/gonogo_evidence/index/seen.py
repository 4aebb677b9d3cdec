"""What a verifier remembers of a log, against rollback: the last checkpoint that they saw, in a file of their own.

A log may only grow. A smaller one, another root at a known size, or a larger one that does not begin with the known
one is refused, whoever signed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gonogo_evidence import merkle
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import note
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_evidence.index.checkpoint import Checkpoint
    from gonogo_evidence.index.log import Log
    from gonogo_evidence.index.note import VerifierKey


class Grown(Protocol):
    """A log as somebody has it open, for reading or for appending."""

    @property
    def where(self) -> Path:
        """Its folder."""
        ...

    @property
    def note(self) -> bytes:
        """Its checkpoint, signed."""
        ...

    @property
    def checkpoint(self) -> Checkpoint:
        """The same, read."""
        ...

    def consistency(self, old: int) -> list[bytes]:
        """The proof that the log of ``old`` entries is the beginning of this one."""
        ...


def recall(path: Path) -> Checkpoint | None:
    """The checkpoint that was seen last; None where none was. The file is the verifier's own and believed.

    A file that cannot be looked for (a folder that may not be entered, a fault of the disk) is never taken for none.
    """
    try:
        return checkpoints.parse(read_bytes(path, limit=note.MAX_BYTES))
    except BadInput as error:
        if error.code != "FILE_NOT_FOUND":
            raise
        return None


def remember(path: Path, log: Log, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Check a log against what was seen, then keep its checkpoint. Nothing is kept of a log that is refused.

    Raises:
        IntegrityBroken: ``INDEX_ROLLED_BACK``, ``INDEX_FORKED``, ``INDEX_OTHER_LOG``, ``INDEX_ROOT``.
        Refused: none of ``keys`` signed its checkpoint.
    """
    checkpoints.require(log.note, keys)
    log.check_root()
    return keep(path, log)


def keep(path: Path, log: Grown) -> Checkpoint:
    """The same of a log whose checkpoint and root were verified: whoever appends to it has done that."""
    last = recall(path)
    if last is not None:
        check_grown(last, log)
    if last is None or last.size < log.checkpoint.size:
        write_atomic(path, log.note, mode=0o600)
    return log.checkpoint


def check_grown(last: Checkpoint, log: Grown) -> None:
    """Raise :class:`IntegrityBroken` unless ``log`` is ``last`` or what ``last`` grew to."""
    now = log.checkpoint
    if now.origin != last.origin:
        raise IntegrityBroken(
            "INDEX_OTHER_LOG",
            msg("This is the log {found}; the one seen before was {known}.", found=now.origin, known=last.origin),
            where=str(log.where),
            next_step=msg("Restore the log that was seen, or say why it was replaced and remove index-*.seen by hand."),
        )
    if now.size < last.size:
        raise IntegrityBroken(
            "INDEX_ROLLED_BACK",
            msg("The log has {size} entries; it had {seen} when it was seen last.", size=now.size, seen=last.size),
            where=str(log.where),
            next_step=msg("Keep it as evidence; restore the newest copy of the folder."),
        )
    path = log.consistency(last.size)
    if not merkle.verify_consistency(last.size, now.size, last.root, now.root, path):
        raise forked(last.size, str(log.where))


def forked(size: int, where: str) -> IntegrityBroken:
    """Two histories of one log."""
    return IntegrityBroken(
        "INDEX_FORKED",
        msg("The log does not begin with what was seen of it: its first {size} entries are others.", size=size),
        where=where,
        next_step=msg("gonogo index compare A B"),
    )

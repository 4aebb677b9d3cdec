"""What a log asks of a witness (C2SP tlog-witness, ``add-checkpoint``), and what comes of the answer.

The request and the answer are the bodies of an HTTP call, kept as files: any witness that speaks the protocol can be
asked with them, and a colleague by mail.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_evidence import merkle
from gonogo_evidence.errors import BadInput, IntegrityBroken, Refused
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import cosignature, note
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.index.checkpoint import Checkpoint
    from gonogo_evidence.index.cosignature import WitnessKey
    from gonogo_evidence.index.log import Log

MAX_HASHES: Final = 63
HASH_BYTES: Final = 32
_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was read; :meth:`continues` says whether it may be granted."""

    old: int
    """Entries that the witness had seen, as the log believes."""
    hashes: tuple[bytes, ...]
    """That the log of ``old`` entries is the beginning of this one."""
    note: bytes
    """The checkpoint, signed by the log."""

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return checkpoints.parse(self.note)

    def continues(self, last: Checkpoint) -> bool:
        """Whether the checkpoint is ``last`` or what it grew to, by the hashes."""
        now = self.checkpoint
        same = now.origin == last.origin and self.old == last.size
        return same and merkle.verify_consistency(last.size, now.size, last.root, now.root, self.hashes)

    def to_bytes(self) -> bytes:
        """The body of the call."""
        lines = [f"old {self.old}", *(base64.b64encode(one).decode("ascii") for one in self.hashes), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.note


def ask(log: Log, old: int) -> Request:
    """The request that a log makes of a witness that has seen its first ``old`` entries, or none of it (0).

    Raises:
        BadInput: ``INDEX_NO_ENTRY``: there are not so many.
    """
    if old > log.size:
        words = msg("The index has {size} entries, not {number}.", number=old, size=log.size)
        raise BadInput("INDEX_NO_ENTRY", words, where=str(log.where))
    return Request(old, tuple(log.consistency(old)), log.note)


def parse_request(data: bytes) -> Request:
    """Read a request without believing it. Raises :class:`BadInput` ``WITNESS_REQUEST``."""
    head, gap, body = data.partition(b"\n\n")
    if len(data) > note.MAX_BYTES or not gap or not head.isascii():
        raise _malformed()
    first, *lines = head.decode("ascii").split("\n")
    old = _OLD.fullmatch(first)
    if old is None or len(lines) > MAX_HASHES:
        raise _malformed()
    try:
        found = Request(int(old[1]), tuple(map(_hash, lines)), body)
        size = found.checkpoint.size
    except IntegrityBroken as error:
        raise _malformed() from error
    if found.old > size or found.to_bytes() != data:
        raise _malformed()
    return found


def join(base: bytes, answer: bytes, keys: Sequence[WitnessKey]) -> bytes:
    """A checkpoint with the answer's cosignatures by ``keys``, the newest of each; lines of others are left out.

    Args:
        base: the checkpoint that was asked about, with what was added to it before.
        answer: signature lines, as a witness gave them.
        keys: of the witnesses.

    Raises:
        BadInput: ``WITNESS_ANSWER``: these are no signature lines.
        IntegrityBroken: ``COSIGNATURE_BAD``: a line of one of ``keys`` is not over this checkpoint.
        Refused: ``COSIGNATURE_NONE``: no line is of one of ``keys``.
    """
    own = note.parse(base)
    try:
        offered = note.parse(base + answer).signatures[len(own.signatures) :]
    except IntegrityBroken as error:
        words = msg("This is no answer of a witness: signature lines are expected.")
        raise BadInput("WITNESS_ANSWER", words) from error
    known = {(key.name, key.id) for key in keys}
    kept = [one for one in own.signatures if _which(one) not in known]
    theirs = sorted(one for one in (*own.signatures, *offered) if _which(one) in known)  # of one key by time
    if not cosignature.cosigned(note.UnverifiedNote(own.text, tuple(theirs)), keys) or not offered:
        words = msg("No line of the answer is of a witness whose key you brought.")
        raise Refused("COSIGNATURE_NONE", words, next_step=msg("Bring the witness's key: --witness FILE"))
    newest = {_which(one): one for one in theirs}
    lines = [note.signature_line(*one) for one in (*kept, *newest.values())]
    return (own.text + "\n" + "".join(lines)).encode()


def _which(signature: tuple[str, bytes]) -> tuple[str, bytes]:
    """Name and id of the key that a line names."""
    return signature[0], signature[1][:4]


def _hash(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    if len(data) != HASH_BYTES:
        raise _malformed()
    return data


def _malformed() -> BadInput:
    words = msg("This is no request to a witness: old size, hashes, an empty line and a checkpoint are expected.")
    return BadInput("WITNESS_REQUEST", words, next_step=msg("gonogo index request --out FILE"))

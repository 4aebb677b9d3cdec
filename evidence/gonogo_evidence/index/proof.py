"""Proofs of inclusion as text (C2SP tlog-proof v1): the entry's number, the hashes up to the root, the checkpoint.

The ``extra`` line carries the public key that signed the entry's envelope, in PEM: the leaf names it, and the envelope
alone does not. It proves nothing by itself; another key gives another leaf.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from gonogo_evidence import merkle
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.text import msg

HEAD: Final = "c2sp.org/tlog-proof@v1"
MAX_BYTES: Final = 2 * 1024 * 1024
MAX_HASHES: Final = 64
HASH_BYTES: Final = 32
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as it was read or made; :meth:`holds` says whether it proves anything."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    """The signed note, as it is."""
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """The text form."""
        lines = [HEAD]
        if self.extra is not None:
            lines.append(f"extra {_encode(self.extra)}")
        lines += [f"index {self.index}", *map(_encode, self.hashes), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint

    def holds(self, leaf: bytes) -> bool:
        """Whether the hashes lead from this leaf's data to the checkpoint's root. Who signed it is another question."""
        named = checkpoints.parse(self.checkpoint)
        return merkle.verify_inclusion(merkle.leaf_hash(leaf), self.index, named.size, self.hashes, named.root)


def parse(data: bytes) -> Proof:
    """Read a proof without believing it. Raises :class:`IntegrityBroken` ``PROOF_MALFORMED``."""
    head, gap, checkpoint = data.partition(b"\n\n")
    if len(data) > MAX_BYTES or not gap or not head.isascii():
        raise _malformed("head, index, hashes, an empty line and a checkpoint are expected")
    lines = head.decode("ascii").split("\n")
    if lines.pop(0) != HEAD:
        raise _malformed("its first line names another form")
    extra = _decode(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
    number = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if number is None or len(lines) > MAX_HASHES:
        raise _malformed("an index and at most 64 hashes are expected")
    hashes = tuple(map(_decode, lines))
    if any(len(one) != HASH_BYTES for one in hashes):
        raise _malformed("a hash has 32 bytes")
    checkpoints.parse(checkpoint)
    return Proof(int(number[1]), hashes, checkpoint, extra)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("hashes and extra are base64") from error
    if _encode(data) != text:
        raise _malformed("hashes and extra are base64 in its one form")
    return data


def _malformed(reason: str) -> IntegrityBroken:
    return IntegrityBroken("PROOF_MALFORMED", msg("This is not a proof of inclusion: {reason}.", reason=reason))

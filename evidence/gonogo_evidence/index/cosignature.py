"""Cosignatures (C2SP tlog-cosignature v1, Ed25519): a witness says which checkpoint is the newest it saw, and when.

A witness signs only what continues the history that it knows. So two readers who ask for the same witness see one log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature

from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.index import note
from gonogo_evidence.index.note import COSIGNATURE
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TIME_BYTES: Final = 8
LATEST: Final = (1 << 63) - 1
"""No time lies behind this one (POSIX seconds)."""


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public key of a witness that a verifier brings, and the witness's name."""

    name: str
    public: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """The four bytes that its signature lines begin with."""
        return note.key_id(self.name, self.public, COSIGNATURE)

    @property
    def line(self) -> str:
        """The vkey line, without a line end."""
        return note.vkey_line(self.name, COSIGNATURE, self.public)


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's private key and its name."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> WitnessKey:
        """The public half."""
        return WitnessKey(self.name, self.private.public_key())

    def line(self, text: str, time: int) -> str:
        """The signature line over a checkpoint's text as of ``time`` (POSIX seconds), with its line end."""
        signature = time.to_bytes(TIME_BYTES, "big") + self.private.sign(_message(text, time))
        return note.signature_line(self.name, self.verifier.id + signature)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """That a witness had seen the checkpoint at a time."""

    key: WitnessKey
    time: int
    """POSIX seconds, by the witness's clock."""


def parse_witness_key(line: str) -> WitnessKey:
    """Read a witness's vkey line. Raises :class:`BadInput` ``VKEY_UNREADABLE``."""
    return WitnessKey(*note.read_vkey(line, COSIGNATURE))


def cosigned(read: note.UnverifiedNote, keys: Iterable[WitnessKey]) -> tuple[Cosigned, ...]:
    """Who of ``keys`` cosigned the checkpoint, each once with its newest time. Lines of others are passed over.

    Raises:
        IntegrityBroken: ``COSIGNATURE_BAD``: a line names one of the keys, which did not sign this checkpoint.
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[tuple[str, bytes], Cosigned] = {}
    for name, signature in read.signatures:
        which = (name, signature[:4])
        if which in known:
            time = _time(known[which], read.text, signature[4:])
            if which not in found or found[which].time < time:
                found[which] = Cosigned(known[which], time)
    return tuple(found.values())


def _time(key: WitnessKey, text: str, signature: bytes) -> int:
    time = int.from_bytes(signature[:TIME_BYTES], "big")
    try:
        key.public.verify(signature[TIME_BYTES:], _message(text, time))
    except InvalidSignature as error:
        raise _bad(key) from error
    if time > LATEST:
        raise _bad(key)
    return time


def _bad(key: WitnessKey) -> IntegrityBroken:
    words = msg("The cosignature of {name} does not belong to this checkpoint.", name=key.name)
    return IntegrityBroken("COSIGNATURE_BAD", words)


def _message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()

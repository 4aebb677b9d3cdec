"""Signed notes (C2SP signed-note v1) with Ed25519 keys: text, an empty line, and a line a signature.

A verifier key ("vkey") is one line, ``name+keyid+base64``. A note says nothing until a key that the verifier brings
has signed it; signature lines of keys that are not known are passed over, as the specification has it.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gonogo_evidence.errors import BadInput, IntegrityBroken, Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ED25519: Final = b"\x01"
COSIGNATURE: Final = b"\x04"
"""The key type of a witness (tlog-cosignature v1)."""
KEY_BYTES: Final = 32
MAX_BYTES: Final = 1024 * 1024
MAX_SIGNATURES: Final = 100
"""The specification asks for at least 16."""
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE = re.compile(r"\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})\n")
_NO_VKEY: Final = {
    ED25519: msg("This is no line name+keyid+key of an Ed25519 key."),
    COSIGNATURE: msg("This is no line name+keyid+key of a witness (an Ed25519 key of type 4)."),
}
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key that a verifier brings, and the name that it signs under."""

    name: str
    public: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """The four bytes that a signature line begins with."""
        return key_id(self.name, self.public)

    @property
    def line(self) -> str:
        """The vkey line, without a line end."""
        return vkey_line(self.name, ED25519, self.public)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the name that it signs under."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, _public(self.private))

    def line(self, text: str) -> str:
        """The signature line over ``text``, with its line end."""
        return signature_line(self.name, self.verifier.id + self.private.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class UnverifiedNote:
    """A note as it was read, before anybody checked a signature."""

    text: str
    """With its last line end, without the empty line after it."""
    signatures: tuple[tuple[str, bytes], ...]
    """Names, and key id plus signature."""


@functools.lru_cache(maxsize=16)
def _public(private: Ed25519PrivateKey) -> Ed25519PublicKey:
    """Derived once: it costs as much as a signature."""
    return private.public_key()


def key_id(name: str, public: Ed25519PublicKey, kind: bytes = ED25519) -> bytes:
    """The first four bytes of SHA-256 over name, line feed, type and key."""
    return _key_id(name, kind + public.public_bytes_raw())


@functools.lru_cache(maxsize=16)
def _key_id(name: str, typed: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]


def vkey_line(name: str, kind: bytes, public: Ed25519PublicKey) -> str:
    """The vkey line of a key of this type, without a line end."""
    raw = base64.b64encode(kind + public.public_bytes_raw()).decode("ascii")
    return f"{name}+{key_id(name, public, kind).hex()}+{raw}"


def read_vkey(line: str, kind: bytes) -> tuple[str, Ed25519PublicKey]:
    """Name and key of a vkey line of this type. Raises :class:`BadInput` ``VKEY_UNREADABLE``."""
    found = _VKEY.fullmatch(line)
    raw = _decode(found[3]) if found else None
    if found is None or raw is None or raw[:1] != kind or len(raw) != 1 + KEY_BYTES:
        raise BadInput("VKEY_UNREADABLE", _NO_VKEY[kind], where=ascii(line))
    name, public = found[1], Ed25519PublicKey.from_public_bytes(raw[1:])
    if vkey_line(name, kind, public) != line:
        raise BadInput("VKEY_UNREADABLE", msg("The key id in this line is not that of its key."), where=ascii(line))
    return name, public


def signature_line(name: str, signature: bytes) -> str:
    """A line of a note, with its line end; ``signature`` begins with the key's id."""
    return f"\u2014 {name} {base64.b64encode(signature).decode('ascii')}\n"


def is_name(name: str) -> bool:
    """Whether a key can have this name: something, and neither white space nor a plus."""
    return bool(name) and re.search(r"[\s+]", name) is None and not _controls(name)


def sign(text: str, signers: Sequence[Signer]) -> bytes:
    """The note's bytes. Raises :class:`BadInput` ``NOTE_INPUT`` for a text or a name that no note can carry."""
    named = all(is_name(signer.name) for signer in signers)
    if not signers or not named or not text.endswith("\n") or _controls(text):
        raise BadInput("NOTE_INPUT", msg("This cannot be said in a signed note: lines of text and a named key."))
    return (text + "\n" + "".join(signer.line(text) for signer in signers)).encode()


def parse(data: bytes) -> UnverifiedNote:
    """Read a note without believing it. Raises :class:`IntegrityBroken` ``NOTE_MALFORMED``."""
    try:
        whole = data.decode() if len(data) <= MAX_BYTES else ""
    except UnicodeDecodeError as error:
        raise _malformed("it is not UTF-8") from error
    text, gap, rest = whole.rpartition("\n\n")
    if not gap or not text or _controls(whole):
        raise _malformed("lines of text, an empty line and signature lines are expected, of at most 1 MiB")
    lines = rest.splitlines(keepends=True)
    if not 0 < len(lines) <= MAX_SIGNATURES:
        raise _malformed(f"1 to {MAX_SIGNATURES} signatures are expected")
    return UnverifiedNote(text + "\n", tuple(_signature(line) for line in lines))


def verify(note: UnverifiedNote, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """The keys among ``keys`` that signed the note.

    Raises:
        IntegrityBroken: ``NOTE_BAD_SIGNATURE``: a line names a known key, and the key did not sign this text.
        Refused: ``NOTE_UNSIGNED``: none of the keys signed it.
    """
    known = {(key.name, key.id): key for key in keys}
    good: dict[tuple[str, bytes], VerifierKey] = {}
    for name, signature in note.signatures:
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        try:
            key.public.verify(signature[4:], note.text.encode())
        except InvalidSignature as error:
            words = msg("The signature of {name} does not belong to this text: one of the two was changed.", name=name)
            raise IntegrityBroken("NOTE_BAD_SIGNATURE", words) from error
        good[name, key.id] = key
    if not good:
        raise Refused("NOTE_UNSIGNED", msg("None of the keys that you brought signed this text."))
    return tuple(good.values())


def parse_vkey(line: str) -> VerifierKey:
    """Read a vkey line. Raises :class:`BadInput` ``VKEY_UNREADABLE``."""
    return VerifierKey(*read_vkey(line, ED25519))


def parse_vkeys(data: bytes) -> tuple[VerifierKey, ...]:
    """Read a file of vkey lines; empty lines and lines that begin with ``#`` are passed over."""
    return tuple(parse_vkey(line) for line in vkey_lines(data))


def vkey_lines(data: bytes) -> list[str]:
    """The lines of such a file that hold a key. Raises :class:`BadInput` ``VKEY_UNREADABLE``."""
    try:
        lines = [line.strip() for line in data.decode().splitlines()]
    except UnicodeDecodeError as error:
        raise BadInput("VKEY_UNREADABLE", msg("A file of verifier keys is text.")) from error
    return [line for line in lines if line and not line.startswith("#")]


def _signature(line: str) -> tuple[str, bytes]:
    found = _LINE.fullmatch(line)
    raw = _decode(found[2]) if found else None
    if found is None or raw is None or len(raw) <= len("ID..") or "+" in found[1]:
        raise _malformed("a signature line has a name and base64 in its one form")
    return found[1], raw


def _decode(text: str) -> bytes | None:
    """Standard base64 in its one form, else None."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None


def _controls(text: str) -> bool:
    return _CONTROL.search(text) is not None


def _malformed(reason: str) -> IntegrityBroken:
    return IntegrityBroken("NOTE_MALFORMED", msg("This is not a signed note: {reason}.", reason=reason))

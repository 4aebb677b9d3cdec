"""SSHSIG signatures (OpenSSH, PROTOCOL.sshsig), checked natively and strictly.

``ssh-keygen -Y verify`` accepts text after the armor and base64 in one line, so a signature file can be changed without
the signature breaking. Here a signature has one form: what ``ssh-keygen -Y sign`` prints. The hashes are SHA-256 and
SHA-512. Whether the key may sign, and when, is a question of trust and not asked here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.sshwire import (
    USER_PRESENT,
    USER_VERIFIED,
    Malformed,
    PublicKey,
    RawSignature,
    Reader,
    read_signature,
    string,
    verify_raw,
)
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Malformed", "PublicKey", "SshSignature", "armor", "check", "parse", "signed_data", "verify"]

MAGIC: Final = b"SSHSIG"
VERSION: Final = 1
BEGIN: Final = b"-----BEGIN SSH SIGNATURE-----\n"
END: Final = b"-----END SSH SIGNATURE-----\n"
LINE: Final = 70
MAX_ARMOR: Final = 16 * 1024
"""Bytes. The largest that can be real, of an RSA key with 16384 bits, has less than half of it."""

_HASHES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "sha256": lambda data: hashlib.sha256(data).digest(),
    "sha512": lambda data: hashlib.sha512(data).digest(),
}


@dataclass(frozen=True, slots=True)
class SshSignature:
    """A signature that was read and not yet checked."""

    key: PublicKey
    """Who claims to have signed."""
    namespace: str
    hash_algorithm: str
    raw: RawSignature

    @property
    def user_present(self) -> bool:
        """Whether a security key says that somebody touched it; never for another kind of key."""
        return self.key.hardware and bool(self.raw.flags & USER_PRESENT)

    @property
    def user_verified(self) -> bool:
        """Whether a security key says that it knew who touched it (PIN or finger)."""
        return self.key.hardware and bool(self.raw.flags & USER_VERIFIED)


def parse(armored: bytes) -> SshSignature:
    """Read a signature in the exact form that ``ssh-keygen -Y sign`` prints.

    Raises:
        IntegrityBroken: ``SSHSIG_TOO_LARGE``, ``SSHSIG_MALFORMED``, ``SSHSIG_NOT_CANONICAL`` (other line lengths, junk
            around the armor, CRLF), ``SSHSIG_HASH``.
    """
    if len(armored) > MAX_ARMOR:
        raise IntegrityBroken(
            "SSHSIG_TOO_LARGE",
            msg("The signature has {size} bytes; {limit} are allowed.", size=len(armored), limit=MAX_ARMOR),
        )
    if not (armored.startswith(BEGIN) and armored.endswith(END)):
        raise _malformed("its first or last line is not that of an SSH signature")
    try:
        blob = base64.b64decode(armored[len(BEGIN) : -len(END)].replace(b"\n", b""), validate=True)
        signature = _read(blob)
    except binascii.Error as error:
        raise _malformed("this is not base64") from error
    except Malformed as error:
        raise _malformed(str(error)) from error
    if armor(blob) != armored:
        raise IntegrityBroken(
            "SSHSIG_NOT_CANONICAL",
            msg("The signature is not in the form that ssh-keygen writes: it was changed or written by another tool."),
            next_step=msg("Sign again; do not edit a signature file."),
        )
    return signature


def verify(message: bytes, signature: bytes, *, namespace: str) -> PublicKey:
    """Return the key that signed ``message`` under ``namespace``.

    Args:
        message: The exact bytes that were signed.
        signature: The armored signature.
        namespace: What the signature must be for; another one is a signature over something else.

    Raises:
        IntegrityBroken: as :func:`parse`, and ``SSHSIG_NAMESPACE`` or ``SSHSIG_BAD``.
    """
    return check(message, parse(signature), namespace=namespace).key


def check(message: bytes, signature: SshSignature, *, namespace: str) -> SshSignature:
    """Return ``signature`` if it is good for ``message`` and ``namespace``. Raises as :func:`verify`."""
    if signature.namespace != namespace:
        raise IntegrityBroken(
            "SSHSIG_NAMESPACE",
            msg("The signature was made for {given}, not for {wanted}.", given=signature.namespace, wanted=namespace),
        )
    data = signed_data(message, namespace=namespace, hash_algorithm=signature.hash_algorithm)
    try:
        good = verify_raw(signature.key, signature.raw, data)
    except Malformed as error:
        raise _malformed(str(error)) from error
    if not good:
        raise IntegrityBroken(
            "SSHSIG_BAD",
            msg("The signature does not belong to these bytes: one of the two was changed."),
            where=signature.key.fingerprint,
        )
    return signature


def signed_data(message: bytes, *, namespace: str, hash_algorithm: str) -> bytes:
    """What the key signs: the framed hash of the message (PROTOCOL.sshsig, section 3)."""
    digest = _HASHES[hash_algorithm](message)
    return (
        MAGIC
        + string(namespace.encode("ascii"))
        + string(b"")
        + string(hash_algorithm.encode("ascii"))
        + string(digest)
    )


def armor(blob: bytes) -> bytes:
    """Write a signature blob as ``ssh-keygen -Y sign`` does: base64 in lines of 70 between two marks."""
    text = base64.b64encode(blob)
    lines = [text[at : at + LINE] + b"\n" for at in range(0, len(text), LINE)]
    return BEGIN + b"".join(lines) + END


def _read(blob: bytes) -> SshSignature:
    reader = Reader(blob)
    if reader.take(len(MAGIC)) != MAGIC or reader.uint32() != VERSION:
        raise Malformed("it does not begin as an SSH signature of version 1")
    key = PublicKey.from_blob(reader.string())
    namespace, reserved, hash_algorithm = reader.text(), reader.string(), reader.text()
    raw = read_signature(reader.string())
    reader.end()
    if reserved or not namespace:
        raise Malformed("the reserved field is not empty, or the namespace is")
    if hash_algorithm not in _HASHES:
        raise IntegrityBroken(
            "SSHSIG_HASH",
            msg("The signature uses the hash {name}; sha256 and sha512 are allowed.", name=hash_algorithm),
        )
    return SshSignature(key, namespace, hash_algorithm, raw)


def _malformed(reason: str) -> IntegrityBroken:
    return IntegrityBroken("SSHSIG_MALFORMED", msg("This is not an SSH signature: {reason}.", reason=reason))

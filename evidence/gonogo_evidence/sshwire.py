"""SSH public keys and raw signatures, read strictly from their wire format (RFC 4251 section 5, 8709, 5656, 8332).

Strict means: one encoding for one value. Numbers are minimal and not negative, points are uncompressed, nothing may
follow the last field. OpenSSH forgives more; what it prints itself passes here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

_Loaded: TypeAlias = "Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey"

ED25519: Final = "ssh-ed25519"
SK_ED25519: Final = "sk-ssh-ed25519@openssh.com"
SK_ECDSA: Final = "sk-ecdsa-sha2-nistp256@openssh.com"
RSA: Final = "ssh-rsa"
_CURVES: Final[dict[str, tuple[str, ec.EllipticCurve, hashes.HashAlgorithm]]] = {
    "ecdsa-sha2-nistp256": ("nistp256", ec.SECP256R1(), hashes.SHA256()),
    "ecdsa-sha2-nistp384": ("nistp384", ec.SECP384R1(), hashes.SHA384()),
    "ecdsa-sha2-nistp521": ("nistp521", ec.SECP521R1(), hashes.SHA512()),
    SK_ECDSA: ("nistp256", ec.SECP256R1(), hashes.SHA256()),
}
_RSA_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {"rsa-sha2-256": hashes.SHA256(), "rsa-sha2-512": hashes.SHA512()}
KEY_TYPES: Final = frozenset({ED25519, SK_ED25519, RSA, *_CURVES})

RSA_BITS_LEAST, RSA_BITS_MOST = 2048, 16384
RSA_EXPONENT_LEAST, RSA_EXPONENT_BITS = 3, 32
ED25519_SIGNATURE = 64
UNCOMPRESSED_POINT = 4
MAX_KEY_TEXT = 16 * 1024
USER_PRESENT, USER_VERIFIED = 0x01, 0x04


class Malformed(ValueError):
    """The bytes are not a strict SSH key or signature. Callers turn it into an error with a code and a place."""


class Reader:
    """Takes fields from the front of a blob."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes; raises :class:`Malformed` where there are fewer."""
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise Malformed("it ends in the middle of a field")
        self._at += count
        return taken

    def uint32(self) -> int:
        """Return a big-endian number of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Return a field with its length in front."""
        return self.take(self.uint32())

    def text(self) -> str:
        """Return a field of printable ASCII."""
        raw = self.string()
        if not raw.isascii() or not raw.decode("ascii").isprintable():
            raise Malformed("a name holds something other than printable ASCII")
        return raw.decode("ascii")

    def number(self) -> int:
        """Return a multiple-precision integer: positive, in its shortest form."""
        raw = self.string()
        value = int.from_bytes(raw, "big")
        if raw != number(value):
            raise Malformed("a number is negative or not in its shortest form")
        return value

    def end(self) -> None:
        """Raise :class:`Malformed` unless everything was taken."""
        if self._at != len(self._data):
            raise Malformed("something follows the last field")


def string(raw: bytes) -> bytes:
    """Encode a field with its length in front."""
    return len(raw).to_bytes(4, "big") + raw


def number(value: int) -> bytes:
    """Encode the body of a multiple-precision integer that is not negative, without its length."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that was read strictly. Two are the same actor exactly when they are equal."""

    type: str
    """One of :data:`KEY_TYPES`."""
    blob: bytes
    """The wire format, without a comment."""

    @classmethod
    def from_blob(cls, blob: bytes) -> PublicKey:
        """Read the wire format. Raises :class:`Malformed` for another type, a weak key, or a loose encoding."""
        kind = Reader(blob).text()
        _load(blob)
        return cls(kind, blob)

    @classmethod
    def from_line(cls, line: str) -> PublicKey:
        """Read ``type base64 [comment]``, the form of a ``.pub`` file. Raises :class:`Malformed`."""
        words = re.split(r"[ \t]+", line.rstrip(" \t\r\n").lstrip(" \t"), maxsplit=2)
        if words[0] not in KEY_TYPES or len(words) == 1 or len(line) > MAX_KEY_TEXT:
            raise Malformed("a supported key type and its base64 are expected")
        kind, key = words[0], cls.from_blob(_strict_base64(words[1]))
        if key.type != kind:
            raise Malformed("the type in front of the key is not the type inside it")
        return key

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` without padding, as ``ssh-keygen -l`` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode("ascii").rstrip("=")

    @property
    def line(self) -> str:
        """``type base64``, as in a ``.pub`` file, without a comment."""
        return f"{self.type} {base64.b64encode(self.blob).decode('ascii')}"

    @property
    def hardware(self) -> bool:
        """Whether this is a security-key type, whose signatures say if somebody touched the key."""
        return self.type in {SK_ED25519, SK_ECDSA}


@dataclass(frozen=True, slots=True)
class RawSignature:
    """A signature blob, taken apart."""

    algorithm: str
    value: bytes
    flags: int = 0
    """Of a security key: bit 0 somebody was present, bit 2 was verified (PIN or finger)."""
    counter: int = 0


def read_signature(blob: bytes) -> RawSignature:
    """Take a signature blob apart. Raises :class:`Malformed`."""
    reader = Reader(blob)
    algorithm, value = reader.text(), reader.string()
    flags = counter = 0
    if algorithm in {SK_ED25519, SK_ECDSA}:
        flags, counter = reader.take(1)[0], reader.uint32()
    reader.end()
    return RawSignature(algorithm, value, flags, counter)


def verify_raw(key: PublicKey, signature: RawSignature, data: bytes) -> bool:
    """Whether ``key`` signed ``data``. Raises :class:`Malformed` for an encoding or algorithm that the key has not."""
    loaded, application = _load(key.blob)
    if application is not None:
        data = (
            hashlib.sha256(application).digest()
            + bytes([signature.flags])
            + signature.counter.to_bytes(4, "big")
            + hashlib.sha256(data).digest()
        )
    if signature.algorithm != key.type and not (key.type == RSA and signature.algorithm in _RSA_HASHES):
        raise Malformed("the signature's algorithm does not belong to the key")
    try:
        _verify(loaded, key.type, signature, data)
    except InvalidSignature:
        return False
    return True


def _verify(loaded: _Loaded, kind: str, signature: RawSignature, data: bytes) -> None:
    match loaded:
        case Ed25519PublicKey():
            if len(signature.value) != ED25519_SIGNATURE:
                raise Malformed("an Ed25519 signature has 64 bytes")
            loaded.verify(signature.value, data)
        case rsa.RSAPublicKey():
            if signature.algorithm not in _RSA_HASHES:
                raise Malformed("RSA signs with SHA-256 or SHA-512 here")
            if len(signature.value) != (loaded.key_size + 7) // 8:
                raise Malformed("an RSA signature is as long as its key")
            loaded.verify(signature.value, data, padding.PKCS1v15(), _RSA_HASHES[signature.algorithm])
        case _:
            reader = Reader(signature.value)
            r, s = reader.number(), reader.number()
            reader.end()
            loaded.verify(encode_dss_signature(r, s), data, ec.ECDSA(_CURVES[kind][2]))


def _load(blob: bytes) -> tuple[_Loaded, bytes | None]:
    """Read a public key, and the application of a security key."""
    reader = Reader(blob)
    kind = reader.text()
    if kind not in KEY_TYPES:
        raise Malformed(f"keys of type {kind} are not supported")
    try:
        loaded = _load_ec(reader, kind) if kind in _CURVES else _load_other(reader, kind)
    except Malformed:
        raise
    except ValueError as error:
        raise Malformed("the key's numbers are not a key") from error
    application = reader.text().encode("ascii") if kind in {SK_ED25519, SK_ECDSA} else None
    reader.end()
    return loaded, application


def _load_ec(reader: Reader, kind: str) -> _Loaded:
    name, curve, _ = _CURVES[kind]
    if reader.text() != name:
        raise Malformed("the curve inside the key is not the one of its type")
    point = reader.string()
    if point[:1] != bytes([UNCOMPRESSED_POINT]):
        raise Malformed("a point is given uncompressed")
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, point)


def _load_other(reader: Reader, kind: str) -> _Loaded:
    if kind != RSA:
        return Ed25519PublicKey.from_public_bytes(reader.string())
    exponent, modulus = reader.number(), reader.number()
    if not RSA_BITS_LEAST <= modulus.bit_length() <= RSA_BITS_MOST:
        raise Malformed(f"an RSA key needs {RSA_BITS_LEAST} to {RSA_BITS_MOST} bits")
    if exponent < RSA_EXPONENT_LEAST or exponent.bit_length() > RSA_EXPONENT_BITS:
        raise Malformed("the RSA key's exponent is out of range")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _strict_base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("this is not base64") from error
    if base64.b64encode(raw).decode("ascii") != text:
        raise Malformed("this is not base64 in its one form")
    return raw

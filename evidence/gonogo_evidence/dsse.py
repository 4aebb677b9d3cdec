"""DSSE envelopes (secure-systems-lab/dsse, protocol 1.0.2) with one Ed25519 signature, in canonical JSON.

The key id is the SHA-256 of the key's SubjectPublicKeyInfo in DER. It is a hint that anybody can write: it never
decides anything by itself, and an envelope whose hint and signature disagree is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Inconclusive, IntegrityBroken
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.ids import JSON

MAX_BYTES: Final = 16 * 1024 * 1024
SMALL: Final = 64 * 1024
"""Bytes of an envelope that is kept as it was read."""
SIGNATURE_BYTES: Final = 64
PUBLIC_PEM: Final = re.compile(rb"\s*-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*")
"""One key and nothing besides: a reader that takes the first of several keys would not read what another one reads."""


@dataclass(frozen=True, slots=True)
class UnverifiedEnvelope:
    """What an envelope says, before anybody checked its signature."""

    payload_type: str
    payload: bytes
    keyid: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """What a trusted key signed. Use these bytes; never read the envelope a second time."""

    payload_type: str
    payload: bytes
    keyid: str
    """Of the key that really signed."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """Frame type and payload so that neither can pass for a part of the other (pre-authentication encoding)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, private_key: Ed25519PrivateKey | bytes) -> bytes:
    """Return the envelope's canonical bytes.

    Args:
        payload_type: A media type, such as ``application/vnd.in-toto+json``.
        payload: The bytes to sign.
        private_key: The key, or its PEM as :func:`new_engine_key` gives it.
    """
    key = load(private_key) if isinstance(private_key, bytes) else private_key
    signature = key.sign(pae(payload_type, payload))
    return canonical.dumps(
        {
            "payload": _encode(payload),
            "payloadType": payload_type,
            "signatures": [{"keyid": key_id(key.public_key()), "sig": _encode(signature)}],
        }
    )


def verify(envelope: bytes, public_keys: Iterable[Ed25519PublicKey]) -> Verified:
    """Return what one of ``public_keys`` signed.

    Raises:
        IntegrityBroken: ``DSSE_MALFORMED``, ``DSSE_BAD_SIGNATURE``, or bytes that are not canonical JSON.
        Inconclusive: ``DSSE_KEY_UNKNOWN``: the envelope names none of the keys, so it proves nothing either way.
    """
    read = parse(envelope)
    known = {key_id(key): key for key in public_keys}
    if read.keyid not in known:
        raise Inconclusive(
            "DSSE_KEY_UNKNOWN", msg("The envelope was signed with a key that is not known here: {key}.", key=read.keyid)
        )
    try:
        known[read.keyid].verify(read.signature, pae(read.payload_type, read.payload))
    except InvalidSignature as error:
        raise IntegrityBroken(
            "DSSE_BAD_SIGNATURE",
            msg(
                "The signature of key {key} does not belong to this payload: one of the two was changed.",
                key=read.keyid,
            ),
        ) from error
    return Verified(read.payload_type, read.payload, read.keyid)


def parse(envelope: bytes) -> UnverifiedEnvelope:
    """Read an envelope without believing it: canonical JSON, exactly one signature, standard base64.

    Raises:
        IntegrityBroken: ``DSSE_MALFORMED``, or bytes that are not canonical JSON.
    """
    return _kept(envelope) if len(envelope) <= SMALL else _parsed(envelope)


@lru_cache(maxsize=64)
def _kept(envelope: bytes) -> UnverifiedEnvelope:
    """The same bytes are the same envelope: a commit asks several times, each time of what it read anew."""
    return _parsed(envelope)


def _parsed(envelope: bytes) -> UnverifiedEnvelope:
    match canonical.loads(envelope, limit=MAX_BYTES):
        case {
            "payload": str(payload),
            "payloadType": str(payload_type),
            "signatures": [{"keyid": str(keyid), "sig": str(sig), **more_here}],
            **more,
        } if not more and not more_here:
            signature = _decode(sig)
            if len(signature) != SIGNATURE_BYTES:
                raise _malformed("an Ed25519 signature has 64 bytes")
            return UnverifiedEnvelope(payload_type, _decode(payload), keyid, signature)
        case _:
            raise _malformed("payload, payloadType and one signature with keyid and sig are expected, and nothing else")


def key_id(key: Ed25519PublicKey) -> str:
    """SHA-256 of the key's SubjectPublicKeyInfo in DER, 64 lower-case hex digits."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def new_engine_key() -> bytes:
    """Make an Ed25519 key; returns its PEM (PKCS 8, not encrypted). It never signs a decision."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(private_key: Ed25519PrivateKey | bytes) -> bytes:
    """Return the PEM (SubjectPublicKeyInfo) of the public half; raises as :func:`load`."""
    key = load(private_key) if isinstance(private_key, bytes) else private_key
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def load(pem: bytes) -> Ed25519PrivateKey:
    """Read a private key from its PEM. Raises :class:`BadInput` ``ENGINE_KEY_UNREADABLE``; never shows the bytes."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("ENGINE_KEY_UNREADABLE", msg("This is not an unencrypted Ed25519 key in PEM (PKCS 8)."))
    return key


def load_public(pem: bytes) -> Ed25519PublicKey:
    """Read a public key from its PEM and nothing besides. Raises ``BadInput`` ``ENGINE_PUBLIC_KEY_UNREADABLE``."""
    try:
        key = serialization.load_pem_public_key(pem) if PUBLIC_PEM.fullmatch(pem) else None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("ENGINE_PUBLIC_KEY_UNREADABLE", msg("This is not an Ed25519 public key in PEM."))
    return key


def _encode(data: bytes) -> JSON:
    return base64.b64encode(data).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("payload and sig are standard base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise _malformed("payload and sig are base64 in its one form")
    return data


def _malformed(reason: str) -> IntegrityBroken:
    return IntegrityBroken("DSSE_MALFORMED", msg("This is not a DSSE envelope: {reason}.", reason=reason))

"""Throw-away keys that sign as ssh-keygen would: for the people of the copy, and for those who are none of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gonogo_evidence import sshsig
from gonogo_evidence.sshwire import ED25519, SK_ED25519, USER_PRESENT, PublicKey, string

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION = b"ssh:"


@dataclass(frozen=True, slots=True)
class ThrowAwayKey:
    """An Ed25519 key that lives as long as the attacks do; ``touched`` makes it a security key that says so."""

    touched: bool = False
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> PublicKey:
        """Its public half."""
        raw = string(self.private.public_key().public_bytes_raw())
        if self.touched:
            return PublicKey.from_blob(string(SK_ED25519.encode()) + raw + string(APPLICATION))
        return PublicKey.from_blob(string(ED25519.encode()) + raw)

    def sign(self, message: bytes, namespace: str) -> bytes:
        """The armored signature over ``message`` (PROTOCOL.sshsig, section 3)."""
        data = sshsig.signed_data(message, namespace=namespace, hash_algorithm="sha512")
        rest = (self.public.blob, namespace.encode(), b"", b"sha512", self._raw(data))
        return sshsig.armor(sshsig.MAGIC + sshsig.VERSION.to_bytes(4, "big") + b"".join(map(string, rest)))

    def write(self, path: Path) -> None:
        """The private half as an OpenSSH file, 0600."""
        path.touch(mode=0o600)
        path.write_bytes(self.private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))

    def _raw(self, data: bytes) -> bytes:
        if not self.touched:
            return string(ED25519.encode()) + string(self.private.sign(data))
        tail = bytes([USER_PRESENT]) + (1).to_bytes(4, "big")
        message = hashlib.sha256(APPLICATION).digest() + tail + hashlib.sha256(data).digest()
        return string(SK_ED25519.encode()) + string(self.private.sign(message)) + tail


@dataclass(frozen=True, slots=True)
class Person:
    """A signer of the copy: the operator's principal, with keys that were made for these attacks."""

    principal: str
    plain: ThrowAwayKey
    touch: ThrowAwayKey

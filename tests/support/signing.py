"""Software keys that sign as ssh-keygen would, without starting it; security keys too, touched or not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gonogo_evidence import sshsig
from gonogo_evidence.sshwire import SK_ED25519, PublicKey, string

APPLICATION = b"ssh:"


@dataclass(frozen=True)
class SoftKey:
    """A key made from a number; ``flags`` turns it into a security key that says so."""

    number: int
    flags: int | None = None

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(str(self.number).encode()).digest())

    @property
    def public(self) -> PublicKey:
        raw = string(self.private.public_key().public_bytes_raw())
        if self.flags is None:
            return PublicKey.from_blob(string(b"ssh-ed25519") + raw)
        return PublicKey.from_blob(string(SK_ED25519.encode()) + raw + string(APPLICATION))

    def sign(self, message: bytes, namespace: str) -> bytes:
        data = sshsig.signed_data(message, namespace=namespace, hash_algorithm="sha512")
        rest = [self.public.blob, namespace.encode(), b"", b"sha512", self._signature(data)]
        return sshsig.armor(sshsig.MAGIC + (1).to_bytes(4, "big") + b"".join(map(string, rest)))

    def _signature(self, data: bytes) -> bytes:
        if self.flags is None:
            return string(b"ssh-ed25519") + string(self.private.sign(data))
        tail = bytes([self.flags]) + (7).to_bytes(4, "big")
        message = hashlib.sha256(APPLICATION).digest() + tail + hashlib.sha256(data).digest()
        return string(SK_ED25519.encode()) + string(self.private.sign(message)) + tail

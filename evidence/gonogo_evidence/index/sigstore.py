"""An entry as a Sigstore bundle (v0.3), so that tools for Sigstore check envelope, inclusion and checkpoint offline.

The log id of a bundle is the checkpoint's four-byte key id, filled up with zeros to 32 bytes.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.seal import PAYLOAD_TYPE

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON
    from gonogo_evidence.index.entry import Signed
    from gonogo_evidence.index.note import VerifierKey
    from gonogo_evidence.index.proof import Proof

BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
TRUSTED_ROOT: Final = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
LOG_ID_BYTES: Final = 32


def sigstore_bundle(signed: Signed, proof: Proof, log_key: VerifierKey) -> dict[str, JSON]:
    """The bundle of one entry, as plain JSON.

    Args:
        signed: the entry.
        proof: its proof of inclusion.
        log_key: the key that signed the proof's checkpoint.
    """
    named = checkpoints.parse(proof.checkpoint)
    inclusion: JSON = {
        "logIndex": str(proof.index),
        "rootHash": _encode(named.root),
        "treeSize": str(named.size),
        "hashes": [_encode(one) for one in proof.hashes],
        "checkpoint": {"envelope": proof.checkpoint.decode()},
    }
    entry: JSON = {
        "logIndex": str(proof.index),
        "logId": {"keyId": _log_id(log_key)},
        "kindVersion": {"kind": "dsse", "version": "0.0.1"},
        "integratedTime": "0",
        "inclusionProof": inclusion,
        "canonicalizedBody": _encode(signed.leaf),
    }
    return {
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": signed.keyid}, "tlogEntries": [entry]},
        "dsseEnvelope": {
            "payload": _encode(signed.payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": _encode(signed.signature), "keyid": signed.keyid}],
        },
    }


def trusted_log(log_key: VerifierKey) -> dict[str, JSON]:
    """The log as an entry of a Sigstore trusted root's ``tlogs``: made by the verifier, from a key that they trust."""
    der = log_key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "baseUrl": log_key.name,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": _encode(der),
            "keyDetails": "PKIX_ED25519",
            "validFor": {"start": "1970-01-01T00:00:00Z"},
        },
        "logId": {"keyId": _log_id(log_key)},
    }


def _log_id(key: VerifierKey) -> str:
    return _encode(key.id.ljust(LOG_ID_BYTES, b"\0"))


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

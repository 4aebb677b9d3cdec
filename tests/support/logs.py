"""Small evidence logs for tests: entries of runs, keys made from numbers, and what a stranger's trusted root is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gonogo_evidence.ids import Digest, RepositoryId
from gonogo_evidence.index import Entry, Signer, VerifierKey, open_writer, origin_of, sign, trusted_log
from gonogo_evidence.index.sigstore import TRUSTED_ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.index import Kind, Signed

REPOSITORY = RepositoryId("0123456789ab")
TIME = "2026-01-09T10:15:00Z"


def key(number: int) -> Ed25519PrivateKey:
    """A key made from a number, the same every time."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"key %d" % number).digest())


ENGINE = key(1)


def signer(number: int = 2, name: str | None = None) -> Signer:
    """The key of a log, under the name of the log that begins with it."""
    private = key(number)
    return Signer(name or origin_of(VerifierKey("-", private.public_key()), REPOSITORY), private)


def digest(word: object) -> Digest:
    """A digest that stands for something."""
    return Digest(hashlib.sha256(str(word).encode()).hexdigest())


def run_id(number: int) -> str:
    """The id of the n-th run."""
    return f"20260109-{number // 10000 % 24:02}{number // 100 % 60:02}{number % 60:02}-{number:06x}"


def entry(kind: Kind, number: int = 0, **details: JSON) -> Entry:
    """The entry of this kind about the n-th run."""
    filled: dict[str, dict[str, JSON]] = {
        "intent": {"layer_id": "L0", "git_ref": "0" * 40, "operator_id": "ada", "mode": "smoke"},
        "pack": {"layer_id": "L0", "core_digest": digest(f"core {number}"), "verdict": "PASS"},
        "abandoned": {"principal": "ada", "reason": "not needed"},
        "failed": {"reason": "never started"},
        "decision": {"decision": "GO", "outcome_digest": digest("outcome"), "principals": ["ada"]},
        "revocation": {"what": "pack", "reason": "wrong data set"},
        "key-rotation": {"role": "index", "vkey": "name+00000000+key", "reason": "yearly"},
        "foreign-checkpoint": {"checkpoint": "text\n", "vkey": "name+00000000+key"},
    }
    about_pack = kind in {"pack", "decision", "revocation"}
    of_run = kind in {"intent", "pack", "abandoned", "failed", "decision"}
    return Entry(
        kind,
        run_id(number) if of_run else None,
        TIME,
        f"EVP-4BM2-L0-20260109-{number:03}" if about_pack else run_id(number) if of_run else "other",
        digest(f"pack {number}") if about_pack else digest(f"inputs {number}"),
        {**filled[kind], **details},
    )


def signed(kind: Kind, number: int = 0, **details: JSON) -> Signed:
    """The same, signed by the engine."""
    return sign(entry(kind, number, **details), ENGINE)


def runs(*numbers: int) -> list[Signed]:
    """Intent and pack of each run."""
    return [one for number in numbers for one in (signed("intent", number), signed("pack", number))]


def log_of(where: Path, entries: Sequence[Signed], by: Signer | None = None) -> Path:
    """A log of these entries."""
    with open_writer(where, by or signer()) as writer:
        if entries:
            writer.append(entries)
    return where


def trusted_root(log_key: VerifierKey) -> dict[str, JSON]:
    """The trusted root that a stranger with tools for Sigstore makes from the log's key."""
    return {
        "mediaType": TRUSTED_ROOT,
        "tlogs": [trusted_log(log_key)],
        "certificateAuthorities": [],
        "ctlogs": [],
        "timestampAuthorities": [],
    }


def engine_pem() -> bytes:
    """The engine's public key."""
    return ENGINE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

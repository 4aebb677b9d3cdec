"""Packs with everything that the engine and people add: attestations, review, sign-offs, closes and the outcome.

The people's keys are made by ``ssh-keygen`` and sign with it, so that strangers' tools have something real to check.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence import dsse
from gonogo_evidence.attest import FOLDER, SOURCES, attest
from gonogo_evidence.canonical import digest_of, dumps
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.pack import Sealed, read_sealed
from gonogo_evidence.review import add_later
from gonogo_evidence.seal import PAYLOAD_TYPE
from gonogo_evidence.statement import (
    CLOSE_NAMESPACE,
    SIGNOFF_NAMESPACE,
    Card,
    CloseStatement,
    Condition,
    Decision,
    Evidence,
    IndexSeen,
    SignoffStatement,
)
from support.packs import RUN_ID, reseal, sample_pack, sample_review

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

COMMITTED = "2026-01-09T11:00:00Z"
CLOSED = "2026-01-12T09:00:00Z"
ISSUED, NOT_AFTER = "2026-01-09T10:30:00Z", "2026-01-10T10:30:00Z"
A = Digest("a" * 64)


@dataclass(frozen=True)
class Person:
    """Somebody with an ssh key."""

    principal: str
    key: Path

    @classmethod
    def new(cls, folder: Path, principal: str) -> Person:
        """Make a key below ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        key = folder / f"key-{len(list(folder.iterdir()))}"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
        return cls(principal, key)

    @property
    def line(self) -> str:
        """The line that enrols the person."""
        name = f'"{self.principal}"' if " " in self.principal else self.principal
        public = self.key.with_suffix(".pub").read_text().strip()
        return f'{name} namespaces="{SIGNOFF_NAMESPACE},{CLOSE_NAMESPACE}" {public}\n'

    def sign(self, data: bytes, namespace: str) -> bytes:
        """The armored signature over ``data``."""
        argv = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.key), "-n", namespace, "-"]
        return subprocess.run(argv, input=data, capture_output=True, check=True).stdout


def envelope(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """A DSSE envelope over an in-toto statement."""
    return dsse.sign(PAYLOAD_TYPE, payload, key)


def attested_pack(folder: Path, key: Ed25519PrivateKey, **changes: object) -> Sealed:
    """A sealed sample pack with the engine's attestations in it; ``changes`` as for ``sample_pack``."""
    sample_pack(folder, **changes)
    (folder / FOLDER).mkdir()
    made = attest({path: (folder / path).read_bytes() for path in SOURCES}, lambda payload: envelope(payload, key))
    for path, data in made.items():
        (folder / path).write_bytes(data)
    reseal(folder)
    return read_sealed(folder)


def reviewed_pack(folder: Path, key: Ed25519PrivateKey, **changes: object) -> Sealed:
    """The same with its review, as it lies at the hold point."""
    sealed = attested_pack(folder, key, **changes)
    sample_review(sealed, key, engine_pub=dsse.public_pem(key))
    return sealed


def signed(
    sealed: Sealed,
    person: Person,
    decision: Decision = "GO",
    *,
    name: str = "a@b.c-1A2b3C4d",
    issued: str = ISSUED,
    not_after: str = NOT_AFTER,
    card: Digest | None = None,
    seen: IndexSeen | None = None,
) -> bytes:
    """Put a sign-off of ``person`` beside the pack; returns the statement."""
    conditions = (Condition(1, "Document it.", "a@b.c", "2026-02-01"),) if decision == "GO-WITH-CONDITIONS" else ()
    statement = SignoffStatement(
        run_id=RunId(RUN_ID),
        pack_id=PackId(sealed.pack_id),
        pack_digest=sealed.pack_digest,
        review_digest=Digest(digest_of((sealed.folder / "review/review.json").read_bytes())),
        request_id="a1b2c3",
        decision=decision,
        reason="Reviewed.",
        conditions=conditions,
        principal=Principal(person.principal),
        presence="typed",
        policy_digest=A,
        card=Card("review/card.txt", card or digest_of((sealed.folder / "review/card.txt").read_bytes())),
        issued=issued,
        not_after=not_after,
        index_seen=seen,
    ).to_bytes()
    add_later(sealed.folder, f"{name}.signoff.json", statement)
    add_later(sealed.folder, f"{name}.signoff.json.sig", person.sign(statement, SIGNOFF_NAMESPACE))
    return statement


def closed(
    sealed: Sealed, person: Person, signoff: bytes, *, name: str = "a@b.c-1A2b3C4d", issued: str = CLOSED
) -> bytes:
    """Put a close of condition 1 beside the pack; returns the statement."""
    statement = CloseStatement(
        run_id=RunId(RUN_ID),
        pack_digest=sealed.pack_digest,
        signoff_digest=digest_of(signoff),
        condition=1,
        evidence=Evidence("report.pdf", A, 7),
        principal=Principal(person.principal),
        issued=issued,
    ).to_bytes()
    add_later(sealed.folder, f"{name}.close-1.json", statement)
    add_later(sealed.folder, f"{name}.close-1.json.sig", person.sign(statement, CLOSE_NAMESPACE))
    return statement


def requested(sealed: Sealed, key: Ed25519PrivateKey, **changes: str) -> None:
    """Put what the engine asks beside the pack, or something else."""
    asked = {
        "run_id": RUN_ID,
        "request_id": "a1b2c3",
        "review_digest": digest_of((sealed.folder / "review/review.json").read_bytes()),
        "policy_digest": A,
        "issued": ISSUED,
        "expires": NOT_AFTER,
        "why": "hold point",
    }
    statement = dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "predicateType": "urn:gonogo:request:v1",
            "subject": [{"name": sealed.pack_id, "digest": {"sha256": sealed.pack_digest}}],
            "predicate": {**asked, **changes},
        }
    )
    add_later(sealed.folder, "request.json", envelope(statement, key))


def committed(
    sealed: Sealed, key: Ed25519PrivateKey, decision: Decision, *signoffs: bytes, at: str = COMMITTED
) -> None:
    """Put the engine's outcome beside the pack."""
    predicate = {
        "committed": at,
        "decision": decision,
        "policy_digest": A,
        "request_id": "a1b2c3",
        "review_digest": digest_of((sealed.folder / "review/review.json").read_bytes()),
        "signoffs": [digest_of(one) for one in signoffs],
    }
    statement = dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "predicateType": "urn:gonogo:outcome:v1",
            "subject": [{"name": sealed.pack_id, "digest": {"sha256": sealed.pack_digest}}],
            "predicate": predicate,
        }
    )
    add_later(sealed.folder, "outcome.json", envelope(statement, key))


def decided_pack(folder: Path, key: Ed25519PrivateKey, person: Person, decision: Decision = "GO") -> Sealed:
    """A whole pack: attested, reviewed, signed by one person, committed."""
    sealed = reviewed_pack(folder, key)
    committed(sealed, key, decision, signed(sealed, person, decision))
    return sealed

"""Mutants of what was signed: DSSE envelopes, SSH signatures, and the checkpoint of the log.

Those of ``OUTCOME`` are about an envelope that nothing lists by digest, so that the tools for envelopes speak alone.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from gonogo_evidence import dsse, sshsig
from gonogo_evidence.canonical import dumps
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import proof as proofs
from gonogo_evidence.seal import PAYLOAD_TYPE
from gonogo_evidence.statement import CLOSE_NAMESPACE, SIGNOFF_NAMESPACE
from strangers.changes import PROOF, REPORT, Act, both, edited, removed, taken, valued
from support.logs import ENGINE, signer
from support.mutants_signed import MALLORY, malleable, text64
from support.packs import overwrite, reseal
from support.whole import ALICE, BOB, SoftPerson

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUTCOME = "review/outcome.json"
SIGNOFF, CLOSE = "review/a@b.c-1A2b3C4d.signoff.json", "review/a@b.c-1A2b3C4d.close-1.json"
SIG, CLOSE_SIG = f"{SIGNOFF}.sig", f"{CLOSE}.sig"
CAROL = SoftPerson.numbered(3, ALICE.principal)
"""The key that Alice had until the end of 2025."""
FORMER = f'{ALICE.principal} namespaces="{SIGNOFF_NAMESPACE}",valid-before="20260101" {CAROL.soft.public.line}\n'
EVE = SoftPerson.numbered(666, ALICE.principal)
"""Somebody else's key, under Alice's name."""


def _outcome(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Act:
    return valued(OUTCOME, change)


def _signature(make: Callable[[dsse.UnverifiedEnvelope], bytes], **more: str) -> Act:
    """Other bytes for the outcome's signature; ``more`` are fields beside it."""

    def change(data: bytes) -> bytes:
        read = dsse.parse(data)
        one = {"keyid": read.keyid, "sig": text64(make(read)), **more}
        return dumps({"payload": text64(read.payload), "payloadType": PAYLOAD_TYPE, "signatures": [one]})

    return edited(OUTCOME, change)


def _flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def _forged(read: dsse.UnverifiedEnvelope) -> bytes:
    return MALLORY.sign(dsse.pae(PAYLOAD_TYPE, read.payload))


def _mallorys(payload: bytes) -> bytes:
    return dsse.sign(PAYLOAD_TYPE, payload, MALLORY)


def _everything_by_mallory(pack: Path, _: Path) -> None:
    """The report changed, sealed anew, and each envelope that the seal lists signed by another key."""
    overwrite(pack / REPORT, (pack / REPORT).read_bytes().replace(b'"checked":41', b'"checked":42'))
    for path in (pack / "attestations").iterdir():
        overwrite(path, _mallorys(dsse.parse(path.read_bytes()).payload))
    reseal(pack)


ENVELOPES: dict[str, Act] = {
    "a bit of an envelope's signature": _signature(lambda read: _flipped(read.signature)),
    "an envelope's signature of zeros": _signature(lambda _: bytes(64)),
    "an envelope's signature cut short": _signature(lambda read: read.signature[:-1]),
    "an envelope's signature with S out of range": _signature(lambda read: malleable(read.signature)),
    "an envelope signed by another key": edited(OUTCOME, lambda data: _mallorys(dsse.parse(data).payload)),
    "an envelope signed by another key under the engine's id": _signature(_forged),
    "the bare payload signed": _signature(lambda read: ENGINE.sign(read.payload)),
    "another type of payload": _outcome(lambda one: {**one, "payloadType": "application/json"}),
    "another decision in the outcome": _outcome(
        lambda one: {**one, "payload": text64(base64.b64decode(one["payload"]).replace(b"GO-WITH-CONDITIONS", b"GO"))}
    ),
    "the outcome of another pack": taken(OUTCOME),
    "the engine's word on the seal in place of the outcome": lambda pack, _: overwrite(
        pack / OUTCOME, (pack / "review/engine.dsse.json").read_bytes()
    ),
    "no signature": _outcome(lambda one: {**one, "signatures": []}),
    "the same signature twice": _outcome(lambda one: {**one, "signatures": one["signatures"] * 2}),
    "another's signature besides": edited(
        OUTCOME,
        lambda data: dumps(
            {
                "payload": text64(dsse.parse(data).payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [
                    {"keyid": one.keyid, "sig": text64(one.signature)}
                    for one in (dsse.parse(data), dsse.parse(_mallorys(dsse.parse(data).payload)))
                ],
            }
        ),
    ),
    "no key id": _signature(lambda read: read.signature, keyid=""),
    "the id of another key": _signature(lambda read: read.signature, keyid=dsse.key_id(MALLORY.public_key())),
    "one field more in an envelope": _outcome(lambda one: {**one, "note": "x"}),
    "one field more beside a signature": _signature(lambda read: read.signature, note="x"),
    "a line end in the payload's base64": _outcome(lambda one: {**one, "payload": one["payload"] + "\n"}),
    "a signature's base64 without its padding": _outcome(
        lambda one: {**one, "signatures": [{**each, "sig": each["sig"].rstrip("=")} for each in one["signatures"]]}
    ),
    "the payload emptied": _outcome(lambda one: {**one, "payload": ""}),
    "an attestation of another pack": taken("attestations/verdict.dsse.json"),
    "an attestation in the place of another": lambda pack, _: overwrite(
        pack / "attestations/verdict.dsse.json", (pack / "attestations/provenance.dsse.json").read_bytes()
    ),
    "an attestation removed": removed("attestations/verdict.dsse.json"),
    "sealed anew, and attested by another key": _everything_by_mallory,
    "the entry signed by another key": edited("index/entry.json", lambda data: _mallorys(dsse.parse(data).payload)),
}


def _armored(change: Callable[[bytes], bytes], path: str = SIG) -> Act:
    """Another blob in proper armor."""

    def act(data: bytes) -> bytes:
        return sshsig.armor(change(base64.b64decode(data[len(sshsig.BEGIN) : -len(sshsig.END)])))

    return edited(path, act)


def _signed_by(person: SoftPerson, namespace: str = SIGNOFF_NAMESPACE, path: str = SIGNOFF) -> Act:
    return lambda pack, _: overwrite(pack / f"{path}.sig", person.sign((pack / path).read_bytes(), namespace))


SIGNATURES: dict[str, Act] = {
    "a bit of a person's signature": _armored(lambda blob: blob[:-1] + bytes([blob[-1] ^ 1])),
    "a person's signature with S out of range": _armored(lambda blob: blob[:-64] + malleable(blob[-64:])),
    "a person's signature cut short": _armored(lambda blob: blob[:-1]),
    "said to be made with SHA-1": _armored(lambda blob: blob.replace(b"\0\0\0\6sha512", b"\0\0\0\4sha1")),
    "said to be made with SHA-256": _armored(lambda blob: blob.replace(b"sha512", b"sha256")),
    "another decision in the sign-off": valued(
        SIGNOFF, lambda one: {**one, "predicate": {**one["predicate"], "decision": "GO", "conditions": []}}
    ),
    "another reason in the close": valued(
        CLOSE, lambda one: {**one, "predicate": {**one["predicate"], "issued": "2026-01-11T09:00:00Z"}}
    ),
    "signed for another purpose": _signed_by(ALICE, "file"),
    "a close's purpose for a sign-off": _signed_by(ALICE, CLOSE_NAMESPACE),
    "signed by another person who may sign": _signed_by(BOB),
    "signed by a key that nobody knows": _signed_by(EVE),
    "signed by a key that had expired": _signed_by(CAROL),
    "words after a person's signature": edited(SIG, lambda data: data + b"x\n"),
    "words before a person's signature": edited(SIG, lambda data: b"x\n" + data),
    "a person's signature in one line": edited(
        SIG, lambda data: sshsig.BEGIN + data[len(sshsig.BEGIN) : -len(sshsig.END)].replace(b"\n", b"") + b"\n"
        + sshsig.END
    ),
    "a person's signature with CRLF": edited(SIG, lambda data: data.replace(b"\n", b"\r\n")),
    "a person's signature removed": removed(SIG),
    "a sign-off and its signature removed": removed(SIGNOFF, SIG),
    "a sign-off of another pack": both(taken(SIGNOFF), taken(SIG)),
    "the close's signature for the sign-off": taken(SIG, CLOSE_SIG),
}  # fmt: skip


def _checkpoint(change: Callable[[checkpoints.Checkpoint], bytes]) -> Act:
    def act(data: bytes) -> bytes:
        proof = proofs.parse(data)
        signed = change(checkpoints.parse(proof.checkpoint))
        return proofs.Proof(proof.index, proof.hashes, signed, proof.extra).to_bytes()

    return edited(PROOF, act)


CHECKPOINTS: dict[str, Act] = {
    "a checkpoint signed by another key under the log's name": _checkpoint(
        lambda one: one.sign([signer(666, signer().name)])
    ),
    "a checkpoint of another log and key": _checkpoint(
        lambda one: checkpoints.Checkpoint(signer(666).name, one.size, one.root).sign([signer(666)])
    ),
    "another root, signed by another key": _checkpoint(
        lambda one: checkpoints.Checkpoint(one.origin, one.size, bytes(32)).sign([signer(666, signer().name)])
    ),
}
FORGERIES = ENVELOPES | SIGNATURES | CHECKPOINTS

"""The pack's place in the evidence index: its entry, the proof of inclusion, and who signed the checkpoint.

Also whether a checkpoint that a signer saw is one of the log's own: every sign-off is a witness.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gonogo_evidence import dsse
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import entry as entries
from gonogo_evidence.index import proof as proofs
from gonogo_evidence.index.placed import ENTRY, FOLDER, NAMES, PROOF
from gonogo_evidence.review import FOLDER as REVIEW_FOLDER
from gonogo_evidence.seal import CORE, ENVIRONMENT
from gonogo_evidence.statement import SignoffStatement
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, limit, of_error, passed
from gonogo_evidence.verify.witnessed import check_witnessed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.index.entry import Signed
    from gonogo_evidence.index.log import Log
    from gonogo_evidence.index.note import VerifierKey
    from gonogo_evidence.index.proof import Proof
    from gonogo_evidence.index.witness_policy import WitnessPolicy
    from gonogo_evidence.statement import IndexSeen
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "authentic.index"
SEEN = "index.sign-off"
ENGINE_PUB = f"{REVIEW_FOLDER}/engine.pub"
SAID_TWICE = ("layer_id", "git_ref", "verdict")
"""What an entry says of the core besides its digest; null where it was not known."""
ENTRY_PATH, PROOF_PATH = f"{FOLDER}/{ENTRY}", f"{FOLDER}/{PROOF}"


def check(
    pack: UnverifiedPack,
    index_keys: Sequence[VerifierKey],
    engine_keys: Sequence[Ed25519PublicKey],
    *,
    only_these: bool = False,
    witnesses: WitnessPolicy | None = None,
) -> Iterator[Check]:
    """The entry is about this pack and signed; the proof leads from it to a checkpoint; the log's key signed that.

    Keys come from the verifier. Without a key for this log or this engine the report says so: a stated limit; save
    where the verifier says that the log is one of ``only_these``. With a policy of ``witnesses`` its quorum must have
    cosigned the checkpoint.
    """
    if FOLDER not in pack.entries:
        if seen := list(_seen_by(pack)):
            words = msg("A signer saw the index before signing, so the pack was in it; index/ was taken away.")
            yield broken(ID, "INDEX_REMOVED", words, where=seen[0][0])
            return
        yield limit(ID, "INDEX_ABSENT", msg("The pack does not say where it stands in an evidence index."))
        if witnesses is not None:
            words = msg("No checkpoint lies in the pack: no witness can have seen it.")
            yield Check(ID, "INCONCLUSIVE", "INDEX_NOT_WITNESSED", words)
        return
    found = set(pack.names(FOLDER))
    for name in sorted(found - set(NAMES)):
        where = f"{FOLDER}/{name}" if name.isascii() and name.isprintable() else ascii(name)
        yield broken(ID, "INDEX_FILE_UNLISTED", msg("Only the entry and its proof lie here."), where=where)
    signed, proof = _read(pack)
    _about_this_pack(pack, signed)
    yield from _as_seen(pack, proof)
    yield _signed_by(signed, engine_keys)
    if not proof.holds(signed.leaf):
        words = msg("The hashes do not lead from this entry to the root of the checkpoint.")
        yield broken(ID, "INDEX_NOT_INCLUDED", words, where=PROOF_PATH)
    else:
        yield _signed_by_log(proof, index_keys, only_these=only_these)
        if witnesses is not None:
            yield check_witnessed(ID, proof.checkpoint, witnesses, where=PROOF_PATH)


def check_seen(log: Log, seen: IndexSeen, *, where: str = "") -> Check:
    """Whether the checkpoint that a signer saw belongs to this log's own history."""
    if seen.origin != log.checkpoint.origin:
        words = msg("The signer saw another log: {origin}.", origin=seen.origin)
        return limit(SEEN, "INDEX_SEEN_OTHER_LOG", words, where=where)
    if seen.size > log.size:
        words = msg("A signer saw {seen} entries; the log has {size}.", seen=seen.size, size=log.size)
        return broken(SEEN, "INDEX_ROLLED_BACK", words, where=where)
    if log.root_at(seen.size).hex() != seen.root:
        words = msg("A signer saw other entries than the first {size} of this log.", size=seen.size)
        return broken(SEEN, "INDEX_FORKED", words, where=where)
    return passed(SEEN, msg("The log begins with the {size} entries that the signer saw.", size=seen.size), where=where)


def _seen_by(pack: UnverifiedPack) -> Iterator[tuple[str, IndexSeen]]:
    """The checkpoints that signers saw, by their sign-offs; what cannot be read is reported where it is judged."""
    for name in pack.names(REVIEW_FOLDER):
        path = f"{REVIEW_FOLDER}/{name}"
        if name.endswith(".signoff.json") and pack.entries[path] == "file":
            with suppress(GonogoError):
                seen = SignoffStatement.from_bytes(pack.read(path)).index_seen
                if seen is not None:
                    yield path, seen


def _read(pack: UnverifiedPack) -> tuple[Signed, Proof]:
    path = PROOF_PATH
    try:
        proof = proofs.parse(pack.read(PROOF_PATH))
        path = ENTRY_PATH
        return entries.from_envelope(pack.read(ENTRY_PATH), proof.extra or b""), proof
    except IntegrityBroken as error:
        error.where = path
        raise


def _about_this_pack(pack: UnverifiedPack, signed: Signed) -> None:
    """The entry is about this pack and its run, says of it what the core says, and its engine is the one people saw."""
    entry = signed.entry
    about = (entry.kind, entry.subject, entry.digest, entry.details["core_digest"]) if entry.kind == "pack" else None
    run = pack.json(ENVIRONMENT).get("run_id")
    if about != ("pack", pack.pack_id, pack.pack_digest, pack.core_digest) or entry.run_id != run:
        raise IntegrityBroken(
            "INDEX_OTHER_PACK", msg("The entry speaks of another pack or run than this one."), where=ENTRY_PATH
        )
    core, details = pack.json(CORE), entry.details
    for name in SAID_TWICE:
        if details[name] is not None and details[name] != core.get(name):
            words = msg("{field} in the entry is not what the core says.", field=name)
            raise IntegrityBroken("INDEX_OTHER_PACK", words, where=ENTRY_PATH)
    if ENGINE_PUB in pack.entries and signed.keyid != _engine_of(pack):
        words = msg("Another engine signed the entry than the one whose key was signed with the review.")
        raise IntegrityBroken("INDEX_OTHER_ENGINE", words, where=ENTRY_PATH)


def _engine_of(pack: UnverifiedPack) -> str | None:
    """The id of the engine's key in the review; None where what lies there is no key."""
    try:
        return dsse.key_id(dsse.load_public(pack.read(ENGINE_PUB)))
    except BadInput:
        return None


def _as_seen(pack: UnverifiedPack, proof: Proof) -> Iterator[Check]:
    """The proof is of the log that the signers saw: whoever signed names it, and one root for one size."""
    now = checkpoints.parse(proof.checkpoint)
    for path, seen in _seen_by(pack):
        if seen.origin != now.origin:
            words = msg("The signer saw another log: {origin}.", origin=seen.origin)
            yield broken(ID, "INDEX_OTHER_LOG", words, where=path)
        elif seen.size == now.size and seen.root != now.root.hex():
            words = msg("A signer saw other entries than the first {size} of this log.", size=seen.size)
            yield broken(ID, "INDEX_FORKED", words, where=path)


def _signed_by(signed: Signed, engine_keys: Sequence[Ed25519PublicKey]) -> Check:
    try:
        signed.check()
    except IntegrityBroken as error:
        error.where = ENTRY_PATH
        return of_error(ID, error, area="authentic")
    if signed.keyid not in {dsse.key_id(key) for key in engine_keys}:
        words = msg("The engine's key is not among those you brought: its signature is not counted.")
        return limit(ID, "ENGINE_KEY_UNKNOWN", words, where=ENTRY_PATH)
    return passed(ID, msg("The engine's key {key} signed it, for this seal.", key=signed.keyid), where=ENTRY_PATH)


def _signed_by_log(proof: Proof, index_keys: Sequence[VerifierKey], *, only_these: bool) -> Check:
    try:
        named = checkpoints.verify(proof.checkpoint, index_keys)
    except GonogoError as error:
        error.where = PROOF_PATH
        return of_error(ID, error, area="authentic")
    if named is None and only_these:
        words = msg(
            "The checkpoint is of the log {origin}; the keys that you brought are for other logs.",
            origin=checkpoints.parse(proof.checkpoint).origin,
        )
        return broken(ID, "INDEX_FOREIGN_LOG", words, where=PROOF_PATH)
    if named is None:
        words = msg("No key that you brought is for the log: who signed its checkpoint is not known.")
        return limit(ID, "INDEX_KEY_UNKNOWN", words, where=PROOF_PATH)
    words = msg(
        "Entry {number} of the {size} that the log {origin} signed.",
        number=proof.index,
        size=named.size,
        origin=named.origin,
    )
    return passed(ID, words, where=PROOF_PATH)

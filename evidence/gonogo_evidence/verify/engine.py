"""What the engine attested in the review folder: seal, request, and later the committed outcome (DSSE envelopes)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence import drill, dsse
from gonogo_evidence.canonical import loads_object
from gonogo_evidence.errors import Inconclusive, IntegrityBroken
from gonogo_evidence.review import ENGINE, FOLDER, OUTCOME, REQUEST
from gonogo_evidence.seal import CORE, PAYLOAD_TYPE, SEAL_PREDICATE, STATEMENT_TYPE
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, limit, of_error, passed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "authentic.engine"
OUTCOME_PREDICATE = "urn:gonogo:outcome:v1"
REQUEST_PREDICATE = "urn:gonogo:request:v1"
MARKS = (drill.FIELD, "drill_id", "seed")
PREDICATES = {ENGINE: SEAL_PREDICATE, REQUEST: REQUEST_PREDICATE, OUTCOME: OUTCOME_PREDICATE}
"""What each envelope must speak of."""


def check(pack: UnverifiedPack, keys: Sequence[Ed25519PublicKey]) -> Iterator[Check]:
    """Each envelope speaks of this seal, whoever signed it, and a key that the verifier brings signed it.

    Without such a key the signature proves nothing, and the report says so: a stated limit.
    """
    for name, predicate in PREDICATES.items():
        path = f"{FOLDER}/{name}"
        if path in pack.entries:
            yield _one(pack, path, predicate, keys)


def _one(pack: UnverifiedPack, path: str, predicate: str, keys: Sequence[Ed25519PublicKey]) -> Check:
    try:
        _about_this_seal(pack, path, predicate)
        verified = dsse.verify(pack.read(path), keys)
    except Inconclusive as error:
        if error.code != "DSSE_KEY_UNKNOWN":
            return of_error(ID, error, area="authentic")
        words = msg("The engine's key is not among those you brought: its signature is not counted.")
        return limit(ID, "ENGINE_KEY_UNKNOWN", words, where=path)
    except IntegrityBroken as error:
        error.where = path
        return of_error(ID, error, area="authentic")
    return passed(ID, msg("The engine's key {key} signed it, for this seal.", key=verified.keyid), where=path)


def digest_in(statement: JSONObject) -> JSON:
    """The digest of the one subject of a statement; None where there is another number of them."""
    match statement.get("subject"):
        case [{"digest": {"sha256": digest}}]:
            return digest
        case _:
            return None


def _about_this_seal(pack: UnverifiedPack, path: str, predicate: str) -> None:
    envelope = dsse.parse(pack.read(path))
    statement = loads_object(envelope.payload)
    core = statement.get("predicate")
    if digest_in(statement) != pack.pack_digest:  # asked first: a seal that cannot be read may be changed all the same
        raise IntegrityBroken("ENGINE_OTHER_SEAL", msg("The engine attested another seal than this one."))
    expected = {
        "_type": STATEMENT_TYPE,
        "predicateType": predicate,
        "subject": [{"name": pack.pack_id, "digest": {"sha256": pack.pack_digest}}],
    }
    about = {name: statement.get(name) for name in expected} == expected and envelope.payload_type == PAYLOAD_TYPE
    if predicate == SEAL_PREDICATE:
        marked = drill.attested(pack.json(CORE))
        said = {name: core[name] for name in ("core_digest", *MARKS) if name in core} if isinstance(core, dict) else {}
        about = about and said == {"core_digest": pack.core_digest, **marked}
    if not about:
        raise IntegrityBroken("ENGINE_OTHER_SEAL", msg("The engine attested another seal than this one."))

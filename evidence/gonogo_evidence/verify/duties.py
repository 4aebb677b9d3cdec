"""Who did each duty: the workers' envelopes over what they read and wrote, and the engine's list of their keys.

The results of the first six duties are put together again from the sealed files; those of the last three lie in the
review beside their envelopes. Where a secret was replaced, envelopes over it are not there: a stated limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gonogo_evidence import attest, dsse, review
from gonogo_evidence.attest import duties
from gonogo_evidence.attest.parts import listing, mapping, words
from gonogo_evidence.canonical import digest_of, loads_object
from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken
from gonogo_evidence.seal import ENVIRONMENT, PAYLOAD_TYPE
from gonogo_evidence.text import Text, msg
from gonogo_evidence.verify.report import Check, broken, every, limit, of_error

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from gonogo_evidence.ids import Digest, JSONObject
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "authentic.duties"
KEYS_PATH = f"{attest.FOLDER}/{duties.KEYS}"
STRENGTH = ("none", "process", "sealed")
ON_THEIR_OWN = tuple(field for field in duties.DUTIES if field not in duties.SEALED)


def check(pack: UnverifiedPack, keys: Sequence[Ed25519PublicKey]) -> Iterable[Check]:
    """Every duty that was done is signed by a worker of its role, and the engine signed the list of the workers.

    A run at level ``none`` has no workers: there is nothing to look at, and the pack says so as its isolation.
    """
    sealed = {name for name in pack.names(attest.FOLDER) if duties.is_ours(name)}
    reviewed = {name for name in pack.names(review.FOLDER) if duties.is_ours(name)}
    if not sealed and not reviewed:
        around = pack.json(ENVIRONMENT)
        if around.get("isolation") not in STRENGTH[1:]:
            return ()
        return (_redacted() if around.get(duties.REDACTED) else _no("ROLE_KEYS_MISSING", KEYS_PATH),)
    good = msg("{count} duties were signed by their roles' workers.", count=_count(sealed | reviewed))
    return every(ID, (*_sealed(pack, sealed, keys), *_reviewed(pack, reviewed, keys)), good)


def _count(names: Iterable[str]) -> int:
    return sum(name.startswith("duty-") and name.endswith(".dsse.json") for name in names)


def _sealed(pack: UnverifiedPack, present: set[str], keys: Sequence[Ed25519PublicKey]) -> Iterator[Check]:
    documents = {path: pack.json(path) for path in attest.SOURCES}
    results = duties.sealed_results(documents)
    around = documents[ENVIRONMENT]
    done = {field for field, result in results.items() if mapping(result["value"]).get("skipped") is not True}
    redacted = {str(field) for field in listing(around.get(duties.REDACTED))}
    expected = {duties.envelope_name(field) for field in done}
    workers: list[JSONObject] = []
    if present or not redacted:
        workers = yield from _listed(pack, attest.FOLDER, present, keys)
    here = any(words(worker, "level") == "none" for worker in workers)
    for name in sorted(present - {duties.KEYS} - expected):
        yield _no("DUTY_ATTESTATION_UNEXPECTED", f"{attest.FOLDER}/{name}")
    if redacted and expected - present:
        yield _redacted()
    for name in sorted(expected - present if not here and not redacted else ()):
        yield _no("DUTY_ATTESTATION_MISSING", f"{attest.FOLDER}/{name}")
    if workers and _weakest(workers) != around.get("isolation"):
        yield _no("DUTY_ISOLATION_DIFFERS", ENVIRONMENT)
    digests = {field: digest_of(duties.record(field, duties.DUTIES[field][1], results[field])) for field in results}
    for field in sorted(field for field in done if duties.envelope_name(field) in present):
        path = f"{attest.FOLDER}/{duties.envelope_name(field)}"
        yield from _one(pack, path, field, str(results[field]["verdict"]), digests, workers)


def _redacted() -> Check:
    said = msg("A secret was replaced: what workers signed over it is not published, and not compared.")
    return limit(ID, "DUTY_REDACTED", said, where=ENVIRONMENT)


def _reviewed(pack: UnverifiedPack, present: set[str], keys: Sequence[Ed25519PublicKey]) -> Iterator[Check]:
    """Duties 7 to 9: the record beside each envelope says what the review and the seal say."""
    if not present:
        return
    workers = yield from _listed(pack, review.FOLDER, present, keys)
    for field in ON_THEIR_OWN:
        path, beside = (f"{review.FOLDER}/{name(field)}" for name in (duties.envelope_name, duties.record_name))
        if path not in pack.entries or beside not in pack.entries:
            if path in pack.entries or beside in pack.entries:
                yield _no("DUTY_ATTESTATION_MISSING", path)
            continue
        record = pack.json(beside)
        if not _fits(pack, field, record):
            yield _no("DUTY_ATTESTATION_DIFFERS", beside)
        yield from _one(pack, path, field, words(record, "verdict"), {field: pack.hash(beside).sha256}, workers)


def _fits(pack: UnverifiedPack, field: str, record: JSONObject) -> bool:
    """Whether a record of the review is about this pack, and says what its review file says."""
    value = mapping(record.get("value"))
    if (record.get("field"), record.get("role")) != (field, duties.DUTIES[field][1]):
        return False
    match field:
        case "pack":
            return value.get("pack_digest") == pack.pack_digest
        case "risk_review":
            return value == pack.json(f"{review.FOLDER}/risk-review.json")
        case _:
            return value == pack.json(f"{review.FOLDER}/recommendation.json")


def _listed(
    pack: UnverifiedPack, folder: str, present: set[str], keys: Sequence[Ed25519PublicKey]
) -> Generator[Check, None, list[JSONObject]]:
    """The engine's list of workers; it names each envelope that lies here by digest, and none beside."""
    path = f"{folder}/{duties.KEYS}"
    if path not in pack.entries:
        yield _no("ROLE_KEYS_MISSING", path)
        return []
    envelopes = {name: pack.read(f"{folder}/{name}") for name in present if name.endswith(".dsse.json")}
    envelopes.pop(duties.KEYS)
    workers: list[JSONObject] = []
    try:
        said = dsse.parse(pack.read(path))
        statement = loads_object(said.payload)
        workers = [mapping(one) for one in listing(mapping(statement.get("predicate")).get("workers"))]
        run_id = words(pack.json(ENVIRONMENT), "run_id")
        if (said.payload_type, said.payload) != (PAYLOAD_TYPE, duties.keys_statement(run_id, [*workers], envelopes)):
            yield _no("ROLE_KEYS_DIFFER", path)
        dsse.verify(pack.read(path), keys)
    except Inconclusive:
        text = msg("The key that signed the list of workers is not among those you brought: not counted.")
        yield limit(ID, "ENGINE_KEY_UNKNOWN", text, where=path)
        return workers
    except GonogoError as error:
        error.where = path
        yield of_error(ID, error, area="authentic")
        return []
    return workers


def _one(
    pack: UnverifiedPack,
    path: str,
    field: str,
    verdict: str,
    digests: Mapping[str, Digest],
    workers: Sequence[JSONObject],
) -> Iterator[Check]:
    """One envelope: by a key of its role, over this result, and over the results that it says it read."""
    try:
        number, role = duties.DUTIES[field]
        signed = dsse.verify(pack.read(path), [_key(one) for one in workers if one.get("role") == role and one["key"]])
        read = mapping(mapping(loads_object(signed.payload).get("predicate")).get("read"))
        expected = duties.statement(
            run_id=words(pack.json(ENVIRONMENT), "run_id"),
            number=number,
            role=role,
            field=field,
            verdict=verdict,
            read=cast("Mapping[str, Digest]", read),
            written=digests[field],
        )
        if signed.payload != expected or any(read[name] != digests[name] for name in read if name in digests):
            yield _no("DUTY_ATTESTATION_DIFFERS", path)
    except Inconclusive:
        yield _no("DUTY_KEY_FOREIGN", path)
    except GonogoError as error:
        error.where = path
        yield of_error(ID, error, area="authentic")


def _key(worker: JSONObject) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(words(worker, "key")))
    except ValueError as error:
        raise IntegrityBroken("ROLE_KEYS_DIFFER", _WORDS["ROLE_KEYS_DIFFER"]) from error


def _weakest(workers: Sequence[JSONObject]) -> str:
    levels = {words(worker, "level") for worker in workers}
    return next((level for level in STRENGTH if level in levels), "none")


_WORDS: Mapping[str, Text] = {
    "DUTY_ATTESTATION_MISSING": msg("The duty was done, and no worker's signature is there."),
    "DUTY_ATTESTATION_UNEXPECTED": msg("The duty was not done, and somebody signed it."),
    "DUTY_ATTESTATION_DIFFERS": msg("The worker signed something else than what the pack holds."),
    "DUTY_KEY_FOREIGN": msg("No worker of the duty's role signed it."),
    "DUTY_ISOLATION_DIFFERS": msg("The pack claims another isolation than its workers had."),
    "ROLE_KEYS_MISSING": msg("The list of the workers' keys is missing."),
    "ROLE_KEYS_DIFFER": msg("The list of the workers' keys is about other envelopes than these."),
}


def _no(code: str, where: str) -> Check:
    return broken(ID, code, _WORDS[code], where=where if where.isascii() else ascii(where))

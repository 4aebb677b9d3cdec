"""The sealed attestations: derived again from what was sealed, compared byte for byte, and their signatures checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence import attest, dsse
from gonogo_evidence.attest import duties
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.seal import PAYLOAD_TYPE
from gonogo_evidence.text import msg
from gonogo_evidence.verify.open import SCHEMAS
from gonogo_evidence.verify.report import Check, broken, every, limit, of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.verify.open import UnverifiedPack

ID = "authentic.attestations"


def check(pack: UnverifiedPack, keys: Sequence[Ed25519PublicKey]) -> Iterable[Check]:
    """One envelope for each statement that the sealed files give, no other, each with a good signature.

    A pack without any is of the first form: a stated limit. So is a signature by a key that the verifier did not bring.
    """
    present = {name for name in pack.names(attest.FOLDER) if not duties.is_ours(name)}
    if not present:
        return (limit(ID, "ATTESTATIONS_ABSENT", msg("The pack has no attestations: it was sealed without them.")),)
    documents = {path: pack.document(path) if path in SCHEMAS else pack.json(path) for path in attest.SOURCES}
    made = attest.derive(documents, {path: pack.hash(path).sha256 for path in attest.SOURCES})
    good = msg("{count} attestations say what the sealed files give, and the engine signed them.", count=len(made))
    return every(ID, (*_closed(present, set(made)), *_each(pack, made, present, keys)), good)


def _closed(present: set[str], expected: set[str]) -> Iterator[Check]:
    for name in sorted(expected - present):
        yield _no("ATTESTATION_MISSING", name)
    for name in sorted(present - expected):
        yield _no("ATTESTATION_UNEXPECTED", name)


def _each(
    pack: UnverifiedPack, made: dict[str, bytes], present: set[str], keys: Sequence[Ed25519PublicKey]
) -> Iterator[Check]:
    unknown: set[str] = set()
    for name in sorted(present & set(made)):
        path = f"{attest.FOLDER}/{name}"
        try:
            said = dsse.parse(pack.read(path))
            if (said.payload_type, said.payload) != (PAYLOAD_TYPE, made[name]):
                yield _no("ATTESTATION_DIFFERS", name)
            dsse.verify(pack.read(path), keys)
        except GonogoError as error:
            if error.code == "DSSE_KEY_UNKNOWN":
                unknown.add(name)
                continue
            error.where = path
            yield of_error(ID, error, area="authentic")
    if unknown:
        words = msg(
            "The key that signed {count} attestations is not among those you brought: not counted.", count=len(unknown)
        )
        yield limit(ID, "ENGINE_KEY_UNKNOWN", words, where=attest.FOLDER)


def _no(code: str, name: str) -> Check:
    words = {
        "ATTESTATION_MISSING": msg("The sealed files give this attestation, and it is missing."),
        "ATTESTATION_UNEXPECTED": msg("The sealed files give no such attestation."),
        "ATTESTATION_DIFFERS": msg("The attestation says something else than the sealed files give."),
    }[code]
    where = f"{attest.FOLDER}/{name}"
    return broken(ID, code, words, where=where if where.isascii() and where.isprintable() else ascii(where))

"""The review folder: what ``review.json`` lists, and the names that may come after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_evidence import schema
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.review import ENGINE, FOLDER, OUTCOME, REQUEST, REVIEW, is_later
from gonogo_evidence.text import msg
from gonogo_evidence.verify.open import REVIEW_JSON
from gonogo_evidence.verify.report import Check, broken, every, limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gonogo_evidence.ids import JSONObject
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "authentic.review"
STATEMENTS = "decision.statements"
SIGNATURE = ".sig"


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """``review.json`` against the folder, both ways, and against the pack it belongs to."""
    if FOLDER not in pack.entries:
        return (limit(ID, "REVIEW_ABSENT", msg("Nothing was added after the seal: there is no review yet.")),)
    review = pack.document(REVIEW_JSON)
    listed = cast("Mapping[str, JSONObject]", review["files"])
    good = msg("{count} review files are what review.json says.", count=len(listed))
    return every(ID, _problems(pack, review, listed), good)


def check_statements(pack: UnverifiedPack) -> Iterable[Check]:
    """Sign-offs and closes have their shape and their signature beside them; whose it is, is a question of policy."""
    later = {name for name in pack.names(FOLDER) if is_later(name)}
    if not later:
        return ()
    return every(
        STATEMENTS,
        _statements(pack, later),
        msg("{count} files came after the review.", count=len(later)),
        area="decision",
    )


def _problems(pack: UnverifiedPack, review: JSONObject, listed: Mapping[str, JSONObject]) -> Iterator[Check]:
    if review["pack_digest"] != pack.pack_digest:
        yield broken(
            ID, "REVIEW_OF_ANOTHER_PACK", msg("review.json belongs to another pack digest."), where=REVIEW_JSON
        )
    if ENGINE not in listed:
        yield broken(ID, "ENGINE_ATTESTATION_MISSING", msg("review.json does not list the engine's attestation."))
    present = {name for name in pack.names(FOLDER) if name != REVIEW and not is_later(name)}
    for name in sorted(present - set(listed)):
        yield _no("REVIEW_FILE_UNLISTED", name)
    for name in sorted(set(listed) - present):
        yield _no("REVIEW_FILE_MISSING", name)
    for name in sorted(present & set(listed)):
        entry = pack.hash(f"{FOLDER}/{name}")
        if listed[name] != {"sha256": entry.sha256, "size": entry.size}:
            yield _no("REVIEW_FILE_DIGEST", name)


def _statements(pack: UnverifiedPack, later: set[str]) -> Iterator[Check]:
    signed = sorted(name for name in later if not name.endswith(SIGNATURE) and name not in {OUTCOME, REQUEST})
    first: dict[str, str] = {}
    for name in signed:
        if name + SIGNATURE not in later:
            yield _no("SIGNATURE_MISSING", name, STATEMENTS)
        if first.setdefault(digest_of(pack.read(f"{FOLDER}/{name}")), name) != name:
            yield _no("STATEMENT_TWICE", name, STATEMENTS)
        kind: schema.Name = "signoff" if name.endswith(".signoff.json") else "close"
        for problem in schema.check(kind, pack.json(f"{FOLDER}/{name}")):
            words = msg("Not the published shape: {problem}", problem=problem.message)
            where = f"{FOLDER}/{name} {problem.path}"
            yield broken(STATEMENTS, "STATEMENT_SHAPE", words, where=where, area="decision")
    for name in sorted(name for name in later if name.endswith(SIGNATURE)):
        if name.removesuffix(SIGNATURE) not in later:
            yield _no("STATEMENT_MISSING", name, STATEMENTS)


def _no(code: str, name: str, id_: str = ID) -> Check:
    words = {
        "REVIEW_FILE_UNLISTED": msg("review.json does not list this file."),
        "REVIEW_FILE_MISSING": msg("review.json lists this file, and it is missing."),
        "REVIEW_FILE_DIGEST": msg("The file is not what review.json says."),
        "SIGNATURE_MISSING": msg("The statement has no signature beside it."),
        "STATEMENT_MISSING": msg("The signature has no statement beside it."),
        "STATEMENT_TWICE": msg("The same statement lies here under another name."),
    }[code]
    where = f"{FOLDER}/{name}" if name.isascii() and name.isprintable() else ascii(name)
    return broken(id_, code, words, where=where, area="authentic" if id_ == ID else "decision")

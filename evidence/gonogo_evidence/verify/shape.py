"""Canonical bytes and published shapes, document by document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence import schema
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.review import FOLDER as REVIEW_FOLDER
from gonogo_evidence.review import is_later
from gonogo_evidence.seal import CORE, CORE_FILES, ENVIRONMENT, SEAL
from gonogo_evidence.text import msg
from gonogo_evidence.verify.open import REPORT, REVIEW_JSON, SCHEMAS
from gonogo_evidence.verify.report import Check, every, of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gonogo_evidence.verify.open import UnverifiedPack

CANONICAL = "authentic.canonical"
SCHEMA = "verdict.schema"


def check_canonical(pack: UnverifiedPack) -> Iterable[Check]:
    """Every JSON file of the core, the environment, the seal and the review is in canonical form."""
    paths = tuple(_canonical_paths(pack))
    return every(CANONICAL, _each(pack, paths), msg("{count} JSON files are in canonical form.", count=len(paths)))


def check_seal_shape(pack: UnverifiedPack) -> Iterable[Check]:
    """``seal.json`` has its shape; raises :class:`IntegrityBroken` where not."""
    pack.document(SEAL)
    return ()


def check_schemas(pack: UnverifiedPack) -> Iterable[Check]:
    """Core, validator report and environment have their published shapes; each departure is named."""
    paths = (CORE, REPORT, ENVIRONMENT)
    good = msg("{count} documents have their published shape.", count=len(paths))
    return every(SCHEMA, _departures(pack, paths), good, area="verdict")


def sound(pack: UnverifiedPack) -> bool:
    """Whether every document with a published shape has it, so that other checks may read it without fear."""
    try:
        for path in SCHEMAS:
            if path != REVIEW_JSON or path in pack.entries:
                pack.document(path)
    except GonogoError:
        return False
    return True


def _canonical_paths(pack: UnverifiedPack) -> Iterator[str]:
    yield from (SEAL, ENVIRONMENT, CORE)
    yield from (f"core/{name}" for name in CORE_FILES)
    for name in pack.names(REVIEW_FOLDER):
        if name.endswith(".json") and (is_later(name) or name in {"review.json", "engine.dsse.json"}):
            yield f"{REVIEW_FOLDER}/{name}"


def _each(pack: UnverifiedPack, paths: Iterable[str]) -> Iterator[Check]:
    for path in paths:
        try:
            pack.json(path)
        except GonogoError as error:
            yield of_error(CANONICAL, error, area="authentic")


def _departures(pack: UnverifiedPack, paths: Iterable[str]) -> Iterator[Check]:
    for path in paths:
        for problem in schema.check(SCHEMAS[path], pack.json(path)):
            yield Check(
                SCHEMA,
                "FAIL",
                "SCHEMA_INVALID",
                msg("Not the published shape: {problem}", problem=problem.message),
                where=f"{path} {problem.path}",
                area="verdict",
            )

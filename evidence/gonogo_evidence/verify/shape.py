"""Canonical bytes and published shapes, document by document."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gonogo_evidence import schema
from gonogo_evidence.attest import FOLDER as ATTESTED
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.index.placed import FOLDER as INDEX_FOLDER
from gonogo_evidence.review import FOLDER as REVIEW_FOLDER
from gonogo_evidence.seal import CORE, CORE_FILES, ENVIRONMENT, SEAL
from gonogo_evidence.text import msg
from gonogo_evidence.verify.open import INVENTORY, PLAN, REPORT, REVIEW_JSON, SCHEMAS
from gonogo_evidence.verify.report import Check, broken, every, of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gonogo_evidence.verify.open import UnverifiedPack

CANONICAL = "authentic.canonical"
DECLARED = "authentic.declared"
SCHEMA = "verdict.schema"
PUBLISHED = (CORE, INVENTORY, PLAN, REPORT, ENVIRONMENT)
"""What a run writes down of itself. Seal and review list have their shape or are none."""
MOST = 100
"""Nobody reads more."""
FOLDERS = (ATTESTED, REVIEW_FOLDER, INDEX_FOLDER)
"""Folders in which every JSON file is ours."""


def check_canonical(pack: UnverifiedPack) -> Iterable[Check]:
    """Every JSON file that gonogo writes is in canonical form: core, environment, seal, attestations, review, index.

    Payload is not looked into: what a tool wrote has the form of that tool.
    """
    paths = tuple(_canonical_paths(pack))
    return every(CANONICAL, _each(pack, paths), msg("{count} JSON files are in canonical form.", count=len(paths)))


def check_declared(pack: UnverifiedPack) -> Iterable[Check]:
    """No document of the core, nor ``environment.json``, has a field that its published shape does not name.

    A closed world inside the files as among them: no check read such a field, and every digest covers it.
    """
    good = msg("{count} documents have no field that their published shape does not name.", count=len(PUBLISHED))
    return every(DECLARED, _undeclared(pack), good)


def check_schemas(pack: UnverifiedPack) -> Iterable[Check]:
    """The documents of the core, and the environment, have their published shapes; each departure is named."""
    good = msg("{count} documents have their published shape.", count=len(PUBLISHED))
    return every(SCHEMA, _departures(pack), good, area="verdict")


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
    for folder in FOLDERS:
        yield from (f"{folder}/{name}" for name in pack.names(folder) if name.endswith(".json"))


def _each(pack: UnverifiedPack, paths: Iterable[str]) -> Iterator[Check]:
    for path in paths:
        try:
            pack.json(path)
        except GonogoError as error:
            yield of_error(CANONICAL, error, area="authentic")


def _undeclared(pack: UnverifiedPack) -> Iterator[Check]:
    words = msg("The published shape of the document does not name this field.")
    for path in PUBLISHED:
        if not pack.problems(path):
            continue
        for place in islice(schema.undeclared(SCHEMAS[path], pack.json(path)), MOST):
            yield broken(DECLARED, "FIELD_UNDECLARED", words, where=f"{path} {place}")


def _departures(pack: UnverifiedPack) -> Iterator[Check]:
    for path in PUBLISHED:
        for problem in pack.departures(path):
            yield Check(
                SCHEMA,
                "FAIL",
                "SCHEMA_INVALID",
                msg("Not the published shape: {problem}", problem=problem.message),
                where=f"{path} {problem.path}",
                area="verdict",
            )

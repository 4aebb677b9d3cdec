"""SLSA Provenance v1 of a run: what it was asked, what it read, what it made, and when.

The subject is what the run made: the core, and the payload by its Merkle root (the one of ``seal.json``), file by file
too where they are few. Logs, transcripts and the environment are by-products.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote

from gonogo_evidence import seal
from gonogo_evidence.attest.parts import dependencies, file_of, frame, listing, mapping, picked, words
from gonogo_evidence.ids import Digest
from gonogo_evidence.single_file import INPUT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gonogo_evidence.ids import JSON, JSONObject

PREDICATE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "urn:gonogo:layer-run:v1"
BUILDER: Final = "urn:gonogo:engine:v1"
MERKLE: Final = "rfc6962Sha256"
"""The digest's name for a tree hash: it is no SHA-256 of a file."""
LOGS: Final = ("data/logs/", "data/transcripts/")
FEW: Final = 500
"""Up to so many payload files are named one by one; the root names them all in any case."""
NOT_PARAMETERS: Final = frozenset({"config", "locks"})
"""Inputs that are files: they are dependencies."""


def statement(documents: Mapping[str, JSONObject], digests: Mapping[str, Digest]) -> bytes:
    """The statement's canonical bytes, from the sealed documents and the digests of their bytes."""
    core, environment = documents[seal.CORE], documents[seal.ENVIRONMENT]
    payload = tuple(_payload(environment))
    return frame(
        PREDICATE,
        list(_subject(payload, digests)),
        {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": _parameters(core),
                "internalParameters": picked(environment, {"isolation": "isolation", "mode": "mode", "trust": "trust"}),
                "resolvedDependencies": dependencies(core),
            },
            "runDetails": {
                "builder": {"id": BUILDER, "version": _versions(environment)},
                "metadata": _metadata(environment),
                "byproducts": [file_of(seal.ENVIRONMENT, digests), *_byproducts(environment)],
            },
        },
    )


def _subject(payload: tuple[seal.Entry, ...], digests: Mapping[str, Digest]) -> Iterator[JSONObject]:
    for path in digests:
        if path != seal.ENVIRONMENT:
            yield file_of(path, digests)
    yield {"name": "data", "digest": {MERKLE: seal.data_root(payload)}}
    products = [entry for entry in payload if not entry.path.startswith(LOGS)]
    for entry in products if len(products) <= FEW else ():
        yield {"name": entry.path, "digest": {"sha256": entry.sha256}}


def _parameters(core: JSONObject) -> dict[str, JSON]:
    names = [*(name for name in INPUT_FIELDS if name not in NOT_PARAMETERS), "seed"]
    return {name: core[name] for name in names if name in core}


def _versions(environment: JSONObject) -> dict[str, JSON]:
    found = {name: value for name, value in mapping(environment.get("tools")).items() if isinstance(value, str)}
    return {**found, "gonogo": words(environment, "gonogo_version")}


def _metadata(environment: JSONObject) -> dict[str, JSON]:
    times = picked(environment, {"startedOn": "started", "finishedOn": "finished"})
    return {"invocationId": f"urn:gonogo:run:{quote(words(environment, 'run_id'), safe='')}", **times}


def _byproducts(environment: JSONObject) -> Iterable[JSONObject]:
    logs = [item for item in _files(environment) if words(item, "path").startswith(LOGS)]
    for item in logs if len(logs) <= FEW else ():
        yield {
            "name": words(item, "path"),
            "digest": {"sha256": words(item, "sha256")},
            "mediaType": words(item, "media_type"),
        }


def _payload(environment: JSONObject) -> Iterator[seal.Entry]:
    for item in _files(environment):
        size = item.get("size")
        yield seal.Entry(words(item, "path"), Digest(words(item, "sha256")), size if isinstance(size, int) else 0)


def _files(environment: JSONObject) -> list[JSONObject]:
    return [cast("JSONObject", item) for item in listing(environment.get("data_files")) if isinstance(item, dict)]

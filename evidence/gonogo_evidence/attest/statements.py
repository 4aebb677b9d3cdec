"""The statements of a pack, each a pure function of the sealed core and environment.

Because they are derived, nobody can attest anything else than what was sealed: ``verify`` derives them again and
compares the payloads byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_evidence.attest import provenance, results, verdict
from gonogo_evidence.attest.parts import REPORT, gates_of
from gonogo_evidence.canonical import digest_of, loads_object
from gonogo_evidence.seal import CORE, CORE_FILES, ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_evidence.ids import Digest, JSONObject

FOLDER: Final = "attestations"
SUFFIX: Final = ".dsse.json"
SOURCES: Final = (CORE, *(f"core/{name}" for name in CORE_FILES), ENVIRONMENT)
"""The sealed files that the statements are made from."""


def attest(files: Mapping[str, bytes], sign: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """The envelopes of a pack by their path in it.

    Args:
        files: sealed bytes by path, at least :data:`SOURCES`.
        sign: makes the DSSE envelope over a statement (payload type ``application/vnd.in-toto+json``).

    Raises:
        IntegrityBroken: a source is not canonical JSON.
    """
    return {f"{FOLDER}/{name}": sign(statement) for name, statement in statements(files).items()}


def statements(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The statements by the names of their envelopes: ``provenance``, ``test-result-<gate>``, ``verdict``.

    Raises:
        IntegrityBroken: a source is not canonical JSON.
    """
    documents = {path: loads_object(files[path]) for path in SOURCES}
    return derive(documents, {path: digest_of(files[path]) for path in SOURCES})


def derive(documents: Mapping[str, JSONObject], digests: Mapping[str, Digest]) -> dict[str, bytes]:
    """The same from documents that were read already, and the digests of their bytes, in :data:`SOURCES`' order."""
    core = documents[CORE]
    made = {"provenance": provenance.statement(documents, digests)}
    gates = gates_of(documents[REPORT])
    told = results.statements((gate for _, gate in gates), core, digests)
    made.update((f"test-result-{name}", statement) for (name, _), statement in zip(gates, told, strict=True))
    made["verdict"] = verdict.statement(documents, digests)
    return {f"{name}{SUFFIX}": statement for name, statement in made.items()}

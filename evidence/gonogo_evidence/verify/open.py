"""A pack as it lies there, opened but not believed.

Each metadata file is read once and kept, so that what was hashed is what is parsed. The listing is taken once, without
following links.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gonogo_evidence import schema
from gonogo_evidence.canonical import MAX_BYTES, digest_of, loads_object
from gonogo_evidence.errors import BadInput, Failed, Inconclusive, IntegrityBroken
from gonogo_evidence.files import hash_file, read_bytes
from gonogo_evidence.review import FOLDER as REVIEW_FOLDER
from gonogo_evidence.review import REVIEW
from gonogo_evidence.seal import CORE, ENVIRONMENT, MANIFEST, SEAL, Entry, parse_manifest
from gonogo_evidence.text import msg
from gonogo_evidence.verify.listing import lies, list_folder, no_permission, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gonogo_evidence.ids import JSON, Digest, JSONObject
    from gonogo_evidence.verify.listing import Kind

REVIEW_JSON = f"{REVIEW_FOLDER}/{REVIEW}"
REPORT, INVENTORY, PLAN = (f"core/{name}" for name in ("validator-report.json", "inventory.json", "run-plan.json"))
SCHEMAS: Mapping[str, schema.Name] = {
    SEAL: "seal",
    CORE: "pack",
    INVENTORY: "inventory",
    PLAN: "run-plan",
    REPORT: "validator-report",
    ENVIRONMENT: "environment",
    REVIEW_JSON: "review",
}
"""The documents whose shape is published, by their path."""
VERSIONED = tuple(path for path in SCHEMAS if path != REVIEW_JSON)
"""Documents of which a later version is told from a change: all that the engine attested. Only people sign the rest."""
SHAPE_IS_INTEGRITY = (SEAL, REVIEW_JSON)
"""Documents that only digests stand in: another shape is no bad run, it is no seal."""


@dataclass(slots=True)
class UnverifiedPack:
    """A folder that claims to be a pack. Nothing read from it is proven; the report says what was."""

    folder: Path
    entries: Mapping[str, Kind]
    """Everything below the folder by relative path."""
    _bytes: dict[str, bytes] = field(default_factory=dict)
    _documents: dict[str, JSONObject] = field(default_factory=dict)
    _hashes: dict[str, Entry] = field(default_factory=dict)
    _problems: dict[str, list[schema.SchemaProblem]] = field(default_factory=dict)
    _manifest: Mapping[str, Digest] | None = None
    _payload: tuple[str, ...] | None = None
    _paths: list[str] = field(default_factory=list)
    """The entries in order."""

    def read(self, path: str) -> bytes:
        """The bytes of one metadata file, at most 64 MiB, read once.

        Raises:
            IntegrityBroken: it is not there, is no regular file, or is too large.
            Inconclusive: it may not be read, or the system had nothing left to read it with.
        """
        if path not in self._bytes:
            self._must_be_a_file(path)
            try:
                self._bytes[path] = read_bytes(self.folder / path, limit=MAX_BYTES)
            except BadInput as error:
                raise IntegrityBroken("PACK_FILE_UNUSABLE", error.what, where=path) from error
            except Inconclusive as error:
                if error.code == "FILE_NOT_READABLE":
                    raise no_permission(path) from error
                error.where = path
                raise
            except IntegrityBroken as error:
                raise IntegrityBroken("PACK_FILE_UNUSABLE", error.what, where=path) from error
        return self._bytes[path]

    def json(self, path: str) -> JSONObject:
        """A canonical JSON object.

        Raises:
            IntegrityBroken: any other bytes.
            Inconclusive: ``PACK_TOO_NEW``: a later version of this document, which nobody here knows how to read.
        """
        if path not in self._documents:
            try:
                value = loads_object(self.read(path))
            except IntegrityBroken as error:
                error.where = path + error.where.removeprefix("$") if error.where.startswith("$") else path
                raise
            if path in VERSIONED and is_later(value.get("schema"), f"gonogo/{SCHEMAS[path]}/v"):
                words = msg("The document has a version that is not known here: {schema}.", schema=str(value["schema"]))
                step = msg("Verify it with a newer gonogo.")
                raise Inconclusive("PACK_TOO_NEW", words, where=path, next_step=step)
            self._documents[path] = value
        return self._documents[path]

    def document(self, path: str) -> JSONObject:
        """A canonical object that has the published shape.

        Raises:
            IntegrityBroken: not canonical; or a seal or review list of another shape.
            Failed: a core or environment file of another shape.
        """
        value = self.json(path)
        problems = self.departures(path)
        if not problems:
            return value
        first = problems[0]
        words = msg("{count} departures from the schema, the first: {first}", count=len(problems), first=first.message)
        where = f"{path} {first.path}"
        if path in SHAPE_IS_INTEGRITY:
            raise IntegrityBroken("SEAL_SHAPE", words, where=where)
        raise Failed("SCHEMA_INVALID", words, where=where)

    def problems(self, path: str) -> list[schema.SchemaProblem]:
        """All that its published schema says against the document, looked for once."""
        if path not in self._problems:
            self._problems[path] = schema.check(SCHEMAS[path], self.json(path))
        return self._problems[path]

    def departures(self, path: str) -> list[schema.SchemaProblem]:
        """Where the document departs from its published shape.

        Fields that no shape names are an answer of their own (``authentic.declared``): they are left out, save where
        digests alone stand in the document, and where there are so many that nobody looked at all of it.
        """
        found = self.problems(path)
        if path in SHAPE_IS_INTEGRITY or len(found) == schema.MOST_PROBLEMS:
            return found
        return [problem for problem in found if not problem.undeclared]

    def hash(self, path: str) -> Entry:
        """Digest and size of one file, hashed once: payload is streamed, of the rest the bytes are kept."""
        entry = self._hashes.get(path)
        if entry is None:
            entry = self._hashes[path] = self._stream(path) if path.startswith("data/") else self._kept(path)
        return entry

    def keep(self, entries: Mapping[str, Entry]) -> None:
        """Take over what many files hash to, by path, so that no later check hashes them again."""
        self._hashes.update(entries)

    @property
    def manifest(self) -> Mapping[str, Digest]:
        """The sealed files and their digests as the manifest lists them."""
        if self._manifest is None:
            self._manifest = parse_manifest(self.read(MANIFEST))
        return self._manifest

    @property
    def payload(self) -> tuple[str, ...]:
        """The sealed paths below ``data/``, in order."""
        if self._payload is None:
            self._payload = tuple([path for path in self.manifest if path.startswith("data/")])
        return self._payload

    def hashed(self, paths: Iterable[str]) -> list[Entry | None]:
        """What is known already of many files; of one that was not hashed, or could not be, None."""
        return [*map(self._hashes.get, paths)]

    @property
    def pack_digest(self) -> Digest:
        """SHA-256 of ``seal.json`` as it lies there."""
        return self.hash(SEAL).sha256

    @property
    def core_digest(self) -> Digest:
        """SHA-256 of ``core/pack.json`` as it lies there."""
        return self.hash(CORE).sha256

    @property
    def review_digest(self) -> Digest | None:
        """SHA-256 of ``review/review.json`` as it lies there; None where there is no review."""
        return self.hash(REVIEW_JSON).sha256 if REVIEW_JSON in self.entries else None

    @property
    def pack_id(self) -> str:
        """The name that the seal carries."""
        return str(self.document(SEAL)["pack_id"])

    def names(self, folder: str) -> tuple[str, ...]:
        """The names directly below ``folder``, in order."""
        prefix, after = f"{folder}/", f"{folder}0"  # the character after the slash
        if not self._paths:
            self._paths = sorted(self.entries)
        below = self._paths[bisect_left(self._paths, prefix) : bisect_left(self._paths, after)]
        return tuple(path[len(prefix) :] for path in below if "/" not in path[len(prefix) :])

    def _kept(self, path: str) -> Entry:
        data = self.read(path)
        return Entry(path, digest_of(data), len(data))

    def _stream(self, path: str) -> Entry:
        self._must_be_a_file(path)
        try:
            return Entry(path, *hash_file(self.folder / path))
        except OSError as error:
            raise unreadable(error, path) from error

    def _must_be_a_file(self, path: str) -> None:
        kind = self.entries.get(path)
        if kind is None:
            raise IntegrityBroken("PACK_FILE_MISSING", msg("The file is missing."), where=path)
        if kind != "file":
            raise IntegrityBroken("PACK_NOT_REGULAR", msg("Only regular files may lie in a pack."), where=path)


def is_later(schema: JSON, name: str) -> bool:
    """Whether a document names itself as this one in a version after the first."""
    return isinstance(schema, str) and re.fullmatch(re.escape(name) + "([2-9]|[1-9][0-9]{1,3})", schema) is not None


def open_pack(folder: Path) -> UnverifiedPack:
    """List the folder, by its own name and place: ``.``, ``..`` and a link to a pack are that pack.

    Raises:
        BadInput: there is no pack at all.
        IntegrityBroken: a listing without end, or one that cannot be read.
        Inconclusive: it may not be read, or the system had nothing left to read it with.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - which says no, instead of raising, where a folder may not be entered
        raise BadInput("PACK_NOT_FOUND", msg("There is no pack folder here."), where=str(folder))
    try:
        there = any(lies(folder / name) for name in (SEAL, MANIFEST, CORE))
        entries = list_folder(folder) if there else {}
    except OSError as error:
        raise unreadable(error, error.filename or str(folder)) from error
    if not there:
        raise BadInput(
            "NOT_A_PACK",
            msg("The folder holds neither seal.json nor manifest-sha256.txt nor core/pack.json: it is no pack."),
            where=str(folder),
        )
    return UnverifiedPack(folder.resolve(), entries)

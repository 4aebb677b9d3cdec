"""The seal: what ``manifest-sha256.txt`` and ``seal.json`` say about the files of a pack, and the statement over it.

``pack_digest`` is the SHA-256 of ``seal.json``; people sign and quote it. The manifest is in the form that
``sha256sum -c --strict`` reads, so that a stranger needs nothing of ours to check the bytes.
"""

from __future__ import annotations

import re
import string
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, cast

from gonogo_evidence import merkle
from gonogo_evidence.canonical import MAX_BYTES, digest_of, dumps
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.files import MAX_PATH, check_path, read_bytes
from gonogo_evidence.ids import Digest, JSONObject, PackId
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SEAL = "seal.json"
MANIFEST = "manifest-sha256.txt"
CORE = "core/pack.json"
ENVIRONMENT = "environment.json"
SUMMARY = "SUMMARY.md"
CORE_FILES = ("inventory.json", "run-plan.json", "validator-report.json")
"""What lies beside pack.json in ``core/`` and is named in it by digest."""

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
SEAL_PREDICATE = "urn:gonogo:seal:v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"

_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")
_HEX = b"0123456789abcdef"
_PATH = f"{string.ascii_letters}{string.digits}._@+=-/\n".encode()
"""What may stand in digests, and in paths: taken away, nothing is left."""
_MARKS = bytes.maketrans(b"/-", b"..")
"""Every mark as a point: an empty part, or one with a point or hyphen at its end, is then two points together."""


class Entry(NamedTuple):
    """One sealed file."""

    path: str
    """Relative to the pack, POSIX, of the charset of :func:`gonogo_evidence.files.check_path`."""
    sha256: Digest
    size: int
    """Bytes."""


def render_manifest(entries: Iterable[Entry]) -> bytes:
    """The manifest's bytes: a line a file, sorted by path."""
    ordered = sorted(entries, key=lambda entry: entry.path)
    return "".join(f"{entry.sha256}  {entry.path}\n" for entry in ordered).encode()


def parse_manifest(data: bytes) -> Mapping[str, Digest]:
    """Read a manifest: known form, safe paths, sorted, none twice, at least one; else :class:`IntegrityBroken`."""
    if not data.isascii():
        raise IntegrityBroken("MANIFEST_FORM", msg("The manifest holds bytes outside ASCII."), where=MANIFEST)
    text = data.decode("ascii")
    return _at_once(text) or _line_by_line(text)


def _at_once(text: str) -> Mapping[str, Digest]:
    """A manifest in which everything is right, looked at as a whole; of any other, nothing.

    The bounds of :func:`gonogo_evidence.files.check_path`: no part of a path is empty, begins with a point or a hyphen,
    or ends with a point. A few good names look wrong here (``a--b``): they are looked at one by one.
    """
    words = text.split()
    digests, paths = words[::2], words[1::2]
    joined = "/\n/".join(["", *paths, ""]).encode()
    if (
        not paths
        or "".join([f"{digest}  {path}\n" for digest, path in zip(digests, paths, strict=False)]) != text
        or set(map(len, digests)) != {64}
        or "".join(digests).encode().translate(None, _HEX)
        or joined.translate(None, _PATH)
        or b".." in joined.translate(_MARKS)
        or max(map(len, paths)) > MAX_PATH
    ):
        return {}
    listed = dict(zip(paths, cast("list[Digest]", digests), strict=True))
    return listed if paths == sorted(listed) else {}


def _line_by_line(text: str) -> Mapping[str, Digest]:
    listed: dict[str, Digest] = {}
    position, previous = 0, ""
    while position < len(text):
        line = _LINE.match(text, position)
        if line is None:
            raise IntegrityBroken(
                "MANIFEST_FORM",
                msg("Line {line} of the manifest is not of the form that sha256sum writes.", line=len(listed) + 1),
                where=MANIFEST,
            )
        path = check_path(line[2])
        if path <= previous:
            raise IntegrityBroken(
                "MANIFEST_ORDER",
                msg("The manifest is not sorted, or names a path twice: {path}", path=path),
                where=path,
            )
        listed[path] = Digest(line[1])
        position, previous = line.end(), path
    if not listed:
        raise IntegrityBroken("MANIFEST_EMPTY", msg("The manifest names no file."), where=MANIFEST)
    return listed


def data_root(entries: Iterable[Entry]) -> Digest:
    """RFC 6962 tree hash over the canonical ``{"path","sha256","size"}`` of each file below ``data/``, by path."""
    chosen = sorted([entry for entry in entries if entry.path.startswith("data/")])
    if "".join(map(itemgetter(0), chosen)).encode().translate(None, _PATH):
        return merkle.root([dumps({"path": path, "sha256": digest, "size": size}) for path, digest, size in chosen])
    # what ``dumps`` would write of such names, without asking it
    return merkle.root(
        [f'{{"path":"{path}","sha256":"{digest}","size":{size}}}'.encode() for path, digest, size in chosen]
    )


def attestations(entries: Iterable[Entry]) -> dict[str, Digest]:
    """The digests that the seal repeats for ``attestations/*``, by path."""
    return {path: digest for path, digest, _ in entries if path.startswith("attestations/")}


def build_seal(pack_id: PackId, entries: Iterable[Entry], *, summary_renderer: str) -> bytes:
    """The bytes of ``seal.json`` for the sealed files (manifest and seal are not among ``entries``)."""
    chosen = tuple(entries)
    digests = {entry.path: entry.sha256 for entry in chosen}
    return dumps(
        {
            "attestations": attestations(chosen),
            "core_digest": digests[CORE],
            "counts": {"bytes": sum(entry.size for entry in chosen), "files": len(chosen)},
            "data_root": data_root(chosen),
            "environment_digest": digests[ENVIRONMENT],
            "manifest_digest": digest_of(render_manifest(chosen)),
            "pack_id": pack_id,
            "schema": "gonogo/seal/v1",
            "summary_renderer": summary_renderer,
        }
    )


def pack_digest(folder: Path) -> Digest:
    """SHA-256 of ``seal.json`` as it lies there now. Raises :class:`GonogoError` where there is none to read."""
    return digest_of(read_bytes(folder / SEAL, limit=MAX_BYTES))


def seal_statement(pack_id: str, *, pack_digest: Digest, core_digest: Digest) -> bytes:
    """The in-toto statement that the engine signs over a seal; its payload type is :data:`PAYLOAD_TYPE`."""
    statement: JSONObject = {
        "_type": STATEMENT_TYPE,
        "predicate": {"core_digest": core_digest},
        "predicateType": SEAL_PREDICATE,
        "subject": [{"digest": {"sha256": pack_digest}, "name": pack_id}],
    }
    return dumps(statement)

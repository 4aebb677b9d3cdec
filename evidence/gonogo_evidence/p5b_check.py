"""Is a pointer manifest (``p5b.evidence_pack.v0``) well made, and are the files it names still those bytes?

:func:`check` is strict: a name that leads out of the base folder, a name twice, a link, another schema version are
refused. :func:`check_compat` gives the predecessor's own verdict, exit code and line.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from gonogo_evidence.canonical import MAX_BYTES
from gonogo_evidence.ep_json import ValidationReport, read_document
from gonogo_evidence.ep_rules import Problem, is_timestamp
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import hash_file, read_bytes
from gonogo_evidence.p5b import INDEX, KIND, SCHEMA
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gonogo_evidence.ep_rules import Document

HEX = frozenset("0123456789abcdef")
DIGEST_LENGTH = 64


def read_manifest(path: Path) -> Document | ValidationReport:
    """The object in a manifest, or a report of why there is none. Raises ``BadInput`` where no file can be read."""
    return read_document(path, suffix=".json")


def check(path: Path) -> ValidationReport:
    """Check a manifest and hash every file that it names. Raises ``BadInput`` where there is no manifest to read."""
    document = read_manifest(path)
    if isinstance(document, ValidationReport):
        return document
    meta = document.get("meta")
    if not isinstance(meta, dict):
        return _failed("P5B_META", "$.meta", msg("meta is missing or no object."))
    head = cast("Document", meta)
    errors = list(_head(head))
    missing = () if head.get("created_at_utc") else ("meta.created_at_utc",)
    files = _list(document.get("files"))
    if not files:
        errors.append(Problem("P5B_EMPTY", "$.files", msg("No file is named: an empty pack proves nothing.")))
        return ValidationReport(tuple(errors), (), missing)
    entries, broken = _entries(files)
    errors += broken
    if all(problem.path != "$.meta.base_dir" for problem in errors):
        base = base_of(path, head).resolve()
        errors += [problem for at, entry in entries for problem in _file(base, at, entry)]
    return ValidationReport(tuple(errors), tuple(_warnings(path, head, len(files))), missing)


def base_of(path: Path, meta: Document) -> Path:
    """The folder that a manifest's names are relative to; where it says none, the one above the pack's."""
    folder = path.absolute().parent
    named = meta.get("base_dir")
    return folder / named if isinstance(named, str) and named else folder.parent


def named_files(document: Document) -> list[tuple[str, str]]:
    """Name and SHA-256 of each file of a manifest that :func:`check` has passed."""
    files = cast("Sequence[Document]", document["files"])
    return [(str(entry["relpath"]), str(entry["sha256"])) for entry in files]


def check_compat(path: Path) -> tuple[int, str]:
    """The predecessor's exit code (0, 2, or 1 where it fell over) and the line that it printed."""
    try:
        document = read_manifest(path)
    except GonogoError as error:
        return 1, str(error)
    if isinstance(document, ValidationReport):
        if document.errors[0].code == "EP_UNREADABLE":
            return 1, str(document.errors[0].message)
        return 2, "VALIDATION_FAIL: manifest must be a JSON object"
    try:
        reason = next(_compat(path, document), None)
    except (OSError, ValueError) as error:
        return 1, str(error)
    return (0, "VALIDATION_OK") if reason is None else (2, f"VALIDATION_FAIL: {reason}")


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _failed(code: str, path: str, words: Text) -> ValidationReport:
    return ValidationReport((Problem(code, path, words),), (), ())


def _head(meta: Document) -> Iterator[Problem]:
    if meta.get("kind") != KIND:
        yield Problem("P5B_KIND", "$.meta.kind", msg("kind must be evidence_pack."))
    if meta.get("schema_version") != SCHEMA:
        words = msg("schema_version must be {known}.", known=SCHEMA)
        yield Problem("P5B_VERSION", "$.meta.schema_version", words)
    pack_id = meta.get("pack_id")
    if not isinstance(pack_id, str) or not pack_id.strip():
        yield Problem("P5B_PACK_ID", "$.meta.pack_id", msg("pack_id is missing or blank."))
    base = meta.get("base_dir")
    if base is not None and (not isinstance(base, str) or "\0" in base):
        yield Problem("P5B_BASE", "$.meta.base_dir", msg("base_dir is no path."))
    if meta.get("created_at_utc") and not is_timestamp(meta["created_at_utc"]):
        yield Problem("P5B_TIME", "$.meta.created_at_utc", msg("This is not an ISO 8601 time."))


def _entries(files: Sequence[object]) -> tuple[list[tuple[str, Document]], list[Problem]]:
    """The entries that can be looked up, and what is wrong with the others."""
    good: list[tuple[str, Document]] = []
    broken: list[Problem] = []
    seen: set[str] = set()
    for index, item in enumerate(files):
        at = f"$.files[{index}]"
        entry: Document = cast("Document", item) if isinstance(item, dict) else {}
        found = list(_shape(entry, at))
        name = str(entry.get("relpath"))
        if not found and name in seen:
            found = [Problem("P5B_TWICE", f"{at}.relpath", msg("{path} is named twice.", path=ascii(name)[1:-1]))]
        seen.add(name)
        broken += found
        if not found:
            good.append((at, entry))
    return good, broken


def _shape(entry: Document, at: str) -> Iterator[Problem]:
    name, size, digest = entry.get("relpath"), entry.get("bytes"), entry.get("sha256")
    if not isinstance(name, str) or "\0" in name or any(part in {"", ".", ".."} for part in name.split("/")):
        words = msg("A file is named relative to the base folder, without '.' and '..' in its path.")
        yield Problem("P5B_PATH", f"{at}.relpath", words)
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        yield Problem("P5B_BYTES", f"{at}.bytes", msg("The size is a count of bytes."))
    if not isinstance(digest, str) or len(digest) != DIGEST_LENGTH or not HEX.issuperset(digest):
        yield Problem("P5B_SHA256", f"{at}.sha256", msg("The digest is a SHA-256 of 64 lower-case hex digits."))


def _file(base: Path, at: str, entry: Document) -> Iterator[Problem]:
    name = str(entry["relpath"])
    path, shown = base / name, ascii(name)[1:-1]
    try:
        if path.resolve() != path:
            yield Problem("P5B_LINK", at, msg("{path} is reached through a link.", path=shown))
            return
        digest, size = hash_file(path)
    except FileNotFoundError:
        yield Problem("P5B_MISSING", at, msg("{path} is missing.", path=shown))
    except (OSError, RuntimeError, ValueError, GonogoError):
        yield Problem("P5B_UNREADABLE", at, msg("{path} cannot be read as a regular file.", path=shown))
    else:
        if size != entry["bytes"]:
            words = msg("{path} has {size} bytes instead of {named}.", path=shown, size=size, named=str(entry["bytes"]))
            yield Problem("P5B_SIZE", at, words)
        elif digest != entry["sha256"]:
            yield Problem("P5B_CHANGED", at, msg("{path} holds other bytes than were named.", path=shown))


def _warnings(path: Path, meta: Document, count: int) -> Iterator[Problem]:
    base = meta.get("base_dir")
    if isinstance(base, str) and base.startswith("/"):
        words = msg("base_dir is an absolute path: the pack can be checked on this machine only.")
        yield Problem("P5B_NOT_PORTABLE", "$.meta.base_dir", words)
    index = path.absolute().parent / INDEX
    if os.path.lexists(index):
        listed = read_manifest(index) if _small(index) else None
        expected = {"count": count, "created_at_utc": meta.get("created_at_utc"), "pack_id": meta.get("pack_id")}
        if listed is None or isinstance(listed, ValidationReport) or {**listed} != expected:
            yield Problem("P5B_INDEX", INDEX, msg("index.json beside the manifest says something else."))
    words = msg("A manifest holds digests only: run_reason, operator_id, git_ref and the verdict are not in it.")
    yield Problem("P5B_NO_RUN", "$", words)


def _small(path: Path) -> bool:
    try:
        read_bytes(path, limit=MAX_BYTES)
    except (OSError, GonogoError):
        return False
    return True


def _compat(path: Path, document: Document) -> Iterator[str]:
    """The predecessor's reasons, in its order."""
    meta, files = document.get("meta"), _list(document.get("files"))
    if not isinstance(meta, dict):
        yield "meta must be dict"
        return
    head = cast("Document", meta)
    if head.get("kind") != KIND:
        yield "meta.kind must be evidence_pack"
    for name in ("schema_version", "pack_id"):
        value = head.get(name)
        if not isinstance(value, str) or not value:
            yield f"meta.{name} must be a non-empty string"
    if not files:
        yield "files must be a non-empty list"
        return
    entries = [cast("Document", entry) for entry in files if isinstance(entry, dict)]
    if len(entries) != len(files):
        yield "files entries must be dict"
    for entry in entries:
        size, digest = entry.get("bytes"), entry.get("sha256")
        if not isinstance(entry.get("relpath"), str):
            yield "relpath must be str"
        if not isinstance(size, int) or size < 0:
            yield "bytes must be non-negative int"
        if not isinstance(digest, str) or len(digest) != DIGEST_LENGTH:
            yield "sha256 must be 64-hex string"
    base = base_of(path, head).resolve()
    for entry in entries:
        yield from _compat_file((base / str(entry["relpath"])).resolve(), entry)


def _compat_file(path: Path, entry: Document) -> Iterator[str]:
    if not path.exists():
        yield f"missing file: {path}"
        return
    if path.stat().st_size != entry["bytes"]:
        yield f"size mismatch: {path}"
    elif hash_file(path)[0] != entry["sha256"]:
        yield f"sha256 mismatch: {path}"

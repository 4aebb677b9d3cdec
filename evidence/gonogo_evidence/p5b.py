"""The pointer manifest of the predecessor (``p5b.evidence_pack.v0``): which files, how large, which SHA-256.

``pack_<ID>/manifest.json`` and ``index.json``, byte for byte in its form: indented by two, keys sorted, a newline at
the end. The files themselves stay where they are. What it skipped in silence is refused here.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, Failed, Inconclusive, IntegrityBroken
from gonogo_evidence.files import hash_file, read_bytes, write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

KIND: Final = "evidence_pack"
SCHEMA: Final = "p5b.evidence_pack.v0"
PINNED: Final = "2026-02-11T12:00:00Z"
"""The time that ``--deterministic`` stands for."""
MANIFEST: Final = "manifest.json"
INDEX: Final = "index.json"
MAX_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Generated:
    """A manifest that lies on the disk."""

    manifest: Path
    """Absolute."""
    index: Path
    count: int
    """Files that it names."""


def encode(value: object) -> bytes:
    """The predecessor's JSON: two blanks a level, sorted keys, ASCII, a newline at the end."""
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


def generate(
    base_dir: Path, inputs: Sequence[Path], out_root: Path, *, pack_id: str, created_at: str, compat: bool = False
) -> Generated:
    """Hash every file of ``inputs`` (folders with all below them) and write the manifest and its index.

    Args:
        base_dir: what the names in the manifest are relative to.
        inputs: files and folders; links are resolved, each file counts once.
        out_root: the pack becomes the folder ``pack_<pack_id>`` in it.
        pack_id: without the ``pack_``.
        created_at: ISO 8601 with ``Z``; :data:`PINNED` for a manifest that comes out the same again.
        compat: as the predecessor: what is missing or strange is skipped, what lies outside ``base_dir`` goes by its
            bare name, no file at all is a pack too, and an older pack of this id is overwritten.

    Raises:
        BadInput: ``EVIDENCE_BASE``, ``EVIDENCE_INPUT_MISSING``, ``EVIDENCE_INPUT_STRANGE``, ``EVIDENCE_OUTSIDE_BASE``,
            ``EVIDENCE_NOTHING``, ``EVIDENCE_PACK_NAME``, ``EVIDENCE_PACK_EXISTS``.
        Inconclusive: no room, or no right to write. What was begun is taken away again.
    """
    if not base_dir.is_dir():
        if compat:  # it fell over there, with 1
            raise Failed("EVIDENCE_BASE", msg("The base folder is not there."), where=str(base_dir))
        raise BadInput("EVIDENCE_BASE", msg("The base folder is not there."), where=str(base_dir))
    base, folder = base_dir.resolve(), out_root.resolve() / f"pack_{_checked(pack_id)}"
    found = {path for given in inputs for path in _files(given, compat=compat)}
    if not compat:
        found = {path for path in found if not path.is_relative_to(folder)}
    if not found and not compat:
        words = msg("There is not one file to name: an empty pack proves nothing.")
        raise BadInput("EVIDENCE_NOTHING", words, where=", ".join(str(path) for path in inputs))
    entries = [_entry(path, _relpath(path, base, compat=compat)) for path in sorted(found)]
    entries.sort(key=lambda entry: str(entry["relpath"]))
    meta = {
        "base_dir": _base_words(base, folder),
        "created_at_utc": created_at,
        "kind": KIND,
        "pack_id": folder.name,
        "schema_version": SCHEMA,
    }
    manifest = encode({"files": entries, "meta": meta})
    index = encode({"count": len(entries), "created_at_utc": created_at, "pack_id": folder.name})
    _write(folder, {INDEX: index, MANIFEST: manifest}, overwrite=compat)
    return Generated(folder / MANIFEST, folder / INDEX, len(entries))


def _checked(pack_id: str) -> str:
    if not pack_id or len(pack_id.encode("utf-8", "replace")) > MAX_ID or "/" in pack_id or not pack_id.isprintable():
        words = msg("A pack id is a name of 1 to {most} characters without a slash.", most=MAX_ID)
        raise BadInput("EVIDENCE_PACK_NAME", words, where=ascii(pack_id))
    return pack_id


def _files(given: Path, *, compat: bool) -> Iterator[Path]:
    """The resolved regular files that an input means."""
    try:
        path = given.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:  # not there, a loop of links, a NUL in the name
        if compat:
            return
        words = msg("This input is not there: {path}", path=ascii(str(given))[1:-1])
        next_step = msg("Correct the path, or leave it out; --compat skips it as the predecessor did.")
        raise BadInput("EVIDENCE_INPUT_MISSING", words, where=str(given), next_step=next_step) from error
    if path.is_dir():
        for inside in _below(path, compat=compat):
            yield from _regular(inside, compat=compat)
    else:
        yield from _regular(path, compat=compat)


def _below(folder: Path, *, compat: bool) -> Iterator[Path]:
    """Everything in a folder that is no folder itself. One that may not be opened is an error."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        if compat:
            return
        raise _strange(folder, error.strerror or "") from error
    for path in entries:
        if path.is_dir() and not path.is_symlink():
            yield from _below(path, compat=compat)
        else:
            yield path


def _regular(path: Path, *, compat: bool) -> Iterator[Path]:
    try:
        resolved = path.resolve(strict=True)
        regular = stat.S_ISREG(resolved.stat().st_mode)
    except (OSError, RuntimeError):
        resolved, regular = path, False
    if regular:
        yield resolved
    elif not compat:
        raise _strange(path, "a dangling link, a link to a folder, a pipe or a device")


def _strange(path: Path, reason: str) -> BadInput:
    words = msg("This cannot be hashed and would be missing without a word: {reason}", reason=reason)
    next_step = msg("Take it out of the folder, or name the files one by one.")
    return BadInput("EVIDENCE_INPUT_STRANGE", words, where=ascii(str(path))[1:-1], next_step=next_step)


def _relpath(path: Path, base: Path, *, compat: bool) -> str:
    if path.is_relative_to(base):
        name = path.relative_to(base).as_posix()
    elif compat:
        name = path.name
    else:
        words = msg("The file lies outside the base folder {base}.", base=str(base))
        next_step = msg("Choose a --base-dir that holds all inputs.")
        raise BadInput("EVIDENCE_OUTSIDE_BASE", words, where=str(path), next_step=next_step)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise _strange(path, "its name is not UTF-8") from error
    return name


def _entry(path: Path, relpath: str) -> Mapping[str, object]:
    try:
        digest, size = hash_file(path)
    except (OSError, IntegrityBroken) as error:
        raise _strange(path, getattr(error, "strerror", None) or "it changed while it was read") from error
    return {"bytes": size, "relpath": relpath, "sha256": digest}


def _base_words(base: Path, folder: Path) -> str:
    """Relative where one of the two lies in the other, so that the tree can be moved; else absolute."""
    if folder.is_relative_to(base) or base.is_relative_to(folder):
        return Path(os.path.relpath(base, folder)).as_posix()
    return str(base)


def _holds(path: Path, data: bytes) -> bool:
    """Whether exactly these bytes lie there; a pipe or a huge file is not read to know that it is another."""
    try:
        return read_bytes(path, limit=len(data)) == data
    except (BadInput, Inconclusive, IntegrityBroken):
        return False


def _write(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """All files or none; the manifest is the last. The same manifest again changes nothing."""
    lying = folder / MANIFEST
    if not overwrite and os.path.lexists(lying) and not _holds(lying, files[MANIFEST]):
        words = msg("Another pack of this id lies there; evidence is not overwritten.")
        next_step = msg("Choose another --pack-id.")
        raise BadInput("EVIDENCE_PACK_EXISTS", words, where=str(folder), next_step=next_step)
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    before = {name for name in files if os.path.lexists(folder / name)}
    try:
        with suppress(OSError):  # the writing below says why
            folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            write_atomic(folder / name, data)
    except BaseException:
        for name in files.keys() - before:
            with suppress(OSError):
                (folder / name).unlink()
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise

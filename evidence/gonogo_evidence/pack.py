"""The pack folder: contents in, a sealed folder out, all or nothing.

A pack is made under ``<folder>.partial``, synced once and renamed, so that a reader sees a whole pack or none. Calling
:func:`write_pack` again after a kill removes what was half made, or returns the pack that was already there.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from gonogo_evidence.attest import FOLDER, attest
from gonogo_evidence.canonical import MAX_BYTES, digest_of, dumps, loads_object
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken
from gonogo_evidence.files import check_path, copy_hashed, hash_file, no_room, read_bytes, sync, sync_tree
from gonogo_evidence.ids import JSON, Digest, JSONObject, PackId
from gonogo_evidence.seal import (
    CORE,
    CORE_FILES,
    ENVIRONMENT,
    MANIFEST,
    SEAL,
    SUMMARY,
    Entry,
    build_seal,
    parse_manifest,
    render_manifest,
)
from gonogo_evidence.single_file import SOURCES, derive, single_file_path
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Determinism: TypeAlias = Literal["bit", "replay", "none"]
"""Whether a re-run gives the same bytes: always; where recorded answers are replayed; no, and the reason says why."""

SEALED_MODE = 0o444


@dataclass(frozen=True, slots=True)
class DataFile:
    """One payload file, to be copied into the pack."""

    path: str
    """Its place in the pack, ``data/...``."""
    source: Path
    """A regular file, opened once, without following a link."""
    media_type: str
    determinism: Determinism
    reason: str
    """Why it is not ``bit``; may be empty only where it is."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All that goes into a pack."""

    pack_id: PackId
    fields: JSONObject
    """The body of ``core/pack.json`` without ``files``."""
    core: Mapping[str, JSON]
    """``run-plan.json``, ``inventory.json`` and ``validator-report.json``."""
    environment: JSONObject
    """The body of ``environment.json`` without ``data_files``."""
    summary: str
    """``SUMMARY.md``, Markdown."""
    summary_renderer: str
    """Name and version of what rendered the summary."""
    data: Sequence[DataFile] = ()
    attestations: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Further envelopes, by the names of their files: those of the roles' workers."""
    sign: Callable[[bytes], bytes] | None = None
    """Makes the DSSE envelope over an in-toto statement; with it, the attestations are made and sealed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A pack that lies complete on the disk."""

    pack_id: PackId
    folder: Path
    core_digest: Digest
    pack_digest: Digest
    files: int
    """Sealed files, without manifest and seal."""
    bytes: int
    """Their size."""


def build_core(fields: JSONObject, core: Mapping[str, JSON]) -> dict[str, bytes]:
    """The core's files by their path in the pack: a pure function, the same bytes in every re-run.

    Args:
        fields: the body of ``core/pack.json`` without ``files``.
        core: ``run-plan.json``, ``inventory.json`` and ``validator-report.json``.
    """
    if set(core) != set(CORE_FILES):
        given = ", ".join(sorted(core))
        raise BadInput(
            "CORE_FILES",
            msg("The core needs exactly {needed}; given: {given}", needed=", ".join(CORE_FILES), given=given),
        )
    if "files" in fields:
        raise BadInput("CORE_FIELD_TAKEN", msg("The field files of core/pack.json is made by the pack itself."))
    files = {name: dumps(core[name]) for name in CORE_FILES}
    named: JSONObject = {name: {"sha256": digest_of(data), "size": len(data)} for name, data in files.items()}
    return {CORE: dumps({**fields, "files": named}), **{f"core/{name}": data for name, data in files.items()}}


def core_digest(files: Mapping[str, bytes]) -> Digest:
    """SHA-256 of ``core/pack.json``, which names every other core file by digest."""
    return digest_of(files[CORE])


def write_pack(folder: Path, contents: Contents) -> Sealed:
    """Make and seal the pack at ``folder`` and the single file beside it. May be called again after a kill.

    Raises:
        Inconclusive: no room, or no right to write (DISK_FULL, CANNOT_WRITE); nothing half-made stays.
        IntegrityBroken: another pack lies there already, or a data file changed while it was copied.
        BadInput: the contents cannot be a pack.
    """
    core = build_core(contents.fields, contents.core)
    paths = _check_data_paths(contents.data)
    partial = _partial(folder)
    try:
        _discard(partial)
        if folder.is_dir() and any(folder.iterdir()):
            sealed = _existing(folder, core_digest(core))
            if not single_file_path(folder).exists():
                write_single_file(folder)
            return sealed
        partial.mkdir(parents=True)
        try:
            sealed = _fill(partial, contents, core, paths)
            single = _derive_single_file(partial, single_file_path(folder))
            sync_tree(partial, single)
            single_file_path(folder).unlink(missing_ok=True)  # of an older pack: it must not outlive the rename
            partial.rename(folder)
            single.replace(single_file_path(folder))
        except BaseException:
            _discard(partial)
            _discard(_partial(single_file_path(folder)))
            raise
        sync(folder.parent)
    except OSError as error:
        raise no_room(error, folder) from error
    return Sealed(sealed.pack_id, folder, sealed.core_digest, sealed.pack_digest, sealed.files, sealed.bytes)


def write_single_file(folder: Path) -> Path:
    """Derive the single-file pack from the sealed folder and put it beside, as ``<folder>.json``; returns its path."""
    path = single_file_path(folder)
    try:
        partial = _derive_single_file(folder, path)
        sync(partial)
        partial.replace(path)
        sync(path.parent)
    except OSError as error:
        raise no_room(error, path) from error
    return path


def _derive_single_file(sealed: Path, path: Path) -> Path:
    """The single file of what lies in ``sealed``, whole, under the name that it has before it is ``path``."""
    data = derive({name: read_bytes(sealed / name, limit=MAX_BYTES) for name in SOURCES})
    partial = _partial(path)
    partial.unlink(missing_ok=True)
    with partial.open("xb") as file:
        file.write(data)
        partial.chmod(SEALED_MODE)
    return partial


def _partial(path: Path) -> Path:
    return path.with_name(path.name + ".partial")


def read_sealed(folder: Path) -> Sealed:
    """Hash a sealed folder again, against its own manifest and seal. Raises :class:`IntegrityBroken` for a difference.

    This answers "is this what was written here"; whether it is to be believed is the question of ``verify``.
    """
    listed = parse_manifest(read_bytes(folder / MANIFEST, limit=MAX_BYTES))
    try:
        entries = [Entry(path, *hash_file(folder / path)) for path in listed]
    except OSError as error:
        raise IntegrityBroken(
            "PACK_FILE_MISSING",
            msg("A sealed file cannot be read: {reason}", reason=error.strerror or ""),
            where=str(folder),
        ) from error
    stored = read_bytes(folder / SEAL, limit=MAX_BYTES)
    seal = loads_object(stored)
    if any(listed[entry.path] != entry.sha256 for entry in entries) or stored != build_seal(
        PackId(str(seal.get("pack_id"))), entries, summary_renderer=str(seal.get("summary_renderer"))
    ):
        raise IntegrityBroken("PACK_CHANGED", msg("A sealed file is not what the seal says."), where=str(folder))
    return _sealed(folder, PackId(str(seal["pack_id"])), entries, stored)


def _existing(folder: Path, expected: Digest) -> Sealed:
    sealed = read_sealed(folder)
    if sealed.core_digest != expected:
        raise IntegrityBroken(
            "PACK_CORE_DIFFERS",
            msg(
                "A pack with another core lies here already: {found} instead of {expected}.",
                found=sealed.core_digest,
                expected=expected,
            ),
            where=str(folder),
        )
    return sealed


def _check_data_paths(data: Sequence[DataFile]) -> tuple[str, ...]:
    seen: set[str] = set()
    for file in data:
        check_path(file.path)
        if not file.path.startswith("data/"):
            raise BadInput("DATA_PATH", msg("Payload lies below data/, not at {path}.", path=file.path))
        if file.determinism not in get_args(Determinism) or (file.determinism != "bit" and not file.reason):
            raise BadInput(
                "DATA_DETERMINISM",
                msg("{path} must say bit, replay or none, and why where it is not bit.", path=file.path),
            )
        if file.path.casefold() in seen:
            raise BadInput("DATA_PATH_TWICE", msg("Two payload files would lie at {path}.", path=file.path))
        seen.add(file.path.casefold())
    return tuple(file.path for file in data)


def _fill(partial: Path, contents: Contents, core: Mapping[str, bytes], paths: Sequence[str]) -> Sealed:
    entries = [_copy(partial, path, file) for path, file in zip(paths, contents.data, strict=True)]
    if "data_files" in contents.environment:
        raise BadInput("ENVIRONMENT_FIELD_TAKEN", msg("The field data_files is made by the pack itself."))
    listed: list[JSON] = [
        {
            "determinism": file.determinism,
            "media_type": file.media_type,
            "path": entry.path,
            "reason": file.reason,
            "sha256": entry.sha256,
            "size": entry.size,
        }
        for file, entry in sorted(zip(contents.data, entries, strict=True), key=lambda pair: pair[1].path)
    ]
    environment = dumps({**contents.environment, "data_files": listed})
    for path, data in {**core, ENVIRONMENT: environment, SUMMARY: contents.summary.encode()}.items():
        entries.append(_put(partial, path, data))
    if contents.sign is not None:
        made = attest({**core, ENVIRONMENT: environment}, contents.sign)
        entries += [_put(partial, path, data) for path, data in made.items()]
    entries += [_put(partial, f"{FOLDER}/{name}", data) for name, data in contents.attestations.items()]
    seal = build_seal(contents.pack_id, entries, summary_renderer=contents.summary_renderer)
    _put(partial, MANIFEST, render_manifest(entries))
    _put(partial, SEAL, seal)
    return _sealed(partial, contents.pack_id, entries, seal)


def _sealed(folder: Path, pack_id: PackId, entries: Sequence[Entry], seal: bytes) -> Sealed:
    core = next(entry.sha256 for entry in entries if entry.path == CORE)
    return Sealed(pack_id, folder, core, digest_of(seal), len(entries), sum(entry.size for entry in entries))


def _put(partial: Path, path: str, data: bytes) -> Entry:
    if len(data) > MAX_BYTES:
        raise BadInput("PACK_FILE_TOO_LARGE", msg("{path} has {size} bytes, too many.", path=path, size=len(data)))
    target = partial / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        file.write(data)
    target.chmod(SEALED_MODE)
    return Entry(path, digest_of(data), len(data))


def _copy(partial: Path, path: str, file: DataFile) -> Entry:
    target = partial / path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        digest, size = copy_hashed(file.source, target)
    except OSError as error:
        if error.filename is not None and os.fspath(error.filename) == os.fspath(file.source):
            raise source_lost(error, file) from error
        raise
    target.chmod(SEALED_MODE)
    return Entry(path, digest, size)


def source_lost(error: OSError, file: DataFile) -> GonogoError:
    """A payload file that was there is gone, or cannot be read any more."""
    return IntegrityBroken(
        "DATA_SOURCE_UNREADABLE",
        msg("{path} cannot be taken into the pack: {reason}", path=file.path, reason=error.strerror or str(error)),
        where=str(file.source),
    )


def _discard(partial: Path) -> None:
    if partial.is_symlink() or partial.is_file():
        partial.unlink()
    elif partial.exists():
        shutil.rmtree(partial)

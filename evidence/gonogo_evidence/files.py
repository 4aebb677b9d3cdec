"""Files, handled so that nothing surprising gets in and nothing half-written stays.

Reading opens once, without following links, and takes regular files only. Writing goes to a temporary name and is
renamed; syncing is a separate act, done once, at the seal.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
from typing import TYPE_CHECKING

from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken
from gonogo_evidence.ids import Digest
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK = 1 << 20
SEGMENT = re.compile(r"[A-Za-z0-9_@+=][A-Za-z0-9._@+=-]*")
MAX_PATH = 1024
FEW = 4
"""Up to so many files are flushed one by one: the rest of the disk need not wait for them."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a system says when there is no room."""
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What it says when it has no descriptor or no memory left: that tells nothing about the file."""


def check_path(path: str) -> str:
    """Return ``path`` if it is safe in a pack: relative, segments of ``[A-Za-z0-9._@+=-]`` without a leading dot."""
    segments = path.split("/")
    if len(path) > MAX_PATH or not all(SEGMENT.fullmatch(part) and not part.endswith(".") for part in segments):
        raise IntegrityBroken("PACK_PATH", msg("This path may not stand in a pack: {path}", path=ascii(path)))
    return path


def slug(name: str) -> str:
    """An ASCII name that is safe in a path, for a principal or another word of people (``Jörg Ö`` gives ``J-rg``)."""
    return re.sub(r"[^A-Za-z0-9._@+=-]+", "-", name).strip("-.") or "unnamed"


def read_bytes(path: Path, *, limit: int) -> bytes:
    """Read one regular file of at most ``limit`` bytes, opened without following a link at its end.

    Raises:
        BadInput: it is not there, or too large.
        IntegrityBroken: a link, no regular file, not to be opened, or changed while it was read.
        Inconclusive: ``FILE_NOT_READABLE``: this user may not; ``SYSTEM_EXHAUSTED``.
    """
    return _read(path, limit, os.O_NOFOLLOW)


def read_brought(path: Path, *, limit: int) -> bytes:
    """Read a file that somebody names on the command line: as :func:`read_bytes`, but a link there is followed.

    Raises:
        BadInput: whatever is wrong with it: a wrong argument says nothing about the evidence.
        Inconclusive: ``SYSTEM_EXHAUSTED``.
    """
    try:
        return _read(path, limit, 0)
    except (Inconclusive, IntegrityBroken) as error:
        if error.code == "SYSTEM_EXHAUSTED":
            raise
        raise BadInput("FILE_UNUSABLE", error.what, where=error.where) from error


def _read(path: Path, limit: int, flags: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | flags)
    except FileNotFoundError as error:
        raise BadInput("FILE_NOT_FOUND", msg("There is no such file."), where=str(path)) from error
    except OSError as error:
        raise _unopened(error, str(path)) from error
    status = _regular(descriptor, path)
    with open(descriptor, "rb", closefd=True) as file:  # noqa: PTH123 - a descriptor, not a path
        if status.st_size > limit:
            raise BadInput(
                "FILE_TOO_LARGE",
                msg("The file has {size} bytes; {limit} are allowed.", size=status.st_size, limit=limit),
                where=str(path),
            )
        data = file.read(status.st_size + 1)
    if len(data) != status.st_size:
        raise IntegrityBroken("FILE_CHANGED", msg("The file changed while it was read."), where=str(path))
    return data


def _unopened(error: OSError, where: str) -> GonogoError:
    """Why a file cannot be opened: only a link in its place, or a fault of the disk, is the file's own."""
    if error.errno in EXHAUSTED:
        return exhausted(error, where=where)
    words = msg("The file cannot be opened: {reason}", reason=error.strerror or "")
    if isinstance(error, PermissionError):
        step = msg("Make it readable for this user, or ask its owner.")
        return Inconclusive("FILE_NOT_READABLE", words, where=where, next_step=step)
    return IntegrityBroken("FILE_IS_A_LINK" if error.errno == errno.ELOOP else "FILE_UNREADABLE", words, where=where)


def copy_hashed(source: Path, target: Path) -> tuple[Digest, int]:
    """Copy one regular file and hash what was copied; size, inode and time must be the same before and after."""
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    before = _regular(descriptor, source)
    hasher, size = hashlib.sha256(), 0
    with open(descriptor, "rb", closefd=True) as file:  # noqa: PTH123 - a descriptor, not a path
        with target.open("xb") as out:
            while chunk := file.read(CHUNK):
                hasher.update(chunk)
                size += len(chunk)
                out.write(chunk)
        after = os.fstat(descriptor)
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
    ) or size != after.st_size:
        raise IntegrityBroken("FILE_CHANGED", msg("The file changed while it was read."), where=str(source))
    return Digest(hasher.hexdigest()), size


def hash_file(path: Path) -> tuple[Digest, int]:
    """SHA-256 and size of one regular file, opened without following a link at its end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    _regular(descriptor, path)
    with open(descriptor, "rb", closefd=True) as file:  # noqa: PTH123 - a descriptor, not a path
        hasher, size = hashlib.sha256(), 0
        while chunk := file.read(CHUNK):
            hasher.update(chunk)
            size += len(chunk)
    return Digest(hasher.hexdigest()), size


def _regular(descriptor: int, path: Path) -> os.stat_result:
    """The status of an open regular file; anything else (``open`` trips over a folder) is closed and refused."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise IntegrityBroken("FILE_NOT_REGULAR", msg("Only regular files are read."), where=str(path))
    return status


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644, lasting: bool = False) -> None:
    """Write under a temporary name beside ``path`` and rename: readers see the old file, the new one, or none.

    With ``lasting`` a power cut leaves the old file or the new one, never an empty one, and after the call the new one.

    Raises:
        BadInput: ``PLACE_NOT_A_FILE``: a device, pipe or socket is there, and a rename would take its place.
        Inconclusive: no room, or no right to write.
    """
    _may_be_replaced(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
        with open(descriptor, "wb", closefd=True) as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(descriptor)
        os.replace(temporary, path)  # noqa: PTH105 - beside os.open, the same family
        if lasting:
            sync(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise no_room(error, path) from error


def _may_be_replaced(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # nothing is there; or the writing says why it cannot be
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise BadInput(
            "PLACE_NOT_A_FILE",
            msg("What is there is a device, a pipe or a socket; a file would take its place."),
            where=str(path),
            next_step=msg("Name another file."),
        )


def exhausted(error: BaseException, *, where: str) -> Inconclusive:
    """Say in words that descriptors or memory ran out (:data:`EXHAUSTED`): the same may well do a minute later."""
    number = getattr(error, "errno", None) or errno.ENOMEM
    return Inconclusive(
        "SYSTEM_EXHAUSTED",
        msg("The system has nothing left to open it with: {reason}.", reason=os.strerror(number)),
        where=where,
        next_step=msg("Close other programs or raise the limit (ulimit -n), then try again."),
    )


def no_room(error: OSError, path: Path) -> Inconclusive:
    """Say a failed write in words: full disk, quota, read-only place. Who knows of a run says how that goes on."""
    return Inconclusive(
        "DISK_FULL" if error.errno in FULL else "CANNOT_WRITE",
        msg("Writing failed: {reason}.", reason=error.strerror or str(error)),
        where=str(path),
        next_step=msg("Make room or choose another place, then give the same command again."),
    )


def sync_tree(folder: Path, *beside: Path) -> None:
    """Flush every file and folder below ``folder``, and the files ``beside`` it, to the disk: once, at the seal.

    Where the system can flush a whole file system in one call (Linux), many files are one wait instead of many.
    """
    paths = [*walk(folder), folder, *beside]
    if len(paths) <= FEW or not _sync_file_system(folder):
        for path in paths:
            sync(path)


def sync(path: Path) -> None:
    """Flush one file, or a folder's own entries (a rename), to the disk. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file_system(folder: Path) -> bool:
    """``syncfs(2)``; False where there is none. Errors of writing back are raised as ``OSError``."""
    import ctypes  # noqa: PLC0415 - only a seal needs it

    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if call(descriptor) != 0:
            raise OSError(ctypes.get_errno(), "syncfs failed", str(folder))
    finally:
        os.close(descriptor)
    return True


def walk(folder: Path) -> Iterator[Path]:
    """Everything below ``folder``, folders included, links not followed, in a fixed order."""
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)

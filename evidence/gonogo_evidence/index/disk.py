"""The files of an index on disk, opened below one folder without following a link.

``entries.jsonl`` is the truth. ``entries.idx`` (where each line ends, and what it is about) and ``tile/`` (hashes)
follow from it and are made again when they are lost; ``checkpoint`` is what was signed last (``.checkpoint.spare`` is
the file that will be the next one).
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, Inconclusive, IntegrityBroken
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

ENTRIES: Final = "entries.jsonl"
RECORDS: Final = "entries.idx"
TILES: Final = "tile"
CHECKPOINT: Final = "checkpoint"
LOCK: Final = "lock"
PRIVATE: Final = 0o600
PATIENCE: Final = 30.0
"""Seconds to wait for another process that appends."""
PAUSE: Final = 0.005


def open_folder(path: Path, *, make: bool = False) -> int:
    """A descriptor of a real folder (0700 where it is made). The caller closes it.

    Raises:
        BadInput: ``INDEX_NOT_FOUND``.
        IntegrityBroken: ``INDEX_FILE_IS_A_LINK`` or no folder.
    """
    if make:
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except FileExistsError as error:
            raise _odd(error, path) from error
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise not_found(path) from error
    except OSError as error:
        raise _odd(error, path) from error


def open_file(folder: int, name: str, where: Path, *, write: bool = False) -> int:
    """A descriptor of a regular file in an open folder, made (0600) where it is to be written. The caller closes it."""
    flags = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | (os.O_RDWR | os.O_CREAT if write else os.O_RDONLY)
    try:
        descriptor = os.open(name, flags, PRIVATE, dir_fd=folder)
    except FileNotFoundError as error:
        raise not_found(where / name) from error
    except OSError as error:
        raise _odd(error, where / name) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IntegrityBroken("INDEX_FILE_ODD", msg("Only regular files lie in an index."), where=str(where / name))
    return descriptor


@contextmanager
def locked(folder: int, where: Path) -> Generator[None, None, None]:
    """Hold the index's lock, alone; the kernel frees it when its holder dies. Raises ``INDEX_BUSY``."""
    descriptor = open_file(folder, LOCK, where, write=True)
    until = time.monotonic() + PATIENCE
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= until:
                    raise Inconclusive(
                        "INDEX_BUSY",
                        msg("Another gonogo writes to the index."),
                        where=str(where),
                        next_step=msg("Wait until it is done, then try again."),
                    ) from error
                time.sleep(PAUSE)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def held(where: Path) -> Generator[None, None, None]:
    """The same lock of a folder that is not open yet."""
    folder = open_folder(where)
    try:
        with locked(folder, where):
            yield
    finally:
        os.close(folder)


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """``size`` bytes, or fewer where the file ends."""
    parts: list[bytes] = []
    while size > 0 and (data := os.pread(descriptor, min(size, 1 << 26), offset)):
        parts.append(data)
        size, offset = size - len(data), offset + len(data)
    return b"".join(parts)


def write_at(descriptor: int, data: bytes, offset: int) -> None:
    """All of ``data``, at its place. Raises ``OSError``."""
    view = memoryview(data)
    while view:
        done = os.pwrite(descriptor, view, offset)
        view, offset = view[done:], offset + done


def not_found(path: Path) -> BadInput:
    """There is no index here."""
    return BadInput(
        "INDEX_NOT_FOUND",
        msg("There is no evidence index here."),
        where=str(path),
        next_step=msg("The first run makes it."),
    )


def _odd(error: OSError, path: Path) -> IntegrityBroken | Inconclusive:
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT}:
        words = msg("The index cannot be opened: {reason}", reason=error.strerror or "")
        return Inconclusive("INDEX_UNREADABLE", words, where=str(path))
    code = "INDEX_FILE_IS_A_LINK" if error.errno in {errno.ELOOP, errno.ENOTDIR} else "INDEX_FILE_ODD"
    words = msg("The index cannot be opened: {reason}", reason=error.strerror or "")
    return IntegrityBroken(code, words, where=str(path), next_step=msg("gonogo index check"))

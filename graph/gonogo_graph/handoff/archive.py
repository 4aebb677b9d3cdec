"""The file of a hand-over: a tar of regular files that has exactly one form for its content, byte for byte.

POSIX ustar, names sorted, mode 0644, owner and times zero, two empty blocks at the end and nothing behind. The reader
makes each header again from name and size and compares it: so links, devices, owners, extended headers, duplicates,
odd paths, a cut and anything appended are all the same refusal. Nothing is compressed: a file cannot unpack to more
than it is.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken
from gonogo_evidence.files import check_path, no_room
from gonogo_evidence.ids import Digest
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

BLOCK: Final = tarfile.BLOCKSIZE
CHUNK: Final = 1024 * 1024
END: Final = bytes(2 * BLOCK)
MOST_BYTES: Final = 4 * 1024 * 1024 * 1024
MOST_FILES: Final = 50_000


def write(path: Path, members: Sequence[tuple[str, bytes | Path]]) -> Digest:
    """Write the members, sorted by name, into a new file and to the disk; returns its digest.

    Raises:
        BadInput: ``HANDOFF_FILE_THERE``; ``HANDOFF_NAME``: a name that does not fit into a tar header.
    """
    digest = hashlib.sha256()
    try:
        with path.open("xb") as file:
            for name, content in sorted(members):
                for data in _blocks(name, content):
                    digest.update(data)
                    file.write(data)
            digest.update(END)
            file.write(END)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise there(path) from error
    except OSError as error:
        raise no_room(error, path) from error
    return Digest(digest.hexdigest())


def there(path: Path) -> BadInput:
    """The refusal to write over a file."""
    words = msg("A file lies there already; it is not written over.")
    return BadInput("HANDOFF_FILE_THERE", words, where=str(path), next_step=msg("Name another file."))


def _blocks(name: str, content: bytes | Path) -> Iterator[bytes]:
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    yield _header(name, size)
    if isinstance(content, bytes):
        yield content
    else:
        with content.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    yield bytes(-size % BLOCK)


def unpack(path: Path, folder: Path) -> Digest:
    """Unpack into a new folder; returns the digest of the file. Nothing outside the folder is ever written.

    Raises:
        BadInput: ``FILE_NOT_FOUND``, ``HANDOFF_TOO_LARGE``.
        IntegrityBroken: ``HANDOFF_BROKEN``: not the one form, cut short, or more than it should be.
    """
    folder.mkdir(mode=0o700)
    with _opened(path) as file:
        digest, before = hashlib.sha256(), ""
        for _ in range(MOST_FILES):
            head = _take(file, BLOCK, path)
            digest.update(head)
            if head == bytes(BLOCK):
                last = _take(file, BLOCK, path)
                if last != bytes(BLOCK) or file.read(1):
                    raise _broken(path, "something lies behind its end")
                digest.update(last)
                return Digest(digest.hexdigest())
            name, size = _read_header(head, path)
            if name <= before:
                raise _broken(path, "its files are not in order")
            before = name
            _unpack_one(file, folder / name, size, path, digest.update)
    raise BadInput("HANDOFF_TOO_LARGE", msg("The file holds more than {most} files.", most=MOST_FILES), where=str(path))


@contextmanager
def _opened(path: Path) -> Generator[IO[bytes], None, None]:
    try:  # a pipe to which nobody writes would be waited for
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        words = msg("The file cannot be read: {reason}.", reason=error.strerror or str(error))
        raise BadInput("FILE_NOT_FOUND", words, where=str(path)) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
        os.close(descriptor)
        words = msg("A hand-over is one regular file of at most {most} bytes.", most=MOST_BYTES)
        raise BadInput("HANDOFF_TOO_LARGE", words, where=str(path))
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        yield file


def _unpack_one(file: IO[bytes], target: Path, size: int, path: Path, count: Callable[[bytes], object]) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        with target.open("xb") as out:
            left = size
            while left:
                chunk = _take(file, min(left, CHUNK), path)
                count(chunk)
                out.write(chunk)
                left -= len(chunk)
    except (FileExistsError, NotADirectoryError) as error:
        raise _broken(path, "one of its files is a folder of another") from error
    except OSError as error:
        raise no_room(error, target) from error
    target.chmod(0o444)
    padding = _take(file, -size % BLOCK, path)
    count(padding)
    if any(padding):
        raise _broken(path, "its padding is not empty")


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    try:
        return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    except ValueError as error:  # also UnicodeError
        words = msg("{name} does not fit into the file of a hand-over.", name=ascii(name))
        raise BadInput("HANDOFF_NAME", words) from error


def _read_header(head: bytes, path: Path) -> tuple[str, int]:
    try:
        info = tarfile.TarInfo.frombuf(head, "ascii", "strict")
        name = check_path(info.name)
        if not 0 <= info.size <= MOST_BYTES or _header(name, info.size) != head:
            raise _broken(path, "a header is not of the one form")
    except (tarfile.HeaderError, ValueError) as error:
        raise _broken(path, "a header is none") from error
    except GonogoError as error:
        raise _broken(path, "a header is not of the one form") from error
    return name, info.size


def _take(file: IO[bytes], size: int, path: Path) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise _broken(path, "it is cut short")
    return data


def _broken(path: Path, reason: str) -> IntegrityBroken:
    return IntegrityBroken(
        "HANDOFF_BROKEN",
        msg("This is not a hand-over as gonogo writes it: {reason}.", reason=reason),
        where=str(path),
        next_step=msg("Fetch the file again, and compare its digest with the one that the export printed."),
    )

"""Hash files below one open folder: as a function, and as a process of its own that ``hashing`` feeds.

It imports the standard library alone, so that ``python -I -S hash_worker.py 3`` is ready within milliseconds. What it
says about a file is one line: ``ok DIGEST SIZE``, ``changed``, ``irregular`` or ``errno NUMBER``.

As a process it gets the number of a descriptor that is the open folder. On standard input come batches: a relative
path a line, then an empty line. On standard output go as many answers, in the same order. It ends with its input.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys

TYPE_CHECKING = False  # the checkers know this name; importing typing costs a third of the start
if TYPE_CHECKING:
    from typing import BinaryIO

BUFFER = 1 << 18
"""Bytes at a time: small enough to stay in a core's own cache, where the hash finds them again."""
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
PARENT = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECTORY


class Below:
    """Files below the folder that ``root`` is open at; no link is followed on the way, nor at the end.

    The folder of the last file is kept open, so that sorted paths cost one ``open`` each. Close it when done.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._name = ""
        self._parent = os.dup(root)
        buffer = bytearray(BUFFER)
        self._into, self._view = (buffer,), memoryview(buffer)

    def close(self) -> None:
        """Let the folder go."""
        os.close(self._parent)

    def answer(self, path: str) -> str:
        """Hash one file; ``path`` is relative, its parts apart by ``/``. Never raises ``OSError``."""
        try:
            folder, _, name = path.rpartition("/")
            if folder != self._name:
                self._enter(folder)
            descriptor = os.open(name, FILE, dir_fd=self._parent)
            try:
                return self._hash(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            return f"errno {error.errno}"

    def _enter(self, folder: str) -> None:
        parent = os.dup(self._root)
        for part in folder.split("/") if folder else ():
            try:
                if part in {"", ".", ".."}:
                    raise OSError(errno.EINVAL, "no way below the folder")
                below = os.open(part, PARENT, dir_fd=parent)
            finally:
                os.close(parent)
            parent = below
        os.close(self._parent)
        self._name, self._parent = folder, parent

    def _hash(self, descriptor: int) -> str:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return "irregular"
        hasher, size, into, view = hashlib.sha256(), 0, self._into, self._view
        while size <= before.st_size and (count := os.readv(descriptor, into)):  # a file that grows has an end too
            hasher.update(view[:count])
            size += count
        after = os.fstat(descriptor)
        if size == before.st_size == after.st_size and _times(before) == _times(after):
            return f"ok {hasher.hexdigest()} {size}"
        return "changed"


def _times(status: os.stat_result) -> tuple[int, int]:
    return status.st_mtime_ns, status.st_ctime_ns


def serve(root: int, asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer batch after batch until ``asked`` ends; a batch that breaks off is not answered."""
    below = Below(root)
    batch: list[bytes] = []
    for line in asked:
        if line != b"\n":
            batch.append(line)
            continue
        paths = os.fsdecode(b"".join(batch)).split("\n")[:-1]
        answers.write("".join(f"{below.answer(path)}\n" for path in paths).encode("ascii"))
        answers.flush()
        batch.clear()
    below.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)

"""Hash many files of one folder, on up to eight cores where that is worth it.

Large sets go to processes: threads of one Python hand the interpreter's lock to and fro between small files and gain
nothing over one of them. A process is started by name with nothing but the standard library, never forked. Its memory
does not depend on how much it hashes. Whatever is not answered is an error, by name.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from errno import EACCES, ELOOP, ENOENT, EPERM
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

from gonogo_evidence import hash_worker
from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken
from gonogo_evidence.files import EXHAUSTED, exhausted
from gonogo_evidence.ids import Digest
from gonogo_evidence.seal import Entry
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Outcome: TypeAlias = Entry | GonogoError
"""What is known of a file: its digest and size, or why there is none."""

MANY_FILES = 8000
MANY_BYTES = 128 * 1024 * 1024
"""From so many files, or so many bytes, processes are started: below, they cost more time than they save (measured)."""
MOST_WORKERS = 8

_SENT = re.compile(r"[^\n\0]+")
"""A path that can be sent in a line of its own."""
_OK = re.compile(r"ok ([0-9a-f]{64}) ([0-9]+)")
_ERRNO = re.compile(r"errno ([0-9]+)")


def hash_files(folder: Path, paths: Sequence[str], *, workers: int | None = None) -> dict[str, Outcome]:
    """Hash files below ``folder``, each opened once, relative to it, without following any link.

    Args:
        folder: where the files are; may itself be reached through a link.
        paths: relative paths as :func:`gonogo_evidence.files.check_path` allows them; sorted ones cost least.
        workers: how many processes hash. By default this one alone, or one a core, at most eight, for a large set.

    Returns:
        An outcome for each path, in the order of ``paths``. A file that is no regular file, is a link, is gone, cannot
        be read, changed while it was hashed, or was not answered for by its worker, has an error.

    Raises:
        OSError: the folder itself cannot be opened.
    """
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        count = workers if workers is not None else _worth(root, paths)
        found = _pooled(root, paths, count) if count > 1 and all(map(_SENT.fullmatch, paths)) else {}
        if not found:
            found = _alone(root, paths)
    finally:
        os.close(root)
    return {path: found[path] if path in found else _outcome(path, "") for path in paths}


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # a call that Linux alone has
        return os.cpu_count() or 1


def _worth(root: int, paths: Sequence[str]) -> int:
    """How many workers the set is worth; 1 means none."""
    cores = _cores()
    if cores > 1 and (len(paths) >= MANY_FILES or _many_bytes(root, paths)):
        return min(cores, MOST_WORKERS, len(paths))
    return 1


def _many_bytes(root: int, paths: Sequence[str]) -> bool:
    total = 0
    for path in paths:
        try:
            total += os.stat(path, dir_fd=root, follow_symlinks=False).st_size
        except OSError:
            continue  # whoever hashes it says what is wrong
        if total >= MANY_BYTES:
            return True
    return False


def _pooled(root: int, paths: Sequence[str], count: int) -> dict[str, Outcome]:
    """What workers found; of a file that none answered for, an error. Empty where no worker could be started."""
    from gonogo_evidence import hash_pool  # noqa: PLC0415 - most packs are small and start no process

    found: dict[str, Outcome] = {}
    with closing(hash_pool.answers(root, paths, count)) as answers:  # an interruption ends the workers at once
        for batch, lines in answers:
            found.update((path, _outcome(path, line)) for path, line in zip_longest(batch, lines, fillvalue=""))
    return found


def _alone(root: int, paths: Sequence[str]) -> dict[str, Outcome]:
    below = hash_worker.Below(root)
    try:
        return {path: _outcome(path, below.answer(path)) for path in paths}
    finally:
        below.close()


def _outcome(path: str, answer: str) -> Outcome:
    """What a line of ``hash_worker`` says; anything else, also nothing, is a worker that was lost."""
    if (good := _OK.fullmatch(answer)) is not None:
        return Entry(path, Digest(good[1]), int(good[2]))
    if answer == "changed":
        return IntegrityBroken("FILE_CHANGED", msg("The file changed while it was read."), where=path)
    if answer == "irregular":
        return IntegrityBroken("FILE_NOT_REGULAR", msg("Only regular files are read."), where=path)
    if (failed := _ERRNO.fullmatch(answer)) is not None:
        return _refused(path, int(failed[1]))
    words = msg("The file cannot be read: {reason}", reason="the process that was to hash it ended")
    return Inconclusive("HASH_WORKER_LOST", words, where=path)


def _refused(path: str, number: int) -> GonogoError:
    if number in {EACCES, EPERM}:
        return Inconclusive("PACK_NOT_READABLE", msg("The file may not be read by this user."), where=path)
    if number == ENOENT:
        return IntegrityBroken("PACK_FILE_MISSING", msg("The file is missing."), where=path)
    if number in EXHAUSTED:
        return exhausted(OSError(number, os.strerror(number)), where=path)
    words = msg("The file cannot be read: {reason}", reason=os.strerror(number))
    code = "FILE_IS_A_LINK" if number == ELOOP else "PACK_FILE_UNREADABLE"
    return IntegrityBroken(code, words, where=path)

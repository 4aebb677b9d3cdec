"""Putting a new checkpoint in the place of the old one, without a new file each time.

A new file that takes the place of an old one is flushed by the file system together with the entries, which costs as
much as the entries do. So two files take turns: the one that is not the checkpoint is written over where it lies and
gets the name. Who reads sees the old checkpoint or the new one; who dies in between leaves one of them under the name.
A power cut can leave an older one, until :func:`flush`: the entries, which are synced, lead beyond it and are taken up.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from gonogo_evidence.files import write_atomic
from gonogo_evidence.index.disk import CHECKPOINT, PRIVATE, write_at

if TYPE_CHECKING:
    from pathlib import Path

SPARE: Final = ".checkpoint.spare"
LAST: Final = ".checkpoint.last"
"""The old checkpoint while the names change."""
FLAGS: Final = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def swap(folder: int, where: Path, data: bytes) -> None:
    """Make ``data`` the checkpoint of the log in ``where``, whose open folder is ``folder``. The caller holds the lock.

    Raises:
        OSError: no room, or no right to write.
        Inconclusive: the same.
    """
    if not _spare_holds(folder, data) or not _keep_old(folder):
        write_atomic(where / CHECKPOINT, data, mode=PRIVATE)
        _new_spare(folder, data)
        return
    os.replace(SPARE, CHECKPOINT, src_dir_fd=folder, dst_dir_fd=folder)
    os.replace(LAST, SPARE, src_dir_fd=folder, dst_dir_fd=folder)


def flush(folder: int) -> None:
    """Wait until the checkpoint is on the disk, so that nobody remembers a newer one than a power cut leaves."""
    descriptor = os.open(CHECKPOINT, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _spare_holds(folder: int, data: bytes) -> bool:
    """Write ``data`` over the spare file: one as long, so that no mixture has a length of its own, and of one name."""
    try:
        descriptor = os.open(SPARE, FLAGS, dir_fd=folder)
    except OSError:
        return False
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size != len(data):
            return False
        write_at(descriptor, data, 0)
    finally:
        os.close(descriptor)
    return True


def _keep_old(folder: int) -> bool:
    """Give the old checkpoint a second name. False where it has one from a crash, or the file system has no links."""
    try:
        os.link(CHECKPOINT, LAST, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except (OSError, NotImplementedError):
        return False
    return True


def _new_spare(folder: int, data: bytes) -> None:
    for name in (SPARE, LAST):
        try:
            os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            continue
    descriptor = os.open(SPARE, FLAGS | os.O_CREAT | os.O_EXCL, PRIVATE, dir_fd=folder)
    try:
        write_at(descriptor, data, 0)
    finally:
        os.close(descriptor)

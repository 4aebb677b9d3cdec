"""Places that cannot be written to: a full disk and a read-only one, real wherever this user may mount one."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.bad_input import room

if TYPE_CHECKING:
    from collections.abc import Iterator

FILLER = "filler"


@contextmanager
def full(place: Path) -> Iterator[Path]:
    """The folder on a disk without a free byte; else one in which this process cannot make a file grow."""
    with _mounted(place, "size=16k") as mounted:
        if not mounted:
            with room(0):
                yield place
            return
        with (place / FILLER).open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        yield place


@contextmanager
def read_only(place: Path) -> Iterator[Path]:
    """The folder on a read-only disk; else one without the right to write, or where nobody has it."""
    with _mounted(place, "ro") as mounted:
        if mounted:
            yield place
        elif os.geteuid() == 0:
            yield Path("/proc/self")
        else:
            place.chmod(0o500)
            yield place
            place.chmod(0o700)


@contextmanager
def descriptors(count: int) -> Iterator[None]:
    """This process can open so many files more, and then none."""
    following = os.open(os.devnull, os.O_RDONLY)
    os.close(following)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (following + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def _mounted(place: Path, options: str) -> Iterator[bool]:
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    able = sys.platform == "linux" and os.geteuid() == 0
    mounted = able and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=True)

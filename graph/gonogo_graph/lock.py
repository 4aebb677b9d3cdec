"""One writer for a run: an advisory lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

PAUSE = 0.02
"""Seconds between two looks at a lock that is held."""


@contextmanager
def single_writer(path: Path, *, patience: float) -> Generator[None, None, None]:
    """Hold the lock; wait at most ``patience`` seconds for whoever holds it now, then raise ``RUN_BUSY``."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _take(descriptor, path, patience)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise Inconclusive(
                    "RUN_BUSY",
                    msg("Another gonogo works on this run; wait until it is done."),
                    where=path.stem,
                    next_step=msg("gonogo show {run}", run=path.stem),
                ) from error
            time.sleep(PAUSE)
        else:
            return

"""Landlock: no file, no TCP, no signal and no abstract socket beyond what rules allow; without a rule, none at all."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from typing import TYPE_CHECKING, Final

from gonogo_agents.confine.libc import prctl, syscall

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
"""The same numbers on every architecture."""
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_NO_NEW_PRIVS: Final = 38
_EXECUTE: Final = 0b1
_READ: Final = 0b1100
"""Read a file, list a folder."""
_WRITE: Final = 0b111_0111_1011_0010 & ~(1 << 9)
"""Write, remove, make folders, files, fifos and links, move, truncate; no devices, no sockets."""
_OF_A_FILE: Final = 0b1100_0000_0000_0111
_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights over files a version knows; from the fifth on 16."""
_NEWEST: Final = 16
_TCP: Final = 0b11
_SCOPES: Final = 0b11
_WITH_TCP, _WITH_SCOPES = 4, 6
"""The versions that brought TCP, and signals and abstract sockets."""


def version() -> int:
    """The kernel's Landlock version; 0 where it has none or it is switched off."""
    try:
        return syscall(_CREATE, None, 0, _VERSION)
    except (OSError, AttributeError):
        return 0


def restrict(
    read: Iterable[str] = (), write: Iterable[str] = (), run: Iterable[str] | None = None, *, network: bool = False
) -> None:
    """Confine this thread and all that it starts, for good.

    Args:
        read: files and folders that may be read and listed.
        write: files and folders that may be written too.
        run: files and folders that may be executed; None: whatever may be read.
        network: leave TCP alone.

    Raises:
        OSError: the kernel has no Landlock, or a path is not there.
    """
    known = version()
    files = (1 << _RIGHTS.get(known, _NEWEST)) - 1
    ruleset = _ruleset(known, files, network=network)
    try:
        reading = _READ if run is not None else _READ | _EXECUTE
        rules = [(path, reading) for path in read] + [(path, reading | _WRITE) for path in write]
        for path, rights in [*rules, *((path, _READ | _EXECUTE) for path in run or ())]:
            _allow(ruleset, path, rights & files)
        prctl(_NO_NEW_PRIVS, 1)
        syscall(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _ruleset(known: int, files: int, *, network: bool) -> int:
    words = [files]
    if known >= _WITH_TCP:
        words.append(0 if network else _TCP)
    if known >= _WITH_SCOPES:
        words.append(_SCOPES)
    body = struct.pack(f"{len(words)}Q", *words)
    return syscall(_CREATE, ctypes.create_string_buffer(body, len(body)), len(body), 0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_A_FILE
        rule = struct.pack("=Qi", rights, place)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.create_string_buffer(rule, len(rule)), 0)
    finally:
        os.close(place)

"""The tables of system calls, both columns, against libseccomp's and those of the kernel's headers."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo_agents.confine import calls, landlock

if TYPE_CHECKING:
    from collections.abc import Callable

SINGLE = {"prlimit64": calls.PRLIMIT, "socket": calls.SOCKET, "clone": calls.CLONE, "clone3": calls.CLONE3}
LANDLOCK = {
    name: (number, number)
    for name, number in zip(
        ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"),
        (landlock._CREATE, landlock._ADD_RULE, landlock._RESTRICT),
        strict=True,
    )
}
OURS = {**calls.PURE, **calls.DENIED, **SINGLE, **LANDLOCK}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
"""aarch64 takes the generic table (arch/arm64/include/uapi/asm/unistd.h includes it)."""
_DEFINED = re.compile(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", re.MULTILINE)


def _libseccomp() -> Callable[[int, str], int] | None:
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return None
    resolve = library.seccomp_syscall_resolve_name_arch
    resolve.argtypes, resolve.restype = (ctypes.c_uint32, ctypes.c_char_p), ctypes.c_int
    return lambda audit, name: int(resolve(audit, name.encode()))


def _theirs(architecture: str) -> list[dict[str, int | None]]:
    """Whatever second source is here: the numbers of our names by each."""
    found: list[dict[str, int | None]] = []
    if resolve := _libseccomp():
        found.append({name: resolve(calls.MACHINES[architecture].audit, name) for name in OURS})
    if HEADERS[architecture].exists():
        defined = dict(_DEFINED.findall(HEADERS[architecture].read_text()))
        found.append({name: int(defined[name]) if name in defined else None for name in OURS})
    return found


@pytest.mark.parametrize("architecture", calls.MACHINES)
def test_the_numbers_are_those_of_others_tables(architecture: str) -> None:
    machine = calls.MACHINES[architecture]
    theirs = _theirs(architecture)
    if not theirs:
        pytest.skip("neither libseccomp.so.2 nor linux-libc-dev is here")
    for table in theirs:
        assert table == {name: numbers[machine.column] for name, numbers in OURS.items()}

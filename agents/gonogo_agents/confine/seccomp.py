"""Filters of system calls (seccomp, classic BPF). What is refused gives EPERM, which Python raises as an error."""

from __future__ import annotations

import ctypes
import errno
import struct
from functools import cache
from typing import TYPE_CHECKING, Final

from gonogo_agents.confine import calls
from gonogo_agents.confine.libc import prctl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_agents.confine.calls import Machine

_LOAD, _EQUAL, _FROM, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""BPF_LD+W+ABS, BPF_JMP+JEQ+K, +JGE+K, +JSET+K, BPF_RET+K."""
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16
"""Places in ``struct seccomp_data``; of the first argument the low word (both machines are little-endian)."""
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_SET_SECCOMP, _MODE_FILTER = 22, 2
_NAMESPACES: Final = 0x7E020080
"""The ``CLONE_NEW*`` flags of ``clone``."""
NETWORK: Final = (2, 10, 16)
"""AF_INET, AF_INET6, AF_NETLINK (which names resolve through). Never AF_UNIX: agents and daemons listen there."""


def pure(machine: Machine) -> bytes:
    """The allow-list of a worker: it opens nothing, starts nothing, reaches nobody."""
    allowed = sorted(numbers[machine.column] for numbers in calls.PURE.values())
    lines = [*_head(machine), *(line for number in allowed for line in _if_number(number, _ALLOW))]
    own_limits = [
        _line(_EQUAL, calls.PRLIMIT[machine.column], 0, 3),
        _line(_LOAD, _FIRST),
        _line(_EQUAL, 0, 0, 1),
        _line(_RETURN, _ALLOW),
    ]
    return b"".join([*lines, *own_limits, _no()])


@cache
def program(machine: Machine, *, network: bool) -> bytes:
    """The filter of a program that the broker starts: a list of what it may never do, sockets only with ``network``."""
    lines = _head(machine)
    for number in sorted(numbers[machine.column] for numbers in calls.DENIED.values()):
        lines += _if_number(number, _ERRNO | errno.EPERM)
    lines += _if_number(calls.CLONE3[machine.column], _ERRNO | errno.ENOSYS)  # its flags lie in memory: use clone
    lines += [
        _line(_EQUAL, calls.CLONE[machine.column], 0, 4),
        _line(_LOAD, _FIRST),
        _line(_ANY_BIT, _NAMESPACES, 0, 1),
        _no(),
        _line(_RETURN, _ALLOW),
    ]
    families = NETWORK if network else ()
    sockets = [_line(_LOAD, _FIRST), *(line for family in families for line in _if_number(family, _ALLOW)), _no()]
    lines += [_line(_EQUAL, calls.SOCKET[machine.column], 0, len(sockets)), *sockets, _line(_RETURN, _ALLOW)]
    return b"".join(lines)


def install(code: bytes) -> None:
    """Put a filter on this thread and all that it starts, for good. ``no_new_privs`` must be on. Raises ``OSError``."""
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    fprog = ctypes.create_string_buffer(head, len(head))
    prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(fprog))


def _head(machine: Machine) -> list[bytes]:
    """The architecture first: a number means another call on another one. Then no call of a foreign ABI."""
    lines = [_line(_LOAD, _ARCHITECTURE), _line(_EQUAL, machine.audit, 1, 0), _no(), _line(_LOAD, _NUMBER)]
    return lines if machine.foreign is None else [*lines, _line(_FROM, machine.foreign, 0, 1), _no()]


def _if_number(number: int, answer: int) -> Iterable[bytes]:
    return _line(_EQUAL, number, 0, 1), _line(_RETURN, answer)


def _no() -> bytes:
    return _line(_RETURN, _ERRNO | errno.EPERM)


def _line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)

"""The C library's functions that Python does not have, by ``ctypes.CDLL(None)``: no helper program looks for it."""

from __future__ import annotations

import ctypes
import os
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def has(*names: str) -> bool:
    """Whether the C library has these functions; elsewhere than on Linux some are not there."""
    try:
        return all(getattr(_LIBC, name) is not None for name in names)
    except AttributeError:
        return False


def prctl(option: int, *values: int) -> int:
    """``prctl(2)``. Raises ``OSError``."""
    four = (*values, 0, 0, 0, 0)[:4]
    return _checked(_LIBC.prctl(ctypes.c_int(option), *(ctypes.c_ulong(value) for value in four)), "prctl")


def syscall(number: int, *values: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """A system call by number; buffers go as pointers. Raises ``OSError``."""
    given = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    return _checked(_LIBC.syscall(ctypes.c_long(number), *given), f"syscall {number}")


def capset(header: bytes, data: bytes) -> None:
    """``capset(2)``. Raises ``OSError``."""
    _checked(_LIBC.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(data)), "capset")


def _checked(answer: int, name: str) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return answer

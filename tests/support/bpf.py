"""A classic BPF machine for filters of system calls, so that a filter can be asked about a machine that is not here."""

from __future__ import annotations

import errno
import struct

ALLOW = 0x7FFF0000


def ask(code: bytes, *, arch: int, number: int, arguments: tuple[int, ...] = ()) -> str:
    """What the filter answers: ``allow``, or the name of the error."""
    six = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<IIQ6Q", number, arch, 0, *six)
    lines = [struct.unpack_from("HBBI", code, at) for at in range(0, len(code), 8)]
    place, word = 0, 0
    while True:
        kind, yes, no, value = lines[place]
        place += 1
        match kind:
            case 0x20:
                (word,) = struct.unpack_from("<I", data, value)
            case 0x15:
                place += yes if word == value else no
            case 0x35:
                place += yes if word >= value else no
            case 0x45:
                place += yes if word & value else no
            case 0x06:
                return "allow" if value == ALLOW else errno.errorcode[value & 0xFFFF]
            case _:
                raise AssertionError(f"unknown instruction {kind:#x}")

"""What a process gives up by itself: descriptors, limits, capabilities, being read, outliving its parent."""

from __future__ import annotations

import os
import resource
import signal
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from gonogo_agents.confine.libc import capset, prctl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PDEATHSIG, _DUMPABLE, _BOUNDING_DROP, _NO_NEW_PRIVS, _AMBIENT = 1, 4, 24, 38, 47
_AMBIENT_CLEAR: Final = 4
_CAPABILITY_VERSION: Final = 0x20080522
_MOST_CAPABILITIES: Final = 64
_MANY: Final = 65536

MIB: Final = 1024 * 1024
PURE_LIMITS: Final[Mapping[str, int]] = {
    "RLIMIT_AS": 1024 * MIB,
    "RLIMIT_CPU": 900,
    "RLIMIT_FSIZE": 0,
    "RLIMIT_CORE": 0,
    "RLIMIT_NPROC": 0,
    "RLIMIT_NOFILE": 64,
}
"""Of a worker: 1 GiB of addresses, a quarter of an hour of processor time, no file, no child."""


def close_others(keep: Iterable[int]) -> None:
    """Close every descriptor but these."""
    low = 0
    for kept in [*sorted(keep), _most_descriptors()]:
        if low < kept:  # an empty range from 0 on would close everything
            os.closerange(low, kept)
        low = kept + 1


def limit(limits: Mapping[str, int]) -> None:
    """Lower soft and hard limits by their names; one that this system does not know, or refuses to lower, stays."""
    for name, wanted in limits.items():
        number = getattr(resource, name, None)
        if number is None:
            continue
        _, hard = resource.getrlimit(number)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):  # macOS refuses some
            resource.setrlimit(number, (value, value))


def die_with(parent: int) -> None:
    """Be killed when the parent dies; if it died meanwhile, end at once. Raises ``OSError``."""
    prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def hide_memory() -> None:
    """No process of the same user may read or trace this one; its key lies here. Raises ``OSError``."""
    prctl(_DUMPABLE, 0)


def no_new_privileges() -> None:
    """Nothing that is started may gain rights. Raises ``OSError``."""
    prctl(_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """All of them, of root too, and the bounding set as far as that is allowed. Raises ``OSError``."""
    with suppress(OSError):  # kernels before 4.3
        prctl(_AMBIENT, _AMBIENT_CLEAR)
    for capability in range(_MOST_CAPABILITIES):
        try:
            prctl(_BOUNDING_DROP, capability)
        except OSError:  # no such one, or not ours to drop: without any in hand none can be taken from there
            break
    capset(struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24))


def _most_descriptors() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MANY if soft == resource.RLIM_INFINITY else max(soft, _MANY)

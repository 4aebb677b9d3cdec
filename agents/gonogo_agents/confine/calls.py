"""System calls by number, x86_64 and aarch64. The column of aarch64 was not run: it is from the kernel's headers."""

from __future__ import annotations

import platform
from typing import Final, NamedTuple


class Machine(NamedTuple):
    """One architecture, as the kernel tells it to a filter."""

    column: int
    """In the tables below."""
    audit: int
    """``AUDIT_ARCH_*`` (linux/audit.h)."""
    foreign: int | None
    """From this number on a call is of another ABI (x32), or None."""


MACHINES: Final = {"x86_64": Machine(0, 0xC000003E, 0x40000000), "aarch64": Machine(1, 0xC00000B7, None)}

PURE: Final = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "exit": (60, 93),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
    "rseq": (334, 293),
}
"""All that a worker may call: it computes, and reads and writes what is open already."""
PRLIMIT: Final = (302, 261)
"""Allowed to a worker for itself alone: the C library asks for its own limits."""

DENIED: Final = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
}
"""What a program that the broker starts may never call: other processes' memory, namespaces, mounts, the kernel."""
SOCKET: Final = (41, 198)
CLONE: Final = (56, 220)
CLONE3: Final = (435, 435)


def machine() -> Machine | None:
    """The architecture of this process, or None where there is no table for it."""
    return MACHINES.get(platform.machine())

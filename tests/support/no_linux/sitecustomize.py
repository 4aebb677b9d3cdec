"""The Linux-only calls, made to raise where our five packages make them: what is left must do on macOS.

``make portable`` puts this folder first on ``PYTHONPATH``; Python imports a module of this name when it starts, in the
tests and in every program that they start. Only calls of our own packages raise: pytest, the standard library and other
packages know their systems by themselves. The list is below, and is the list: what ``os.stat`` looks at, constants and
options of ``setsockopt`` are not watched. Nothing is imported here that Python has not loaded, or that is not small.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

OURS: Final = ("gonogo", "gonogo_graph", "gonogo_agents", "gonogo_policies", "gonogo_evidence")
LOG: Final = "GONOGO_NO_LINUX"
"""Names a file that gets a line from every process in which this is active."""

CALLS: Final = {
    "os": (
        *("memfd_create", "pidfd_open", "eventfd", "eventfd_read", "eventfd_write", "copy_file_range", "splice"),
        *("sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_setparam", "sched_getscheduler"),
        *("sched_setscheduler", "sched_rr_get_interval", "getxattr", "setxattr", "listxattr", "removexattr"),
        *("getrandom", "posix_fadvise", "posix_fallocate", "fdatasync", "pipe2", "unshare", "setns", "waitid"),
        *("getresuid", "getresgid", "setresuid", "setresgid"),
        *("timerfd_create", "timerfd_settime", "timerfd_gettime", "timerfd_settime_ns", "timerfd_gettime_ns"),
    ),
    "select": ("epoll",),
    "signal": ("pidfd_send_signal", "sigtimedwait", "sigwaitinfo"),
    "resource": ("prlimit",),
    "platform": ("freedesktop_os_release",),
}
"""Functions that Python has on Linux and not on macOS."""

FLAGS: Final = ("O_TMPFILE", "O_PATH", "O_DIRECT", "O_NOATIME")
"""For ``open``."""
PLACES: Final = ("/proc", "/sys")
"""Nothing there is opened or listed, through ``pathlib`` and the like neither."""
LISTING: Final = frozenset({"open", "os.listdir", "os.scandir", "os.chdir"})
COMMANDS: Final = {
    "F_NOTIFY": 1026,
    "F_SETLEASE": 1024,
    "F_GETLEASE": 1025,
    "F_SETPIPE_SZ": 1031,
    "F_GETPIPE_SZ": 1032,
    "F_ADD_SEALS": 1033,
    "F_GET_SEALS": 1034,
    "F_OFD_GETLK": 36,
    "F_OFD_SETLK": 37,
    "F_OFD_SETLKW": 38,
}
"""For ``fcntl``."""
FAMILIES: Final = {"AF_NETLINK": 16, "AF_PACKET": 17, "AF_ALG": 38, "AF_VSOCK": 40}
"""For ``socket``."""
FOREIGN: Final = (
    "prctl",
    "syscall",
    "syncfs",
    "unshare",
    "setns",
    "seccomp_load",
    "landlock_create_ruleset",
    "clone3",
    "capset",
)
"""Functions looked up through ``ctypes``."""
PROGRAMS: Final = (
    *("unshare", "nsenter", "bwrap", "setpriv", "prlimit", "taskset", "ionice", "systemd-run", "setsid", "timeout"),
    *("sha256sum", "md5sum", "tac", "nproc", "getent", "ldd", "strace"),
)
"""Programs that a fresh macOS lacks."""
_THROUGH: Final = frozenset(
    {"ctypes", "pathlib", "io", "os", "posixpath", "genericpath", "shutil", "glob", "subprocess"}
)
"""Who calls through these is the caller."""


class LinuxOnly(AttributeError):
    """What macOS would answer: there is no such thing."""


class Refusing:
    """A call that raises when one of our modules makes it, and is itself for everybody else."""

    def __init__(self, name: str, real: Callable[..., Any]) -> None:
        self._name = name
        self._real = real

    def __call__(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the call takes and gives
        """Call it, or refuse."""
        if _is_ours(sys._getframe(1)):
            raise LinuxOnly(f"{self._name} is a call that Linux alone has")
        return self._real(*given, **named)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the real thing's attribute
        return getattr(self._real, name)


def _is_ours(frame: FrameType | None) -> bool:
    module = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in OURS


def _beyond(frame: FrameType | None) -> FrameType | None:
    """The first caller that is none of those that others call through."""
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] in _THROUGH:
        frame = frame.f_back
    return frame


def _watch(event: str, given: tuple[Any, ...]) -> None:
    """An audit hook: called before a file is opened, a program started, a library searched."""
    if event in LISTING:
        _watch_place(event, given)
    elif event == "fcntl.fcntl":
        _refuse(given[1] in COMMANDS.values(), f"fcntl command {given[1]}")
    elif event == "socket.__new__":
        _refuse(given[1] in FAMILIES.values(), f"socket family {given[1]}")
    elif event == "ctypes.dlsym":
        _refuse(given[1] in FOREIGN, f"ctypes {given[1]}")
    elif event == "subprocess.Popen":
        program = os.path.basename(os.fsdecode(given[1][0] if given[1] else given[0]))  # noqa: PTH119 - see the head
        _refuse(program in PROGRAMS, f"the program {program}")


def _watch_place(event: str, given: tuple[Any, ...]) -> None:
    place, flags = given[0], given[2] if event == "open" and len(given) > 2 else 0
    if isinstance(flags, int):
        for name in FLAGS:
            bits = getattr(os, name, 0)
            _refuse(bool(bits) and flags & bits == bits, f"open with {name}", through=False)
    if isinstance(place, (str, bytes, os.PathLike)):
        name = os.fsdecode(place)
        _refuse(name.startswith(tuple(f"{top}/" for top in PLACES)) or name in PLACES, f"{event} of {name}")


def _refuse(linux: bool, what: str, *, through: bool = True) -> None:
    if not linux:
        return
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals is globals():
        frame = frame.f_back
    if _is_ours(_beyond(frame) if through else frame):
        raise LinuxOnly(f"{what}: Linux alone has it")


def _install() -> None:
    for module_name, names in CALLS.items():
        module = __import__(module_name)
        for name in names:
            real = getattr(module, name, None)
            if real is not None and not isinstance(real, Refusing):
                setattr(module, name, Refusing(f"{module_name}.{name}", real))
    sys.addaudithook(_watch)
    if log := os.environ.get(LOG):
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, (" ".join(sys.orig_argv[1:6])[:200].replace("\n", " ") + "\n").encode(errors="replace"))
        os.close(descriptor)


_install()

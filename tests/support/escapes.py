"""Ways out of a worker, each tried for real: raises when it is refused, returns when it went through.

What to reach for comes from outside, as the bait: places, process ids and addresses that are really there.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GIB = 1 << 30
SHARED = "/dev/shm/gonogo-escape"  # noqa: S108 - what is tried is whether it can be made


@dataclass
class Bait:
    """What is there to be had."""

    home: str
    """Holds ``.ssh/id_ed25519``."""
    repository: str
    ledger: str
    results: str
    engine_key: str
    engine: int
    """Process id of the engine."""
    tcp: int
    udp: int
    unix: str
    abstract: str


LIBC = ctypes.CDLL(None, use_errno=True)


def _c(answer: int) -> None:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _read(path: str) -> None:
    with Path(path).open("rb") as file:
        file.read(1)


def _read_memory(bait: Bait) -> None:
    with Path(f"/proc/{bait.engine}/mem").open("rb"):
        pass


def _append(path: str) -> None:
    with Path(path).open("ab") as file:
        file.write(b"\n")


def _environment(bait: Bait) -> None:
    del bait
    if "PLANTED_SECRET" not in os.environ:
        with Path("/proc/self/environ").open("rb") as file:
            if b"PLANTED_SECRET" not in file.read():
                raise PermissionError("it is not there")


def _ptrace(bait: Bait) -> None:
    _c(LIBC.ptrace(ctypes.c_long(16), ctypes.c_long(bait.engine), ctypes.c_void_p(0), ctypes.c_void_p(0)))
    os.waitpid(bait.engine, 0x40000000)
    LIBC.ptrace(ctypes.c_long(17), ctypes.c_long(bait.engine), ctypes.c_void_p(0), ctypes.c_void_p(0))


def _other_memory(bait: Bait) -> None:
    class Vector(ctypes.Structure):
        _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))

    buffer = ctypes.create_string_buffer(8)
    mine, theirs = Vector(ctypes.addressof(buffer), 8), Vector(id(bait), 8)
    answer = LIBC.process_vm_readv(bait.engine, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
    if answer < 0 and ctypes.get_errno() != 14:  # EFAULT: it was allowed to look, and nothing was there
        _c(answer)


def _send(family: int, kind: int, address: Any) -> None:  # noqa: ANN401 - as socket has it
    with socket.socket(family, kind) as line:
        line.settimeout(2)
        if kind == socket.SOCK_DGRAM:
            line.sendto(b"x", address)
        else:
            line.connect(address)


def _fork(bait: Bait) -> None:
    del bait
    for _ in range(40):
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)


def _thread(bait: Bait) -> None:
    del bait
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def _exec(bait: Bait) -> None:
    del bait
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)


def _memory(bait: Bait) -> None:
    del bait
    bytearray(GIB)


def _descriptors(bait: Bait) -> None:
    del bait
    found = list(_open_descriptors())
    if len(found) <= 2:
        raise PermissionError("only the worker's own two pipes are open")


def _open_descriptors() -> Iterator[int]:
    for number in range(256):
        try:
            os.lseek(number, 0, os.SEEK_CUR)
        except OSError as error:
            if error.errno != errno.ESPIPE:  # a pipe or a socket: it is open, and cannot seek
                continue
        yield number


def _swap(bait: Bait) -> None:
    place = Path(bait.results) / "data"
    with suppress(FileExistsError):
        place.symlink_to("/etc")
    place.unlink()


def _hard_link(bait: Bait) -> None:
    place = f"{bait.results}/link"
    os.link(f"{bait.home}/.ssh/id_ed25519", place)
    Path(place).unlink()


def _limits(bait: Bait) -> None:
    del bait
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (hard + GIB, hard + GIB))


def _limits_of_engine(bait: Bait) -> None:
    resource.prlimit(bait.engine, resource.RLIMIT_CORE, resource.prlimit(bait.engine, resource.RLIMIT_CORE))


def _look(bait: Bait) -> None:
    Path(bait.home).stat()


def _namespace(bait: Bait) -> None:
    del bait
    _c(LIBC.unshare(0x10000000))


def _ring(bait: Bait) -> None:
    del bait
    parameters = ctypes.create_string_buffer(120)
    _c(LIBC.syscall(ctypes.c_long(425), ctypes.c_long(2), parameters))


def _shared(bait: Bait) -> None:
    del bait
    _append(SHARED)
    Path(SHARED).unlink()


Escape: TypeAlias = "Callable[[Bait], None]"
ESCAPES: dict[str, Escape] = {
    "read ~/.ssh": lambda bait: _read(f"{bait.home}/.ssh/id_ed25519"),
    "read the engine's key": lambda bait: _read(bait.engine_key),
    "read the engine's environment in /proc": lambda bait: _read(f"/proc/{bait.engine}/environ"),
    "read the engine's memory in /proc": _read_memory,
    "read the engine's memory by process_vm_readv": _other_memory,
    "find the engine's environment in its own": _environment,
    "ptrace the engine": _ptrace,
    "signal the engine": lambda bait: os.kill(bait.engine, 0),
    "lower the engine's limits": _limits_of_engine,
    "TCP to this machine": lambda bait: _send(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", bait.tcp)),
    "UDP to this machine": lambda bait: _send(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", bait.udp)),
    "a Unix socket": lambda bait: _send(socket.AF_UNIX, socket.SOCK_STREAM, bait.unix),
    "an abstract Unix socket": lambda bait: _send(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{bait.abstract}"),
    "write into the repository": lambda bait: _append(f"{bait.repository}/README.md"),
    "write a git hook": lambda bait: _append(f"{bait.repository}/.git/hooks/pre-commit"),
    "write into the ledger": lambda bait: _append(bait.ledger),
    "write another role's result": lambda bait: _append(f"{bait.results}/validation.json"),
    "a link swapped in below the results": _swap,
    "a hard link to a key": _hard_link,
    "change a file's mode": lambda bait: Path(f"{bait.repository}/README.md").chmod(0o644),
    "look whether a file exists": _look,
    "a file in shared memory": _shared,
    "fork 40 times": _fork,
    "start a thread": _thread,
    "start a program": _exec,
    "one GiB of memory": _memory,
    "descriptors that were left open": _descriptors,
    "raise its own limits": _limits,
    "a namespace of its own": _namespace,
    "an io_uring": _ring,
}


def tried(bait: Bait) -> dict[str, str]:
    """Each escape: the name of the error that refused it, or ``WENT THROUGH``."""
    found: dict[str, str] = {}
    for name, escape in ESCAPES.items():
        try:
            escape(bait)
            found[name] = "WENT THROUGH"
        except (OSError, MemoryError, RuntimeError, ValueError) as error:
            found[name] = type(error).__name__
    return found

"""Forks of a process that has only imported, kept ready to become the programs of ours that a run starts.

A run starts three Python programs that mostly import: the detectors of secrets, the zygote of the roles and the fresh
``gonogo verify``. Here each becomes a fork that was made before the run began, with the words, environment, folder,
session and descriptors that ``subprocess`` hands out. It is a child of who starts it, as a program is. Everything else
(git, ruff, the starter, the rebuild under another hash seed) is started as ever.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from gonogo_agents import secret_scan
from gonogo_agents.workers.start import _BOOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCAN: Final = ("-P", "-m", "gonogo_agents.secret_scan", "--serve")
VERIFY: Final = ("-P", "-m", "gonogo", "verify")
ZYGOTE: Final = ("-I", "-c", _BOOT)
PROGRAMS: Final = (SCAN, VERIFY, ZYGOTE)
"""How their words begin, after the interpreter's name."""
ABOVE: Final = 256
"""Descriptors are parked from here on, out of the way of the numbers that they are to have."""
MOST: Final = 1 << 20


@dataclass(frozen=True)
class Spare:
    """A child that waits for what it shall become."""

    pid: int
    line: socket.socket


class Spares:
    """One for each of the programs; who has none left is started as ever."""

    def __init__(self) -> None:
        """Fork them, and see to it that ``subprocess`` asks here first."""
        self._left: list[Spare] = []
        self._really: Callable[..., int] = vars(subprocess)["_fork_exec"]
        for _ in PROGRAMS:
            self._left.append(self._fork())
        vars(subprocess)["_fork_exec"] = self.start

    def _fork(self) -> Spare:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            for line in (ours, *(other.line for other in self._left)):
                line.close()
            os.setsid()
            _wait(theirs)
        theirs.close()
        return Spare(pid, ours)

    def start(self, args: Sequence[bytes | str], *more: Any) -> int:  # noqa: ANN401 - what subprocess hands to the system
        """``subprocess``'s own door to the system: the number of the process that runs these words."""
        _, _, keep, cwd, env, stdin, _, _, stdout, _, stderr, _, failed, _, own_session, *_ = more
        words = [os.fsdecode(word) for word in args]
        fits = words[0] == sys.executable and any(tuple(words[1 : 1 + len(one)]) == one for one in PROGRAMS)
        if not (fits and self._left and own_session and min(stdin, stdout, stderr) >= 0):
            return self._really(args, *more)
        spare = self._left.pop()
        kept = [number for number in keep if number != failed]  # the end of `failed` says that the program has begun
        order = {"words": words[1:], "cwd": os.fsdecode(cwd), "env": [os.fsdecode(one) for one in env], "keep": kept}
        with spare.line as line:
            socket.send_fds(line, [json.dumps(order).encode()], [stdin, stdout, stderr, *kept])
        return spare.pid


def _wait(line: socket.socket) -> NoReturn:
    """In the fork: become what is said, or end with who could say it."""
    said, given, _, _ = socket.recv_fds(line, MOST, 32)
    if not said:
        os._exit(0)
    become(json.loads(said), given)


def become(order: dict[str, Any], given: Sequence[int]) -> NoReturn:
    """In a fork: take a program's descriptors (in the order of 0, 1, 2 and ``keep``), folder, environment and words."""
    parked = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, ABOVE) for one in given]
    os.closerange(3, ABOVE)
    for number, one in zip((0, 1, 2, *order["keep"]), parked, strict=True):
        os.dup2(one, number)
        os.close(one)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(entry.split("=", 1) for entry in order["env"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(_program(order["words"]))


def _program(words: list[str]) -> int:
    """What ``python`` does with these words."""
    if tuple(words[: len(SCAN)]) == SCAN:
        secret_scan.serve(int(words[-1]))
        return 0
    if tuple(words[: len(ZYGOTE)]) == ZYGOTE:
        sys.argv[:] = ["-c", *words[len(ZYGOTE) :]]
        exec(_BOOT, {"__name__": "__main__"})  # noqa: S102 - the product's own words
        return 0
    from gonogo.main import main

    sys.argv[:] = words[2:]
    return main()

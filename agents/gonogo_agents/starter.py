"""Programs inside a fence, started by a small process of our own: it forks and confines in a few milliseconds.

One starter serves the whole engine and ends with it. Where none can be started, the launcher of
:func:`gonogo_agents.confine.command` does the same, slower.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from gonogo_agents.confine import command as launched
from gonogo_agents.confine.program import MISSING
from gonogo_agents.world import Completed, ProgramMissing, head_of, run_command, start_program

if TYPE_CHECKING:
    from gonogo_agents.confine import Fence
    from gonogo_agents.world import Command

LAUNCHER: Final = b"confine: "
"""How the starter's own words begin on standard error, where the program could not be started."""
_BOOT: Final = "import sys; sys.path.insert(0, sys.argv.pop(1)); from gonogo_agents.confine.serve import main; main()"
_ROOT: Final = str(Path(__file__).resolve().parents[1])
_GRACE: Final = 5.0
_STARTING: Final = 60.0
"""Seconds for the starter to come up and fork."""


class Starter:
    """A running starter process."""

    def __init__(self) -> None:
        """Start it; returns at once. Raises ``OSError`` where no process can be started."""
        self._socket, other = socket.socketpair()
        with other:
            argv = [sys.executable, "-I", "-S", "-c", _BOOT, _ROOT, str(other.fileno())]
            try:
                self._process: subprocess.Popen[bytes] = start_program(argv, {"LC_ALL": "C.UTF-8"}, (other.fileno(),))
            except OSError:
                self._socket.close()
                raise

    def run(self, command: Command, fence: Fence) -> Completed:
        """Run a program to its end or its time-out, as ``world.run`` does. Raises ``OSError`` where it is gone."""
        began = time.monotonic()
        with (
            tempfile.TemporaryFile() as order,
            tempfile.TemporaryFile() as stdin,
            tempfile.TemporaryFile() as stdout,
            tempfile.TemporaryFile() as stderr,
        ):
            _write(order, json.dumps(_order(command, fence)).encode())
            _write(stdin, command.stdin)
            code = self._ordered([file.fileno() for file in (order, stdin, stdout, stderr)], command.timeout)
            spent = round((time.monotonic() - began) * 1000)
            return Completed(code, head_of(stdout), head_of(stderr), spent)

    def close(self) -> None:
        """End it, and what it started, and wait until it is gone."""
        self._socket.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ordered(self, streams: list[int], timeout: float) -> int | None:
        ours, theirs = socket.socketpair()
        with ours, ours.makefile("rb") as told:
            with theirs:
                socket.send_fds(self._socket, [b"!"], [*streams, theirs.fileno()])
            ours.settimeout(_STARTING)
            child = told.readline()
            if not child:
                raise OSError("the starter is gone")
            ours.settimeout(timeout)
            try:
                code = told.readline()
            except TimeoutError:
                _kill(int(child))
                return None
            except BaseException:
                _kill(int(child))
                raise
        return int(code) if code else -signal.SIGKILL


_LOCK: Final = threading.Lock()
_RUNNING: Final[list[Starter]] = []


def run_fenced(command: Command, fence: Fence) -> Completed:
    """Run a program inside a fence.

    Returns:
        What it left. Exit code 126 with words that begin with :data:`LAUNCHER`: a layer could not be put on, and
        nothing was run.

    Raises:
        ProgramMissing: there is no such program.
    """
    try:
        done = _running().run(command, fence)
    except OSError:
        _forget()
        done = run_command(replace(command, argv=launched(command.argv, fence), fence=None))
    if done.code == MISSING and done.stderr.startswith(LAUNCHER):
        raise ProgramMissing(done.stderr.decode(errors="replace"))
    return done


def _running() -> Starter:
    with _LOCK:
        if not _RUNNING:
            _RUNNING.append(Starter())
            atexit.register(_forget)
        return _RUNNING[0]


def _forget() -> None:
    with _LOCK:
        while _RUNNING:
            _RUNNING.pop().close()
        atexit.unregister(_forget)


def _order(command: Command, fence: Fence) -> dict[str, object]:
    env = os.environ if command.env is None else command.env
    cwd = str(command.cwd) if command.cwd else str(Path.cwd())
    return {"argv": list(command.argv), "env": dict(env), "cwd": cwd, "fence": asdict(fence)}


def _write(file: IO[bytes], data: bytes) -> None:
    file.write(data)
    file.seek(0)


def _kill(child: int) -> None:
    """End the program and all that it started. Its keeper waits for it, so the number is still its own."""
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)

"""The real ``gonogo`` without its second of imports: one process has done them, and forks for each command.

What a command does, its environment, folder, streams and exit are those of a process of its own. Only what Python reads
at its start is the first process's: a command with other variables of that kind is no business of this process.
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
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from support.secrets_planted import rule_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SERVER: Final = str(Path(__file__).with_name("warm_server.py"))
AT_START: Final = ("PYTHON", "LC_", "LANG", "GONOGO_", "COVERAGE_", "LD_", "LANGSMITH", "LANGCHAIN")
"""How variables begin that are read once, when a program starts or imports."""


class Warm:
    """The process that has imported everything."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._line, theirs = socket.socketpair()
        argv = [sys.executable, "-P", SERVER, rule_cache()["XDG_CACHE_HOME"], str(theirs.fileno())]
        pipe = subprocess.PIPE
        with theirs:
            self._process = subprocess.Popen(
                argv, env=dict(env), stdin=pipe, stdout=pipe, cwd="/", pass_fds=(theirs.fileno(),)
            )
        atexit.register(self.close)

    def run(
        self, words: Sequence[str], cwd: Path, env: Mapping[str, str], timeout: float, through: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, at most so many seconds, without a terminal.

        ``through``: a function of the tests (``support.killer:armed``) that is called with the words behind it, in
        the command's process, and begins the command itself.
        """
        with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
            code = self._ask("run", list(words), str(cwd), dict(env), out.name, err.name, timeout, *through)
            assert code is not None
            return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())

    def start(self, argv: Sequence[str], env: Mapping[str, str], keep: Sequence[int]) -> Program:
        """Start one of :data:`support.spares.PROGRAMS`, as ``gonogo_agents.world.start_program`` does."""
        order = {"words": list(argv[1:]), "cwd": "/", "env": [f"{name}={text}" for name, text in env.items()]}
        nothing = os.open(os.devnull, os.O_RDWR)
        socket.send_fds(self._line, [b"!"], [nothing] * 3 + list(keep))
        os.close(nothing)
        pid = self._ask("start", {**order, "keep": list(keep)})
        assert pid is not None
        return Program(pid, lambda seconds: self._ask("wait", pid, seconds))

    def close(self) -> None:
        """End it; it ends by itself with its line."""
        atexit.unregister(self.close)
        self._line.close()
        self._process.communicate()

    def _ask(self, *order: object) -> int | None:
        if self._process.returncode is not None:
            return -signal.SIGKILL  # it is over, and so are all that it was asked for
        asked, answer = _pipe(self._process.stdin), _pipe(self._process.stdout)
        asked.write(json.dumps(order).encode() + b"\n")
        asked.flush()
        found: int | None = json.loads(answer.readline())
        return found


@dataclass(frozen=True)
class Program:
    """A program that stays, as far as who started it asks anything of it."""

    pid: int
    _wait: Callable[[float], int | None]

    def wait(self, timeout: float = 60.0) -> int:
        """Its exit code. Raises ``subprocess.TimeoutExpired``."""
        code = self._wait(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a program of ours", timeout)
        return code

    def kill(self) -> None:
        """End it. It is not waited for by then, so the number is still its own."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


@cache
def _warmed(start: frozenset[tuple[str, str]]) -> Warm:
    return Warm(dict(start))


def warm(env: Mapping[str, str]) -> Warm:
    """The process that began as a program with this environment would, started where there is none."""
    return _warmed(frozenset(at_start(env).items()))


def at_start(env: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that matters when a program starts."""
    return {name: value for name, value in env.items() if name.startswith(AT_START)}


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream

"""Time, randomness, environment and other programs, in one small object: nothing else in the house asks for them.

Tests hand in their own world; the real one is :func:`real_world`.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess  # the one place that starts programs
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gonogo_agents.confine import Fence

MOST_OUTPUT = 256 * 1024 * 1024
"""Bytes of one output that are taken; the rest of a program that writes without end is dropped."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run by argv, never through a shell."""

    argv: Sequence[str]
    cwd: Path | None = None
    env: Mapping[str, str] | None = None
    """The whole environment of the program; None takes the world's."""
    stdin: bytes = b""
    timeout: float = 60.0
    """Seconds. After that the program and all that it started are killed."""
    own_session: bool = True
    """False keeps the controlling terminal, for a program that must ask the operator."""
    fence: Fence | None = None
    """What it may reach; None: whatever its user may."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program left."""

    code: int | None
    """Exit code, negative for a signal; None when it was killed after the time-out."""
    stdout: bytes
    stderr: bytes
    duration_ms: int

    @property
    def timed_out(self) -> bool:
        """Whether it was killed because its time was up."""
        return self.code is None


class ProgramMissing(Exception):
    """The program is not installed."""


def run_command(command: Command) -> Completed:
    """Run a program to its end or its time-out. Raises :class:`ProgramMissing` where there is none to run.

    Input and outputs are files, not pipes: a grandchild that outlives the program cannot hold us up. A program
    with a fence is started by a process of our own that puts it up first (:mod:`gonogo_agents.starter`).
    """
    if command.fence is not None:
        from gonogo_agents.starter import run_fenced  # noqa: PLC0415 - it starts its process through this module

        return run_fenced(command, command.fence)
    began = time.monotonic()
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(command.stdin)
        stdin.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - argv only, no shell
                list(command.argv),
                cwd=command.cwd,
                env=None if command.env is None else dict(command.env),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=command.own_session,
            )
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            raise ProgramMissing(str(error)) from error
        try:
            code: int | None = process.wait(command.timeout)
        except subprocess.TimeoutExpired:
            _kill(process, group=command.own_session)
            process.wait()
            code = None
        except BaseException:
            _kill(process, group=command.own_session)
            process.wait()
            raise
        spent = round((time.monotonic() - began) * 1000)
        return Completed(code, head_of(stdout), head_of(stderr), spent)


def start_program(argv: Sequence[str], env: Mapping[str, str], keep: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start a program that stays, in a session of its own, at the root, with nothing but these descriptors and words.

    Raises ``OSError`` where it cannot be started.
    """
    nothing = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - argv only, no shell
        list(argv),
        cwd="/",
        env=dict(env),
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
        pass_fds=tuple(keep),
        start_new_session=True,
    )


def head_of(file: IO[bytes]) -> bytes:
    """What a program wrote, at most :data:`MOST_OUTPUT` bytes of it."""
    file.seek(0)
    return file.read(MOST_OUTPUT)


def _kill(process: subprocess.Popen[bytes], *, group: bool) -> None:
    try:
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        pass


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """All that a run may know of the outside."""

    now: Callable[[], datetime] = _now
    """The clock, aware, UTC."""
    token: Callable[[int], str] = secrets.token_hex
    """That many random bytes, as hex."""
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    run: Callable[[Command], Completed] = run_command
    start: Callable[[Sequence[str], Mapping[str, str], Sequence[int]], subprocess.Popen[bytes]] = start_program
    """Starts a program that stays."""

    def home(self, variable: str, below_home: str) -> Path:
        """An XDG base directory: the variable if it is absolute, else the customary place below HOME."""
        named = self.env.get(variable, "")
        if named.startswith("/"):
            return Path(named)
        return Path(self.env.get("HOME") or Path.home()) / below_home


def real_world() -> World:
    """The machine's clock, randomness, environment and programs."""
    return World()

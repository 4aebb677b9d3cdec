"""The line to the detectors of secrets: one program for all that this process asks; it takes half a second to start.

It is started when it is first asked, answers orders one after the other, and ends with this process. One that dies or
says nothing in time is given up; the next question starts another.
"""

from __future__ import annotations

import atexit
import contextlib
import socket
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_agents.world import World

PATIENCE: Final = 300.0
"""Seconds; at some ten megabytes a second that is more than a run's gates can print."""
LONGEST: Final = 64 << 20
_lines: dict[str, Line] = {}


class Silent(Exception):
    """The program gave no answer, with the reason."""


class Line:
    """One running program and the socket to it."""

    def __init__(self, world: World, env: Mapping[str, str]) -> None:
        """Starts it. Raises Silent where it cannot be started."""
        here, there = socket.socketpair()
        argv = [sys.executable, "-P", "-m", "gonogo_agents.secret_scan", "--serve", str(there.fileno())]
        with there:
            try:
                self._process: subprocess.Popen[bytes] = world.start(argv, env, (there.fileno(),))
            except OSError as error:
                here.close()
                raise Silent(str(error)) from error
        here.settimeout(PATIENCE)
        self._here = here
        self._said = here.makefile("rb")

    def ask(self, order: Path) -> bytes:
        """The answer to one order. Raises Silent; the program is not to be asked again then."""
        try:
            self._here.sendall(bytes(order).hex().encode() + b"\n")
            head, _, words = self._said.readline(1000).partition(b" ")
            size = int(head) if head.strip().lstrip(b"-").isdigit() else None
            if size is None or not 0 <= size <= LONGEST:
                raise Silent(words.decode("utf-8", "replace").strip() or "it ended without an answer")
            answer = self._said.read(size)
        except TimeoutError as error:
            raise Silent("time is up") from error
        except OSError as error:
            raise Silent(str(error)) from error
        if len(answer) != size:
            raise Silent("it ended within its answer")
        return answer

    def close(self) -> None:
        """End the program."""
        with contextlib.suppress(OSError):
            self._said.close()
            self._here.close()
        self._process.kill()
        self._process.wait()


def answer_of(world: World, env: Mapping[str, str], cache: str, order: Path) -> bytes:
    """Ask the program for these rules, started where it is not there yet. Raises Silent."""
    line = _lines.pop(cache, None) or Line(world, env)
    try:
        answer = line.ask(order)
    except BaseException:
        line.close()
        raise
    _lines[cache] = line
    return answer


@atexit.register
def close_all() -> None:
    """End every program."""
    while _lines:
        _lines.popitem()[1].close()

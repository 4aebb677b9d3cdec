"""A program on a real terminal: a pseudo-terminal, questions answered as a person would, everything that was shown."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")
PATIENCE = 120.0


@dataclass(slots=True)
class Answers:
    """What to type when the screen ends with a question; each answer is used once, in order."""

    steps: Sequence[tuple[str, str | Callable[[str], str]]]
    used: int = 0

    def next(self, screen: str) -> str | None:
        """The answer that is due for what stands at the end of the screen, or None."""
        if self.used >= len(self.steps):
            return None
        question, answer = self.steps[self.used]
        if not re.search(question + r"\s*$", screen):
            return None
        self.used += 1
        return answer if isinstance(answer, str) else answer(screen)


@dataclass(frozen=True, slots=True)
class Shown:
    """How it ended, and all that stood on the screen, without control sequences."""

    code: int
    screen: str
    raw: str = field(repr=False)


def at_terminal(argv: Sequence[str], answers: Answers, *, cwd: Path, env: Mapping[str, str], width: int = 110) -> Shown:
    """Run ``argv`` as the leader of a session on a terminal of its own."""
    master, slave = pty.openpty()
    _size(slave, width)
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env={"TERM": "xterm-256color", **env},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - no threads here
    )
    os.close(slave)
    seen, until = "", time.monotonic() + PATIENCE
    while time.monotonic() < until:
        data = _read(master)
        if data is None:
            break
        seen += data
        if not data and (reply := answers.next(plain(seen))) is not None:
            os.write(master, reply.encode() + b"\n")
    else:
        process.kill()
    os.close(master)
    code = process.wait(timeout=30)
    assert answers.used == len(answers.steps), f"not asked: {answers.steps[answers.used][0]}\n{plain(seen)}"
    return Shown(code, plain(seen), seen)


def plain(text: str) -> str:
    """The words without colours, cursor movements and carriage returns."""
    return ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def _read(master: int) -> str | None:
    """What came within a moment; empty when nothing did; None at the end."""
    ready, _, _ = select.select([master], [], [], 0.2)
    if not ready:
        return ""
    try:
        data = os.read(master, 65536)
    except OSError:  # Linux says EIO when the other side is closed
        return None
    return data.decode("utf-8", "replace") if data else None


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _size(descriptor: int, width: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))

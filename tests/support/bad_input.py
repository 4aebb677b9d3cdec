"""What the tests of bad input share: gonogo in this process, what a refusal has, little room, a real ssh-agent."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from support.crash import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.desk import Desk

RUN = ("run", "--layer", "L0", "--reason", "bad input")
GO = ("sign", "latest", "--decision", "GO", "--reason", "x")
NO_GO = ("sign", "latest", "--decision", "NO-GO", "--reason", "x")


class Said(Protocol):
    """Runs gonogo at a desk, in this process."""

    def __call__(self, desk: Desk, *words: str, **env: str) -> subprocess.CompletedProcess[str]: ...


def refused(done: subprocess.CompletedProcess[str], code: str, exit_code: int) -> None:
    """What every refusal has: its code with a sentence, its exit, where, a next step, and no traceback."""
    assert (done.returncode, f"error {code}: " in done.stderr) == (exit_code, True), (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    _, where, next_step = done.stderr.strip().splitlines()[-3:]
    assert (where.startswith("  where: "), next_step.startswith("  next: ")) == (True, True), done.stderr
    assert len(next_step) > len("  next: ")


def undecided(desk: Desk) -> bool:
    """Whether its one run still waits."""
    return len(rows(desk, "SELECT 1 FROM runs WHERE state = 'AWAITING_OPERATOR' AND decision IS NULL")) == 1


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file of this process can grow beyond ``size`` bytes: real writes fail, without root and on every system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def agent(desk: Desk) -> Iterator[str]:
    """An ssh-agent that holds the desk's key; its socket."""
    folder = tempfile.mkdtemp(prefix="agent-", dir="/tmp")  # a socket's path is short: 104 bytes on macOS
    socket = f"{folder}/s"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", socket], env=desk.environment(), stdout=subprocess.DEVNULL, cwd=desk.home
    )
    try:
        while not os.path.exists(socket):  # noqa: PTH110 - it is there in a moment
            assert process.poll() is None
        subprocess.run(
            ["ssh-add", "-q", str(desk.key)], env=desk.environment(SSH_AUTH_SOCK=socket), check=True, cwd=desk.home
        )
        yield socket
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def lock(desk: Desk, socket: str, how: str) -> None:
    """Lock (``-x``) or unlock (``-X``) the agent; the program asks for the word through another program."""
    ask = desk.home / "ask"
    ask.write_text("#!/bin/sh\necho word\n")
    ask.chmod(0o700)
    env = desk.environment(SSH_AUTH_SOCK=socket, SSH_ASKPASS=str(ask), SSH_ASKPASS_REQUIRE="force", DISPLAY=":0")
    subprocess.run(["ssh-add", how], env=env, check=True, stdin=subprocess.DEVNULL, capture_output=True)

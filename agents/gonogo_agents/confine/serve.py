"""The starter's own process: it forks, puts a fence on the child, and the child becomes the program.

It is exec'd once, with an empty environment, one socket and this package alone on its path. An order is a file with
JSON, the program's three streams, and a socket on which its process id and exit code are told. When the engine is gone
the socket ends, and so does everybody here.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import Any, Final

from gonogo_agents.confine import calls, process, seccomp
from gonogo_agents.confine.program import CANNOT, MISSING, put_on

ORDER: Final = b"!"
DESCRIPTORS: Final = 5
"""The order, standard input, output and error, and the socket for the answer."""
_MANY: Final = 4096


def main() -> None:
    """Serve the engine: argv is the socket's descriptor."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine = socket.socket(fileno=int(sys.argv[1]))
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, _wake_up)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    children: dict[int, int] = {}
    machine = calls.machine()
    if machine is not None:  # made once: every child has it in memory
        for network in (False, True):
            seccomp.program(machine, network=network)
    gc.collect()
    gc.freeze()
    while True:
        ready, _, _ = select.select([engine.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, _MANY)
            _tell_ends(children)
        if engine.fileno() in ready and not _obey(engine, children):
            return


def _wake_up(number: int, frame: object) -> None:
    """A handler, so that the descriptor is written; what to do is seen in the loop."""


def _obey(engine: socket.socket, children: dict[int, int]) -> bool:
    """Start one program; False when the engine is gone."""
    head, given, _, _ = socket.recv_fds(engine, len(ORDER), DESCRIPTORS)
    if not head:
        return False
    *streams, told = given
    child = os.fork()
    if child == 0:
        try:
            _become(*streams)
        finally:
            os._exit(CANNOT)
    for descriptor in streams:
        os.close(descriptor)
    children[child] = told
    with suppress(OSError):  # who asked may be gone
        os.write(told, b"%d\n" % child)
    return True


def _tell_ends(children: dict[int, int]) -> None:
    """Tell whoever asked how their program ended. Until then its process id is nobody else's."""
    while children:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        told = children.pop(child)
        with suppress(OSError):
            os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(told)


def _become(order: int, stdin: int, stdout: int, stderr: int) -> None:
    for number, stream in enumerate((stdin, stdout, stderr)):
        os.dup2(stream, number)
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores the last two
        signal.signal(number, signal.SIG_DFL)
    with os.fdopen(order, "rb") as file:
        wanted: dict[str, Any] = json.load(file)
    process.close_others((0, 1, 2))  # whatever layers are asked for: the engine's socket and others' answers are here
    argv, fence = wanted["argv"], wanted["fence"]
    try:
        os.chdir(wanted["cwd"])
        put_on(fence, set(fence["layers"]))
    except (OSError, AttributeError) as error:
        _say(CANNOT, f"{error}")
    try:
        os.execvpe(argv[0], argv, wanted["env"])  # noqa: S606 - argv only, no shell: that is what a starter is for
    except OSError as error:
        _say(MISSING, f"{argv[0]}: {error.strerror}")


def _say(code: int, words: str) -> None:
    os.write(2, f"confine: {words}\n".encode(errors="replace"))
    os._exit(code)

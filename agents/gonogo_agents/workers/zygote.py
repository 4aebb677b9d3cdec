"""The zygote: a clean process that has imported the duties once and forks a worker for each role.

It is exec'd with an empty environment and one socket, never a fork of the engine. Orders are JSON: ``fork`` with a
descriptor pair for each role, ``kill`` one. When the engine is gone the socket ends, and so does everybody here.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gonogo_agents.workers.role import work
from gonogo_evidence import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.duty import DutyBody

LATER: Final = ("_strptime", "encodings.idna", "encodings.latin_1", "encodings.ascii")
"""What Python itself imports on first use; a worker could not."""
_HEAD: Final = 4
_DESCRIPTORS: Final = 32


@dataclass(slots=True)
class Zygote:
    """What has been imported, and who was forked."""

    bodies: Mapping[str, DutyBody]
    pid: int
    children: dict[str, int] = field(default_factory=dict[str, int])


def main() -> None:
    """Serve the engine: argv is the socket's descriptor and the place of the duties' table, ``module:name``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine = socket.socket(fileno=int(sys.argv[1]))
    zygote = Zygote(_bodies(sys.argv[2]), os.getpid())
    gc.collect()
    gc.freeze()
    engine.sendall(b"up")
    try:
        while (order := _order(engine)) is not None:
            _obey(zygote, engine, *order)
    finally:
        for token in list(zygote.children):
            _kill(zygote, token)


def _bodies(place: str) -> Mapping[str, DutyBody]:
    """Everything that a duty may use, imported and made ready now."""
    module, _, name = place.partition(":")
    bodies: Mapping[str, DutyBody] = getattr(importlib.import_module(module), name)
    for later in LATER:
        importlib.import_module(later)
    schema.warm()
    return bodies


def _order(engine: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next order with its descriptors; None when the engine is gone."""
    head, descriptors, _, _ = socket.recv_fds(engine, _HEAD, _DESCRIPTORS)
    data = b""
    while head and len(data) < int.from_bytes(head, "big"):
        part = engine.recv(int.from_bytes(head, "big") - len(data))
        if not part:
            return None
        data += part
    return (json.loads(data), descriptors) if head else None


def _obey(zygote: Zygote, engine: socket.socket, order: dict[str, Any], descriptors: list[int]) -> None:
    if "kill" in order:
        _kill(zygote, order["kill"])
    for number, token in enumerate(order.get("fork", ())):
        pipes = (descriptors[2 * number], descriptors[2 * number + 1])
        zygote.children[token] = _fork(zygote, engine, pipes, order["layers"])
    for descriptor in descriptors:
        os.close(descriptor)


def _fork(zygote: Zygote, engine: socket.socket, pipes: tuple[int, int], layers: list[Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        engine.close()
        work(zygote, *pipes, layers)
    except BaseException:  # noqa: BLE001, S110 - nobody is left here to tell, and the engine sees the pipe end
        pass
    finally:
        os._exit(0)


def _kill(zygote: Zygote, token: str) -> None:
    """End a worker. It is ours and not yet waited for, so the number is still its own."""
    child = zygote.children.pop(token, None)
    if child is not None:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

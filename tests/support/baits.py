"""What an enemy may reach for, all of it really there: sockets that listen, a process to trace, keys and a ledger."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from support.escapes import Bait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def laid(folder: Path) -> Iterator[Bait]:
    """Lay the bait below a folder. The engine is played by a process that only sleeps, so that it may be stopped."""
    for name in ("home/.ssh", "repository/.git/hooks", "results"):
        (folder / name).mkdir(parents=True)
    for name in ("home/.ssh/id_ed25519", "repository/README.md", "gonogo.db", "results/validation.json", "engine.key"):
        (folder / name).write_text("x\n")
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        named, abstract = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        unix = os.path.relpath(folder / "s")
        named.bind(unix if len(unix) < len(str(folder / "s")) else str(folder / "s"))
        named.listen()
        if sys.platform == "linux":
            abstract.bind(f"\0gonogo-{os.getpid()}")
            abstract.listen()
        sleeper = subprocess.Popen(["sleep", "600"], env={"PATH": os.defpath, "PLANTED_SECRET": "x"})
        stack.callback(sleeper.wait)
        stack.callback(sleeper.kill)
        yield Bait(
            home=str(folder / "home"),
            repository=str(folder / "repository"),
            ledger=str(folder / "gonogo.db"),
            results=str(folder / "results"),
            engine_key=str(folder / "engine.key"),
            engine=sleeper.pid,
            tcp=tcp.getsockname()[1],
            udp=udp.getsockname()[1],
            unix=str(folder / "s"),
            abstract=f"gonogo-{os.getpid()}",
        )

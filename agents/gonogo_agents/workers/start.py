"""The engine's handle of a zygote: started by exec with an empty environment, told what to do over one socket."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from gonogo_agents.workers.wire import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.confine import Layer
    from gonogo_agents.duty import Role
    from gonogo_agents.world import World

BODIES: Final = "gonogo_agents.duties.bodies:BODIES"
ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}
"""All that the zygote and its workers have of an environment."""
_BOOT: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv.pop()); from gonogo_agents.workers.zygote import main; main()"
)
_UP: Final = b"up"
_GRACE: Final = 5.0


class Zygote:
    """A running zygote. Starting it returns at once; :meth:`up` waits until it can fork."""

    def __init__(self, world: World, bodies: str = BODIES) -> None:
        """Start it. Raises ``OSError`` where no process can be started."""
        self._socket, other = socket.socketpair()
        self._said = b""
        self._number = 0
        with other:
            compiled = ["-B"] if sys.dont_write_bytecode else []
            path = json.dumps([entry for entry in sys.path if os.path.isabs(entry)])  # noqa: PTH117 - no path to make
            argv = [sys.executable, "-I", *compiled, "-c", _BOOT, str(other.fileno()), bodies, path]
            try:
                self._process = world.start(argv, ENVIRONMENT, (other.fileno(),))
            except OSError:
                self._socket.close()
                raise

    def up(self, within: float) -> bool:
        """Whether it is ready, waited for at most so many seconds."""
        while self._said != _UP:
            if not select.select([self._socket], [], [], within)[0]:
                return False
            part = self._socket.recv(len(_UP) - len(self._said))
            if not part:
                return False
            self._said += part
        return True

    def fork(self, names: Sequence[Role], layers: Sequence[Layer]) -> dict[Role, tuple[str, Line]]:
        """Have a worker forked for each name; answers with a token to end it by, and its line. Raises ``OSError``."""
        tokens, lines, given = list[str](), list[Line](), list[int]()
        for name in names:
            self._number += 1
            tokens.append(f"{name}/{self._number}")
            theirs_in, ours_out = os.pipe()
            ours_in, theirs_out = os.pipe()
            lines.append(Line(ours_in, ours_out))
            given += [theirs_in, theirs_out]
        try:
            self._order({"fork": tokens, "layers": list(layers)}, given)
        except OSError:
            for line in lines:
                line.close()
            raise
        finally:
            for descriptor in given:
                os.close(descriptor)
        return {name: (token, line) for name, token, line in zip(names, tokens, lines, strict=True)}

    def kill(self, token: str) -> None:
        """End a worker. Raises ``OSError`` where the zygote is gone, and then its workers are too."""
        self._order({"kill": token}, [])

    def close(self) -> None:
        """End it and its workers, and wait until they are gone."""
        self._socket.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _order(self, order: dict[str, object], descriptors: list[int]) -> None:
        data = json.dumps(order).encode()
        socket.send_fds(self._socket, [len(data).to_bytes(4, "big")], descriptors)
        self._socket.sendall(data)

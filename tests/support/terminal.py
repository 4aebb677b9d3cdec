"""Calling gonogo from tests: in this process with a world of our own, or as a program."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from gonogo_agents.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def small_world(home: Path, **env: str) -> World:
    """A world whose environment holds HOME, PATH and nothing else but ``env``."""
    return World(env={"HOME": str(home), "PATH": os.environ["PATH"], **env})


def start(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    interpreter: Sequence[str] = (),
) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m gonogo`` to its end, no standard input; ``env`` comes on top of the tests' own."""
    command = [sys.executable, *interpreter, "-m", "gonogo", *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "GONOGO_LANG"))}
    return subprocess.run(
        command, env={**kept, **(env or {})}, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )

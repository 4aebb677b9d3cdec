"""``tools.versions``: which programs answer here, and as what."""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_agents.git import first_line, git_environment
from gonogo_agents.world import Command, ProgramMissing

if TYPE_CHECKING:
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON

_VERSION = re.compile(r"\d+\.\d+[^\s,]*")


def tools_versions(world: World) -> JSON:
    """Versions of Python, git, ruff and ssh, and the platform; None for a program that does not answer."""
    beside = Path(sys.executable).with_name("ruff")
    return {
        "python": platform.python_version(),
        "git": _version(world, "git", "--version"),
        "ruff": _version(world, str(beside) if beside.exists() else "ruff", "--version"),
        "ssh": _version(world, "ssh", "-V"),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _version(world: World, *argv: str) -> str | None:
    try:
        done = world.run(Command(argv, env=git_environment(world), timeout=10.0))
    except ProgramMissing:
        return None
    words = first_line((done.stdout or done.stderr).decode(errors="replace"))
    found = _VERSION.search(words)
    return found[0] if done.code == 0 and found else None

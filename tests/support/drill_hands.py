"""An operator's hands at a drill's desk: git and other programs, gonogo, and the stand-in for gh."""

from __future__ import annotations

import contextlib
import io
import subprocess
from typing import TYPE_CHECKING

from gonogo.main import main
from gonogo_agents.world import World
from support.repos import clean_env

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def sh(folder: Path, *argv: str, stdin: bytes = b"", ok: Sequence[int] = (0,)) -> str:
    """Run a program as the operator would; its standard output."""
    env = {name: value for name, value in clean_env(folder).items() if not name.endswith("_DATE")}
    done = subprocess.run(list(argv), cwd=folder, env=env, input=stdin, capture_output=True, check=False)
    assert done.returncode in ok, (argv, done.returncode, done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace").rstrip("\n")


def gonogo(folder: Path, *arguments: str, ok: Sequence[int] = (0,)) -> str:
    """Call the real gonogo, in this process: a program for each call would be most of the tests' time."""
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        code = main([*arguments], world=World(env=clean_env(folder.parent)))
    assert code in ok, (arguments, code, said.getvalue())
    return said.getvalue()


def gh(folder: Path, *arguments: str) -> str:
    """Ask the stand-in."""
    return sh(folder, str(folder / "bin/gh"), *arguments)

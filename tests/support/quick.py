"""A world for gonogo in the tests' own process: its fresh ``verify``, zygote and detectors are forks that are warm.

What they do is theirs; that they are started cold is shown where a command is a program of its own.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from gonogo_agents.world import Command, Completed, World, run_command, start_program
from support.desk import passed
from support.spares import PROGRAMS, VERIFY
from support.warm import at_start, warm

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence


def quick_world(env: Mapping[str, str], **more: Any) -> World:  # noqa: ANN401 - whatever a world is made of
    """The real world, its programs started as this page says."""
    return World(env=env, run=run, start=start, **more)


def run(command: Command) -> Completed:
    """As :func:`gonogo_agents.world.run_command`."""
    argv, env = list(command.argv), command.env
    if argv[0] != sys.executable or tuple(argv[1 : 1 + len(VERIFY)]) != VERIFY or env is None or command.cwd is None:
        return run_command(command)
    if _without_wheel(env) != _without_wheel(_usual()):
        return run_command(command)
    done = warm(_usual()).run(argv[4:], command.cwd, env, command.timeout)
    return Completed(done.returncode, done.stdout.encode(), done.stderr.encode(), 1)


def start(argv: Sequence[str], env: Mapping[str, str], keep: Sequence[int]) -> subprocess.Popen[bytes]:
    """As :func:`gonogo_agents.world.start_program`."""
    fits = argv[0] == sys.executable and any(tuple(argv[1 : 1 + len(one)]) == one for one in PROGRAMS)
    return cast("Any", warm(_usual()).start(argv, env, keep)) if fits else start_program(argv, env, keep)


def _without_wheel(env: Mapping[str, str]) -> dict[str, str]:
    """What counts at a start; the name of the wheel is the tests' own."""
    return {name: value for name, value in at_start(env).items() if name != "GONOGO_WHEEL"}


def _usual() -> dict[str, str]:
    return {"LC_ALL": "C.UTF-8", **passed()}

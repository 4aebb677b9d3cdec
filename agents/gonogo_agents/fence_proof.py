"""What the fences of gates and of git really refuse here: tried by programs inside, on files made for it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gonogo_agents.gate_fence import Fences
from gonogo_agents.git import operator_git
from gonogo_agents.git_fence import GitFence
from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence.errors import GonogoError
from gonogo_policies.gates import read_declaration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.confine import Layer
    from gonogo_agents.world import World

FenceLevel: TypeAlias = Literal["fenced", "process"]
OWN: Final = "own"
"""The one thing that is tried and has to work: writing the folder that is one's own."""
_TRIES: Final = """
import json, socket, sys
outside, own = sys.argv[1:]
def refused(act):
    try: act()
    except OSError: return True
    return False
print(json.dumps({
    "read": refused(lambda: open(outside).read()),
    "write": refused(lambda: open(outside, "a").close()),
    "socket": refused(lambda: socket.socket().close()),
    "own": not refused(lambda: open(own, "w").close()),
}))
"""
_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried inside a fence, and whether it came out as it should."""

    layers: tuple[Layer, ...]
    came_out: Mapping[str, bool]

    @property
    def level(self) -> FenceLevel:
        """``fenced`` where everything did: what has to be refused was, and what is allowed worked."""
        return "fenced" if self.came_out and all(self.came_out.values()) else "process"


def try_gates(world: World) -> Tried:
    """A program in a gate's fence reads and writes a file outside, opens a socket, and writes its own folder."""
    fences = Fences(world)
    gate = read_declaration(
        {"name": "doctor", "kind": "command", "hard": False, "argv": ["true"], "output": "exit", "origin": "trust"}
    )
    with tempfile.TemporaryDirectory(prefix="gonogo-doctor-") as name:
        folder, scratch = Path(name).resolve(), Path(name).resolve() / "scratch"
        scratch.mkdir()
        (folder / "outside").write_text("x")
        fence = fences.around(gate, tree=scratch, scratch=scratch, objects=scratch)
        argv = (sys.executable, "-I", "-S", "-c", _TRIES, str(folder / "outside"), str(scratch / "own"))
        env = {"PATH": world.env.get("PATH", os.defpath)}
        done = world.run(Command(argv, cwd=scratch, env=env, timeout=_SECONDS, fence=fence))
    try:
        return Tried(fences.layers, json.loads(done.stdout))
    except ValueError:
        return Tried(fences.layers, {})


def try_git(world: World) -> Tried:
    """Git in its fence is told to start a program, to write outside, to open a socket, and to write its own folder."""
    with tempfile.TemporaryDirectory(prefix="gonogo-doctor-") as name:
        folder = Path(name).resolve()
        (folder / "own").mkdir()
        inside = GitFence(world, (folder / "own",))
        git = replace(operator_git(world, folder), world=replace(world, run=inside.run))
        try:
            fence = inside.fence()
            git("config", "--file", str(folder / "own" / "x"), "a.b", "c", timeout=_SECONDS)
            started = git.attempt("-c", "alias.x=!true", "x", timeout=_SECONDS).code == 0
            wrote = git.attempt("config", "--file", str(folder / "x"), "a.b", "c", timeout=_SECONDS).code == 0
            asking = git.with_environment(GIT_ALLOW_PROTOCOL="git")
            asked = asking.attempt("ls-remote", "git://127.0.0.1:9/x", timeout=_SECONDS).stderr
        except (GonogoError, ProgramMissing):
            return Tried((), {})
    came_out = {"program": not started, "write": not wrote, "socket": b"onnection refused" not in asked, "own": True}
    return Tried(fence.layers if fence else (), came_out)

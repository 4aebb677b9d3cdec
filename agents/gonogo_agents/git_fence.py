"""The fence of git: it reads what its user may read, writes one folder, starts nothing but git, and opens no socket.

A repository's own configuration can name programs (filters, monitors, pagers, external diffs, helpers) and places. git
is told to use none of them (:mod:`gonogo_agents.git`); the fence holds where that list has a gap. Reading is left open:
configuration may be included from anywhere, and what a query answers is asked for by name.

A run's git is in the fence with every call (:func:`fenced`). Before a run, what starts no program whatever the
configuration says (:data:`gonogo_agents.git.QUIET`) is called as it is; every other call goes into a fence that writes
nothing.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo_agents.confine import Fence
from gonogo_agents.gate_fence import SINKS, Fences
from gonogo_agents.git import operator_git
from gonogo_agents.world import Command, ProgramMissing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_agents.confine import Layer
    from gonogo_agents.git import Git
    from gonogo_agents.repository import Repository
    from gonogo_agents.world import Completed, World

_LOADERS: Final = ("lib*/ld-*.so*", "usr/lib*/ld-*.so*")
"""What the kernel starts a linked program with, below the root."""
_KEPT: Final = ("capabilities",)
"""A layer that git goes without: root reads repositories of others with what they give."""


@dataclass(slots=True)
class GitFence:
    """Makes git's fence when git is first called; what the system has is tried, with git itself."""

    world: World
    writes: tuple[Path, ...] = ()
    also: tuple[str, ...] = ()
    """Programs besides git that it may start."""
    fences: Fences | None = None
    """Those of a gate's programs, where they are made too: what the system has is then tried once for both."""
    _found: list[Fence | None] = field(default_factory=list["Fence | None"])

    def fence(self) -> Fence | None:
        """The fence, proven by a call of git inside; None where no layer but the portable ones is there."""
        if not self._found:
            self._found.append(next((one for one in self._candidates() if self._works(one)), None))
        return self._found[0]

    def run(self, command: Command) -> Completed:
        """``world.run``, with git inside the fence."""
        if command.argv[0] == "git" and command.fence is None and (fence := self.fence()) is not None:
            return self.world.run(replace(command, fence=fence))
        return self.world.run(command)

    def _candidates(self) -> Iterable[Fence]:
        """First with git alone to be started; where git is more than one program, with all that can be read."""
        fences = self.fences or Fences(self.world)
        layers: tuple[Layer, ...] = tuple(layer for layer in fences.layers if layer not in _KEPT)
        if "filter" in layers:
            write = (*SINKS, *map(str, self.writes))
            if "landlock" in layers:
                yield Fence(read=("/",), write=write, run=tuple(_programs(self.world, self.also)), layers=layers)
            yield Fence(read=("/",), write=write, layers=layers)

    def _works(self, fence: Fence) -> bool:
        env = {"PATH": self.world.env.get("PATH", os.defpath), "HOME": os.devnull}
        try:
            return self.world.run(Command(("git", "version"), env=env, fence=fence)).code == 0
        except ProgramMissing:
            return False


def fenced(repository: Repository, *writes: Path, fences: Fences | None = None) -> Repository:
    """The same repository, whose git, and that of our own git directories, runs inside the fence.

    Args:
        repository: the operator's.
        writes: folders of ours that git may write.
        fences: those of a gate's programs, where gates are run too.
    """
    world = replace(repository.world, run=GitFence(repository.world, writes, fences=fences).run)
    return replace(repository, world=world, git=replace(repository.git, world=world))


def cloning(world: World, folder: Path, *writes: Path) -> Git:
    """The operator's git that may clone what lies on this machine into these folders. It asks a shell for itself."""
    git = operator_git(world, folder).with_environment(GIT_ALLOW_PROTOCOL="file")
    return replace(git, world=replace(world, run=GitFence(world, writes, ("sh",)).run))


def _programs(world: World, also: Iterable[str]) -> Iterable[str]:
    """Git and the others where PATH has them and where they really lie, git's own copy, and the loader of all."""
    for name in ("git", *also):
        if (found := shutil.which(name, path=world.env.get("PATH", os.defpath))) is not None:
            yield from (found, real := os.path.realpath(found))
            prefix = Path(real).parent.parent
            yield from (str(prefix / lib / "git-core" / "git") for lib in ("lib", "libexec"))
    yield from (str(path) for pattern in _LOADERS for path in Path("/").glob(pattern))

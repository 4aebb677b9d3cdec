"""The fence of a gate's programs: work tree and system to read, one folder to write, a network only where named.

Without Landlock (other systems, old kernels, some containers) there are no path rules, and without a table of system
calls no filter: the programs then run as a process of their own, and the evidence says so.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import gonogo_evidence
import gonogo_policies
from gonogo_agents.confine import PORTABLE, Fence, offered
from gonogo_agents.worktree import SENTINEL
from gonogo_agents.world import Command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gonogo_agents.confine import Layer
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON
    from gonogo_policies.gates import Declaration

__all__ = ["Fences", "allowed_in_tree", "fence_facts", "keeps_desk"]

SYSTEM: Final = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu", "/snap"),
    *("/proc", "/sys", "/dev/random", "/dev/urandom", "/run/systemd/resolve"),
)
"""What every program may read, where it is there."""
SINKS: Final = ("/dev/null", "/dev/zero", "/dev/full")
"""Devices that may be written."""
GIB: Final = 1024**3
FILE_SIZE: Final = 4 * GIB
_PROBE: Final = ("true",)


class Fences:
    """Makes fences. What the system has is tried once, with a program that does nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._layers: tuple[Layer, ...] | None = None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that can really be put on here; one that is offered and fails leaves the portable ones."""
        if self._layers is None:
            # of a program that is started: it is dumpable again
            layers: tuple[Layer, ...] = tuple(layer for layer in offered() if layer != "undumpable")
            trial = Fence(read=_once((*SYSTEM, *_interpreter())), write=SINKS, layers=layers)
            env = {"PATH": self._world.env.get("PATH", os.defpath)}
            done = self._world.run(Command(_PROBE, env=env, timeout=60.0, fence=trial))
            self._layers = trial.layers if done.code == 0 else PORTABLE
        return self._layers

    def around(self, gate: Declaration, *, tree: Path, scratch: Path, objects: Path) -> Fence | None:
        """The fence for one gate's programs, or None where its entry says why it runs without.

        Args:
            gate: its entry: network, reads, writes.
            tree: the run's work tree; writable only where ``writes`` or ``report`` name files of it.
            scratch: the gate's own folder.
            objects: the shared object folder of git, which the tree reads from.
        """
        if gate.unfenced:
            return None
        places = [self._place(words) for words in gate.writes if words.startswith(("/", "~"))]
        inside = (str(tree),) if allowed_in_tree(gate) else ()
        read = [*SYSTEM, *_interpreter(), str(tree), str(tree.parent / SENTINEL), str(objects)]
        read += [*self._programs(gate), *(self._place(words) for words in gate.reads)]
        return Fence(
            read=_once(read),
            write=_once((*SINKS, str(scratch), *inside, *places)),
            network=gate.network,
            limits={"RLIMIT_CORE": 0, "RLIMIT_FSIZE": FILE_SIZE, "RLIMIT_CPU": gate.timeout_seconds * 64},
            layers=self.layers,
        )

    def _place(self, words: str) -> str:
        return str(self._world.home("HOME", "")) + words[1:] if words.startswith("~/") else words

    def _programs(self, gate: Declaration) -> Iterable[str]:
        """The folders of PATH, and where the gate's own program is installed: never a folder that holds the home."""
        path = self._world.env.get("PATH", os.defpath)
        yield from (folder for folder in path.split(os.pathsep) if folder.startswith("/"))
        names = [*gate.argv[:1], *([f"python{gate.python}"] if gate.python else [])]
        programs = [shutil.which(name, path=path) for name in names if not name.startswith("{")]
        home = self._world.home("HOME", "")
        for place in (Path(place) for program in programs if program for place in (program, os.path.realpath(program))):
            yield str(place)
            prefix = place.parent.parent
            if place.parent.name == "bin" and not home.is_relative_to(prefix) and prefix != home / ".local":
                yield str(prefix)


def allowed_in_tree(gate: Declaration) -> tuple[str, ...]:
    """Globs of the tree's files that a gate's programs may change: its ``writes``, and its report if it lies there."""
    named = tuple(words for words in gate.writes if not words.startswith(("/", "~")))
    inside = gate.report if gate.report and not any("{output}" in word for word in gate.argv) else ""
    return (*named, inside) if inside else named


def fence_facts(fence: Fence | None, gate: Declaration) -> Mapping[str, JSON]:
    """What was on, for the evidence: ``level`` is ``process`` where no path rules or no filter were."""
    if fence is None:
        return {"level": "none", "layers": [], "why": gate.unfenced, "network": True, "tree": "writable"}
    closed = {"landlock", "filter"} <= set(fence.layers)
    return {
        "level": "fenced" if closed else "process",
        "layers": list(fence.layers),
        "network": fence.network or "filter" not in fence.layers,
        "tree": "writable" if allowed_in_tree(gate) or "landlock" not in fence.layers else "read-only",
    }


def keeps_desk(fence: Fence | None) -> bool:
    """Whether path rules kept the programs away from the operator's desk."""
    return fence is not None and "landlock" in fence.layers


def _interpreter() -> Sequence[str]:
    """Where Python and what came with gonogo lie."""
    ours = (
        str(Path(package.__file__).parents[1]) for package in (gonogo_evidence, gonogo_policies) if package.__file__
    )
    return tuple(dict.fromkeys((sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.realpath(sys.executable), *ours)))


def _once(paths: Iterable[str]) -> tuple[str, ...]:
    """Each once, and never the root, under which everything lies. What is not there is left out at the start."""
    return tuple(dict.fromkeys(path for path in paths if path not in {"", "/"}))

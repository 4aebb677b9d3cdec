"""The broker's handler for ``gate.run``: gives a gate its surroundings, keeps its raw outputs, hands back its result.

What a gate's programs see is made here: the run's own work tree, a clean environment with an empty HOME, and an empty
folder for outputs. Nothing of the operator's settings is among it.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gonogo_agents.broker import read_data_index
from gonogo_agents.git import own_git
from gonogo_agents.objects import list_tree
from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import no_room, slug, write_atomic
from gonogo_evidence.text import msg
from gonogo_policies.change import RepoPath, read_change
from gonogo_policies.gates import CommandResult, GateContext, make_gate, read_declaration
from gonogo_policies.gates.interface import MOST_RAW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gonogo_agents.broker import DataEntry
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON
    from gonogo_policies.gates import Declaration, GateResult

SCRATCH = "gates"
"""Below the run's folder: HOME and output folder of each gate, made anew for each run of it."""
KEPT = "data/gates"
INDEX = "data.jsonl"
ROLE = "CI_GUARDIAN"
PASSED_ON = ("PATH", "TMPDIR")
"""Of the world's environment: where programs are, and where temporary files go."""


@dataclass(frozen=True, slots=True)
class GateRunner:
    """Runs gates for one run.

    Args:
        world: programs and environment.
        run_folder: raw outputs go to ``data/gates/`` below it.
        tree: the run's own work tree of ``git_ref``.
        inputs: the run's frozen inputs (``gates`` and ``git_ref`` are used).
        change: gives what ``git.query`` answers to ``change``.
    """

    world: World
    run_folder: Path
    tree: Path
    inputs: Mapping[str, JSON]
    change: Callable[[], JSON]

    def handlers(self) -> dict[str, Callable[[Mapping[str, JSON]], JSON]]:
        """The verb that the broker hands on to here."""
        return {"gate.run": self.run}

    def run(self, arguments: Mapping[str, JSON]) -> JSON:
        """Run one declared gate by name.

        Returns:
            The gate's result as JSON, ``observed`` with digests and places of its raw outputs.

        Raises:
            BadInput: GATE_UNKNOWN, GATE_DECLARATION.
            IntegrityBroken: CHANGE_SHAPE.
            Inconclusive: DISK_FULL, CANNOT_WRITE.
        """
        number, declaration = self._declared(arguments.get("name"))
        mark = f"{number:02d}-{slug(declaration.name)}"
        result = make_gate(declaration).run(self._context(declaration, mark))
        return cast("JSON", result.json(self._keep(mark, result)))

    def _declared(self, name: JSON) -> tuple[int, Declaration]:
        entries = self.inputs.get("gates")
        for number, entry in enumerate(entries if isinstance(entries, list | tuple) else (), 1):
            declaration = read_declaration(entry)
            if declaration.name == name:
                return number, declaration
        raise BadInput(
            "GATE_UNKNOWN",
            msg("No gate of this run is named {name}.", name=ascii(name)[:120]),
            next_step=msg("The run's gates stand in its frozen inputs; they come from config/gates.toml."),
        )

    def _context(self, declaration: Declaration, mark: str) -> GateContext:
        scratch = self.run_folder / SCRATCH / mark
        home, output = scratch / "home", scratch / "output"
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            home.mkdir(parents=True)
            output.mkdir()
        except OSError as error:
            raise no_room(error, scratch) from error
        env = {name: value for name in PASSED_ON if (value := self.world.env.get(name))}
        return GateContext(
            tree=self.tree,
            change=read_change(self.change()),
            settings=declaration,
            run_command=self._command,
            python=sys.executable,
            env={"PATH": os.defpath, **env, "HOME": str(home), "LC_ALL": "C.UTF-8"},
            output=output,
            tracked=self._tracked,
        )

    def _command(self, argv: Sequence[str], *, cwd: Path, timeout: float, env: Mapping[str, str]) -> CommandResult:
        try:
            done = self.world.run(Command(argv, cwd=cwd, env=env, timeout=timeout))
        except ProgramMissing:
            return CommandResult(None, missing=True)
        return CommandResult(done.code, done.stdout, done.stderr, done.duration_ms, timed_out=done.timed_out)

    def _tracked(self) -> list[RepoPath]:
        entries = list_tree(own_git(self.world, self.tree), str(self.inputs["git_ref"]))
        return [RepoPath(entry.path, os.fsdecode(entry.raw)) for entry in entries if entry.regular]

    def _keep(self, mark: str, result: GateResult) -> dict[str, str]:
        """Write the raw outputs where the seal finds them. A gate that is run again replaces what it left before."""
        outputs = {"stdout": result.observed.stdout[:MOST_RAW], "stderr": result.observed.stderr[:MOST_RAW]}
        paths = {name: f"{KEPT}/{mark}.{name}.txt" for name in outputs}
        entries = {entry["path"]: entry for entry in read_data_index(self.run_folder)}
        for name, path in paths.items():
            target = self.run_folder / path
            entries.pop(path, None)
            target.unlink(missing_ok=True)
            if outputs[name]:
                _make_folder(target.parent)
                write_atomic(target, outputs[name])
                entries[path] = _entry(path, outputs[name])
        lines = [canonical.dumps(cast("JSON", entries[path])) + b"\n" for path in sorted(entries)]
        write_atomic(self.run_folder / INDEX, b"".join(lines))
        return {name: path for name, path in paths.items() if outputs[name]}


def _entry(path: str, data: bytes) -> DataEntry:
    return {
        "path": path,
        "sha256": canonical.digest_of(data),
        "size": len(data),
        "media_type": "text/plain",
        "determinism": "none",
        "reason": "raw output of a gate's programs, with times and places of the host",
        "role": ROLE,
    }


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise no_room(error, folder) from error

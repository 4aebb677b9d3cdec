"""The broker's handler for ``gate.run``: gives a gate its surroundings, keeps its raw outputs, hands back its result.

What a gate's programs see is made here: the run's own work tree, a clean environment with an empty HOME, and an empty
folder for outputs and caches. Nothing of the operator's settings is among it. They run inside a fence, and afterwards
the work trees are compared with what they were before.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from gonogo_agents.broker import read_data_index
from gonogo_agents.broker.git_queries import patch
from gonogo_agents.confine.program import CANNOT
from gonogo_agents.detectors import find_secrets
from gonogo_agents.gate_fence import allowed_in_tree, fence_facts, keeps_desk
from gonogo_agents.git import first_line, own_git
from gonogo_agents.objects import file_at, list_names
from gonogo_agents.renames import new_names
from gonogo_agents.starter import LAUNCHER
from gonogo_agents.watch import Command as Watched
from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, Refused
from gonogo_evidence.files import no_room, read_bytes, slug, write_atomic
from gonogo_evidence.text import msg
from gonogo_policies.change import read_change
from gonogo_policies.gates import CommandResult, GateContext, make_gate, read_declaration
from gonogo_policies.gates.interface import MOST_RAW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gonogo_agents.broker import DataEntry
    from gonogo_agents.confine import Fence
    from gonogo_agents.gate_fence import Fences
    from gonogo_agents.watch import Watch
    from gonogo_agents.world import Completed, World
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_policies.gates import Declaration, GateResult
    from gonogo_policies.gates.interface import RunCommand
    from gonogo_policies.listing import Listing

GUARDS = "A"
SCRATCH = "gates"
"""Below the run's folder: HOME and output folder of each gate, made anew for each run of it."""
KEPT = "data/gates"
INDEX = "data.jsonl"
ROLE = "CI_GUARDIAN"
PYTEST_FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
NO_CACHE = "no:cacheprovider"
NETWORK = (
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
"""How this machine reaches a network: handed to gates that may use one, and to no others."""
SETTINGS_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class GateRunner:
    """Runs gates for one run. What follows from its commit alone is asked of git once, for all gates.

    Args:
        world: programs and environment.
        run_folder: raw outputs go to ``data/gates/`` below it.
        tree: the run's own work tree of ``git_ref``.
        inputs: the run's frozen inputs (``gates`` and ``git_ref`` are used).
        change: gives what ``git.query`` answers to ``change``.
        watch: compares the work trees.
        fences: makes the fences for the gates' programs.
    """

    world: World
    run_folder: Path
    tree: Path
    inputs: Mapping[str, JSON]
    change: Callable[[], JSON]
    watch: Watch
    fences: Fences
    objects: Path
    """Git's shared object folder."""
    kept: Path | None = None
    """Where gates may keep what they parsed; a run never names it."""
    stood: str | None = None
    """The commit whose files count as having stood before, where a look has no base; in a run there is none."""

    def handlers(self) -> dict[str, Callable[[Mapping[str, JSON]], JSON]]:
        """The verbs that the broker hands on to here."""
        return {"gate.run": self.run, "gate.guard": self.guard}

    def guard(self, arguments: Mapping[str, JSON]) -> JSON:
        """Run a gate of step A, which starts nothing of the change. Raises as ``run``, and Refused GATE_NO_GUARD."""
        _, declaration = self._declared(arguments.get("name"))
        if declaration.step != GUARDS:
            raise Refused("GATE_NO_GUARD", msg("{gate} is no gate of step A.", gate=declaration.name))
        return self.run(arguments)

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
        scratch = self._scratch(mark)
        fence = self.fences.around(declaration, tree=self.tree, scratch=scratch, objects=self.objects)
        command = Watched(declaration.name, allowed_in_tree(declaration), keeps_desk(fence))
        self.watch.before(command)
        try:
            result = make_gate(declaration).run(self._context(declaration, scratch, fence))
        finally:
            trees = self.watch.after(command)
        told = result.json(self._keep(mark, result))
        facts: dict[str, JSON] = {"fence": cast("JSON", fence_facts(fence, declaration)), "trees": trees}
        return cast("JSON", {**told, "observed": {**cast("JSONObject", told["observed"]), **facts}})

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

    def _scratch(self, mark: str) -> Path:
        scratch = self.run_folder / SCRATCH / mark
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            for folder in ("home", "output", "tmp", "cache"):
                (scratch / folder).mkdir(parents=True)
        except OSError as error:
            raise no_room(error, scratch) from error
        return scratch

    def _context(self, declaration: Declaration, scratch: Path, fence: Fence | None) -> GateContext:
        path = _path(self.world.env.get("PATH", ""))
        rooms = {**_rooms(scratch), **_pytest_room(declaration, self.tree, scratch)}
        if declaration.network:
            rooms |= {name: self.world.env[name] for name in NETWORK if name in self.world.env}
        return GateContext(
            tree=self.tree,
            change=read_change(self.change()),
            settings=declaration,
            run_command=self._starter(fence),
            python=sys.executable,
            env={"PATH": path, "HOME": str(scratch / "home"), "LC_ALL": "C.UTF-8", **rooms},
            output=scratch / "output",
            tracked=lambda: self._tracked,
            now=self.world.now,
            home=self.world.home("HOME", ""),
            diff=self._diff,
            find_secrets=lambda texts: find_secrets(self.world, self.run_folder / SCRATCH, texts),
            renamed=lambda: self._renamed,
            at_base=self._at_base,
            kept=self.kept,
        )

    def _starter(self, fence: Fence | None) -> RunCommand:
        """What starts a gate's programs: inside the fence, where there is one."""

        def start(argv: Sequence[str], *, cwd: Path, timeout: float, env: Mapping[str, str]) -> CommandResult:
            try:
                done = self.world.run(Command(argv, cwd=cwd, env=env, timeout=timeout, fence=fence))
            except ProgramMissing:
                return CommandResult(None, missing=True)
            if fence is not None and done.code == CANNOT and done.stderr.startswith(LAUNCHER):
                raise _not_fenced(done)
            return CommandResult(done.code, done.stdout, done.stderr, done.duration_ms, timed_out=done.timed_out)

        return start

    @cached_property
    def _tracked(self) -> Listing:
        return list_names(own_git(self.world, self.tree), str(self.inputs["git_ref"]))

    @cached_property
    def _renamed(self) -> Mapping[str, str]:
        return new_names(own_git(self.world, self.tree), str(self.inputs["git_ref"]))

    def _at_base(self, path: str) -> bytes | None:
        base = read_change(self.change()).base or self.stood
        return None if base is None else file_at(own_git(self.world, self.tree), base, path)

    def _diff(self) -> bytes:
        base = read_change(self.change()).base
        return patch(own_git(self.world, self.tree), base, str(self.inputs["git_ref"]))

    def _keep(self, mark: str, result: GateResult) -> dict[str, str]:
        """Write the raw outputs where the seal finds them. A gate that is run again replaces what it left before."""
        outputs = {"stdout": result.observed.stdout[:MOST_RAW], "stderr": result.observed.stderr[:MOST_RAW]}
        paths = {name: f"{KEPT}/{mark}.{name}.txt" for name in outputs}
        types = {one.name: one.media_type for one in result.observed.kept}
        outputs |= {one.name: one.data for one in result.observed.kept}
        paths |= {name: f"{KEPT}/{mark}.{name}" for name in types}
        entries = {entry["path"]: entry for entry in read_data_index(self.run_folder)}
        for path in [path for path in entries if path.startswith(f"{KEPT}/{mark}.")]:
            del entries[path]
            (self.run_folder / path).unlink(missing_ok=True)
        for name, path in paths.items():
            target = self.run_folder / path
            if outputs[name]:
                _make_folder(target.parent)
                write_atomic(target, outputs[name])
                entries[path] = _entry(path, outputs[name], types.get(name, "text/plain"))
        lines = [canonical.dumps(cast("JSON", entries[path])) + b"\n" for path in sorted(entries)]
        write_atomic(self.run_folder / INDEX, b"".join(lines))
        return {name: path for name, path in paths.items() if outputs[name]}


def _path(words: str) -> str:
    """PATH without what depends on the folder one stands in: a gate stands in the tree that it judges.

    Where nothing is left it is the system's own: an empty PATH means that very folder.
    """
    return os.pathsep.join(folder for folder in words.split(os.pathsep) if folder.startswith("/")) or os.defpath


def _rooms(scratch: Path) -> dict[str, str]:
    """Where tools put what they would else leave in the work tree: temporary files, byte code, caches.

    Git's optional writes to its index are off.
    """
    cache = scratch / "cache"
    return {
        "TMPDIR": str(scratch / "tmp"),
        "XDG_CACHE_HOME": str(cache),
        "PYTHONPYCACHEPREFIX": str(cache / "pycache"),
        "RUFF_CACHE_DIR": str(cache / "ruff"),
        "MYPY_CACHE_DIR": str(cache / "mypy"),
        "COVERAGE_FILE": str(cache / "coverage"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache / "hypothesis"),
        "GIT_OPTIONAL_LOCKS": "0",
    }


def _pytest_room(gate: Declaration, tree: Path, scratch: Path) -> dict[str, str]:
    """Where pytest keeps its cache. Where its cache is switched off, a strict pytest would not know the option."""
    if any(NO_CACHE in word for word in gate.argv) or any(NO_CACHE in _settings(tree / name) for name in PYTEST_FILES):
        return {}
    return {"PYTEST_ADDOPTS": f"-o cache_dir={shlex.quote(str(scratch / 'cache' / 'pytest'))}"}


def _settings(path: Path) -> str:
    try:
        return read_bytes(path, limit=SETTINGS_LIMIT).decode(errors="replace")
    except GonogoError:
        return ""


def _not_fenced(done: Completed) -> Inconclusive:
    """A layer could not be put on, and the program was never started."""
    words = first_line(done.stderr.decode(errors="replace"))
    return Inconclusive(
        "GATE_FENCE",
        msg("The gate's fence could not be put up, so nothing was run: {words}", words=words),
        next_step=msg("gonogo doctor"),
    )


def _entry(path: str, data: bytes, media_type: str) -> DataEntry:
    return {
        "path": path,
        "sha256": canonical.digest_of(data),
        "size": len(data),
        "media_type": media_type,
        "determinism": "none",
        "reason": "what a gate's programs left, with times and places of the host",
        "role": ROLE,
    }


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise no_room(error, folder) from error

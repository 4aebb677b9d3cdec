"""A gate run by the broker's handler over a small real repository, with real programs inside a real fence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gonogo_agents.broker.git_queries import change, own_store
from gonogo_agents.gate_fence import Fences
from gonogo_agents.gate_runner import GateRunner
from gonogo_agents.repository import open_repository
from gonogo_agents.watch import Watch
from gonogo_evidence import canonical
from support.repos import link, make_repo, make_world

if TYPE_CHECKING:
    from pathlib import Path

    from support.repos import Files, Repo

Json = dict[str, Any]
LINT = {"name": "Lint Gate", "kind": "ruff", "hard": True, "trigger": {"python": ["**/*.py"]}, "paths": ["."]}
BROKEN = "def f():\n    return undefined_name\n"


def shell(text: str, **more: object) -> Json:
    """A command gate of the trust side that runs a shell's words."""
    argv = ["/bin/sh", "-c", text]
    return {
        "name": "own (1)",
        "kind": "command",
        "hard": True,
        "origin": "trust",
        "argv": argv,
        "output": "exit",
        **more,
    }


@dataclass
class Run:
    """A run's folder over a small repository."""

    runner: GateRunner
    folder: Path
    desk: Repo

    def __call__(self, name: str) -> Json:
        result = self.runner.run({"name": name})
        canonical.dumps(result)
        assert isinstance(result, dict)
        return result


def start(tmp_path: Path, *gates: Json, base: str | None = "first", files: Files | None = None, **world: str) -> Run:
    """A run over the last commit of a repository that changed ``a.py`` (broken) and ``README.md``, and ``files``."""
    repo = make_repo(
        tmp_path / "repo",
        {"old.py": BROKEN, "link.py": link("old.py"), "README.md": "x\n"},
        [{"a.py": BROKEN, "README.md": "y\n", **(files or {})}],
    )
    repo.write({"ruff.toml": 'exclude = ["*"]\n'})
    made = make_world(tmp_path / "home", **world)
    repository = open_repository(made, repo.path)
    folder = tmp_path / "state" / "run"
    tree = folder / "work" / "tree"
    tree.parent.mkdir(parents=True)
    since = None if base is None else repo.commits[0]
    answer = change(own_store(repository, folder / "git"), since, repo.head, "option")
    inputs: Json = {"git_ref": repo.head, "gates": list(gates)}
    watch = Watch(repository, folder, tree, repo.head)
    runner = GateRunner(
        *(made, folder, tree, inputs, lambda: answer, watch, Fences(made), repository.objects),
        stood=None if base else repo.head,
    )
    return Run(runner, folder, repo)

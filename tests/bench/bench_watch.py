"""Comparing work trees of 5,000 files: a look and a comparison by stamps, against ``git status`` on the same tree.

``git status`` believes an index that lies in the tree; the stamps are held by the engine. The second row is a look at
the desk. A gate costs two looks at the tree more, and two at the desk where no path rules keep it from there.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import rounds, row
from gonogo_agents.confine import offered
from gonogo_agents.gate_fence import Fences
from gonogo_agents.git_fence import fenced
from gonogo_agents.repository import open_repository
from gonogo_agents.watch import changes, desk_print, take
from gonogo_agents.worktree import make_tree
from gonogo_agents.world import Command
from gonogo_policies.gates import read_declaration
from support.repos import clean_env, make_repo, make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gonogo_agents.git import Git
    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON

FILES = 5000
ROUNDS = 20


def rows() -> Iterator[str]:
    """Tree, desk, and a program inside a fence."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = {f"d{number % 50}/f{number}.py": f"x = {number}\n" * 30 for number in range(FILES)}
        repo = make_repo(folder / "repo", files)
        opened = open_repository(make_world(folder / "home"), repo.path)
        tree = folder / "run" / "tree"
        make_tree(opened, repo.head, tree)
        first = take(tree)

        def compare() -> None:
            assert changes(first, take(tree)) == ()

        def status() -> None:
            subprocess.run(
                ["git", "status", "--porcelain=v2", "--ignored"],
                cwd=tree,
                env={**clean_env(folder), "GIT_OPTIONAL_LOCKS": "0"},
                capture_output=True,
                check=True,
            )

        yield row("5,000 files: compare the run's tree / git status", rounds([compare, status], ROUNDS), None)
        yield row("5,000 files: look at the desk / git status", rounds([lambda: _desk(opened), status], ROUNDS), None)
        name = f"a program in its fence, {len(offered())} layers / bare"
        yield row(name, rounds(_started(opened, tree), ROUNDS), None)
        inside = fenced(opened, tree).git
        yield row("a query of git in its fence / bare", rounds([_asks(inside), _asks(opened.git)], ROUNDS), None)


def _desk(opened: Repository) -> None:
    desk_print(opened)


def _asks(git: Git) -> Callable[[], None]:
    def ask() -> None:
        git("rev-parse", "HEAD")

    return ask


def _started(opened: Repository, tree: Path) -> list[Callable[[], None]]:
    """The program ``true``, inside the fence of a gate and without one."""
    stored: JSON = {"name": "x", "kind": "command", "hard": True, "argv": ["true"], "output": "exit", "origin": "trust"}
    fence = Fences(opened.world).around(
        read_declaration(stored), tree=tree, scratch=tree.parent / "scratch", objects=opened.objects
    )
    assert fence is not None
    env = clean_env(tree.parent)
    inside = Command(["true"], cwd=tree, env=env, fence=fence)
    outside = Command(["true"], cwd=tree, env=env)

    def start(what: Command) -> None:
        assert opened.world.run(what).code == 0

    return [lambda: start(inside), lambda: start(outside)]

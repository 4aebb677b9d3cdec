"""The shipped ``.pre-commit-hooks.yaml``, run by the real pre-commit at real commits.

Only ``language`` is another: what pre-commit would install for itself, this environment has.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from support.ci_steps import with_programs
from support.desk import make_desk
from support.repos import Repo, clean_env, make_repo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHIPPED = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
PRE_COMMIT = str(Path(sys.executable).with_name("pre-commit"))
IDS = ("gonogo-lint", "gonogo-docs", "gonogo-merge-logs")
FIRST = {"README.md": "see `src/old.py`\n", "src/old.py": "x = 1\n", "src/a.py": "x = 1\n", "notes.txt": "x\n"}

Committed = tuple[int, dict[str, str], str]
"""The exit code of ``git commit``, each hook's word, all that was said."""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, dict[str, str]]:
    """A repository in which ``pre-commit install`` was said, and the environment of its operator."""
    folder = tmp_path_factory.mktemp("pre-commit")
    hooks = make_repo(folder / "hooks", {".pre-commit-hooks.yaml": SHIPPED.read_text()})
    asked = [{"id": name, "language": "system"} for name in IDS]
    wanted = {"repos": [{"repo": str(hooks.path), "rev": hooks.head, "hooks": asked}]}
    desk = make_desk(folder / "desk", {**FIRST, ".pre-commit-config.yaml": yaml.safe_dump(wanted)}, (), key=False)
    own = {**clean_env(desk.home), **desk.environment()}
    env = with_programs(folder / "bin", own, {"gonogo": f'exec {sys.executable} -m gonogo "$@"'})
    subprocess.run([PRE_COMMIT, "install"], cwd=desk.repo.path, env=env, check=True, capture_output=True)
    return desk.repo, env


@pytest.fixture
def commit(repo: tuple[Repo, dict[str, str]]) -> Callable[[Sequence[str]], Committed]:
    """Say ``git commit`` there; afterwards the desk is what the commit is."""

    def say(words: Sequence[str]) -> Committed:
        done = subprocess.run(
            ["git", "commit", "-m", "x", *words],
            cwd=repo[0].path,
            env=repo[1],
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        lines = [line for line in done.stderr.splitlines() if "...." in line]
        said = {line.split("..")[0]: line.rpartition(".")[2].rpartition(")")[2] for line in lines}
        return done.returncode, said, done.stderr

    repo[0].git("reset", "-q", "--hard")
    return say


def test_the_manifest_is_one_to_pre_commit_and_names_every_hook_that_is_run_here() -> None:
    done = subprocess.run([PRE_COMMIT, "validate-manifest", SHIPPED], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
    assert tuple(one["id"] for one in yaml.safe_load(SHIPPED.read_text())) == IDS


def test_faults_are_no_commit_and_a_file_that_goes_away_is_looked_for_where_no_document_changes(
    repo: tuple[Repo, dict[str, str]], commit: Callable[[Sequence[str]], Committed]
) -> None:
    """``-a``: git hands the hook another index than the repository's."""
    repo[0].write({"src/a.py": "def (:\n"})
    (repo[0].path / "src/old.py").unlink()
    code, said, words = commit(["-a"])
    assert (code, repo[0].git("rev-parse", "HEAD")) == (1, repo[0].head)
    assert said == {"Lint Gate": "Failed", "docs-reference-targets-gate": "Failed", "Merge Log Hygiene": "Skipped"}
    assert ("src/a.py:1" in words, "README.md:1 MISSING_TARGET src/old.py" in words) == (True, True), words


def test_what_is_not_staged_is_not_held_against_the_commit(
    repo: tuple[Repo, dict[str, str]], commit: Callable[[Sequence[str]], Committed]
) -> None:
    repo[0].write({"src/a.py": "x = 2\n", "README.md": "see `src/a.py`\n"})
    repo[0].git("add", ".")
    repo[0].write({"src/a.py": "def (:\n", "README.md": "[b](gone.md)\n"})
    code, said, words = commit([])
    assert (code, set(said.values()), len(said)) == (0, {"Passed"}, 3), words
    assert (repo[0].path / "src/a.py").read_text() == "def (:\n"

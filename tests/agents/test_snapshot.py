"""The desk as a commit of our own: everything on it is seen, and nothing of the operator's changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_agents.objects import list_tree, read_blobs
from gonogo_agents.repository import open_repository
from gonogo_agents.snapshot import Snapshot, take
from gonogo_agents.worktree import make_tree
from support.repos import Repo, make_repo, make_world

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "repo", {"a.txt": "a\n", "b.txt": "b\n", ".gitignore": "*.log\n"})


def taken(repo: Repo, tmp_path: Path) -> Snapshot:
    """The snapshot of a repository's desk."""
    return take(open_repository(make_world(tmp_path), repo.path), tmp_path / "store")


def contents(found: Snapshot) -> dict[str, bytes]:
    """Every file of the snapshot."""
    entries = list_tree(found.repository.git, found.commit)
    blobs = read_blobs(found.repository.git, [entry.blob for entry in entries])
    return {entry.path: blobs[entry.blob] for entry in entries}


def state(repo: Repo) -> list[tuple[str, bytes]]:
    """Everything that lies in the operator's git directory."""
    return sorted((str(path), path.read_bytes()) for path in (repo.path / ".git").rglob("*") if path.is_file())


def test_a_clean_desk_is_head(repo: Repo, tmp_path: Path) -> None:
    found = taken(repo, tmp_path)
    assert (found.commit, found.differs) == (found.head, False)


def test_staged_unstaged_untracked_and_deleted_files_are_seen(repo: Repo, tmp_path: Path) -> None:
    (repo.path / "a.txt").write_text("unstaged\n", encoding="utf-8")
    (repo.path / "b.txt").unlink()
    (repo.path / "staged.txt").write_text("s\n", encoding="utf-8")
    repo.git("add", "staged.txt")
    (repo.path / "new").mkdir()
    (repo.path / "new" / "größe.txt").write_text("n\n", encoding="utf-8")
    (repo.path / "x.log").write_text("ignored\n", encoding="utf-8")
    before = state(repo)
    found = taken(repo, tmp_path)
    assert state(repo) == before
    assert found.differs
    assert contents(found) == {
        ".gitignore": b"*.log\n",
        "a.txt": b"unstaged\n",
        "new/größe.txt": b"n\n",
        "staged.txt": b"s\n",
    }


def test_the_same_desk_is_the_same_commit_and_can_be_checked_out(repo: Repo, tmp_path: Path) -> None:
    (repo.path / "a.txt").write_text("more\n", encoding="utf-8")
    first, second = taken(repo, tmp_path / "1"), taken(repo, tmp_path / "2")
    assert first.commit == second.commit
    make_tree(first.repository, first.commit, tmp_path / "tree")
    assert (tmp_path / "tree" / "a.txt").read_text(encoding="utf-8") == "more\n"


def test_the_operators_own_ignore_rules_count(repo: Repo, tmp_path: Path) -> None:
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "exclude").write_text("mine.txt\n", encoding="utf-8")
    (repo.path / "mine.txt").write_text("x\n", encoding="utf-8")
    assert not taken(repo, tmp_path).differs

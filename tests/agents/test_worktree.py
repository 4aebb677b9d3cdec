"""The run's own work tree: exact bytes, nothing of the desk, nothing on the desk."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

import pytest

from gonogo_agents.repository import Repository, open_repository
from gonogo_agents.worktree import make_tree, remove_tree, tree_fingerprint
from gonogo_evidence.errors import Inconclusive
from support.repos import Content, Repo, executable, link, listing, make_repo, make_world, submodule

if TYPE_CHECKING:
    from pathlib import Path

FILES: dict[str | bytes, Content] = {
    "a.txt": "one\n",
    "crlf.bat": b"echo\r\n",
    ".gitattributes": "*.txt text eol=crlf filter=evil\n*.id ident\n*.bin filter=lfs\n",
    "x.id": "$Id$\n",
    "src/run.sh": executable("#!/bin/sh\n"),
    "loop/a": link("b"),
    "loop/b": link("a"),
    "out": link("/etc/hostname"),
    "mod": submodule("1" * 40),
    b"n\xff.txt": "bytes\n",
    "u\u0308.txt": "decomposed\n",
    ".gitignore": "*.log\n",
}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "r", FILES, [{"a.txt": "two\n"}])


@pytest.fixture
def opened(repo: Repo) -> Repository:
    return open_repository(make_world(repo.path.parent / "home"), repo.path)


def test_the_tree_holds_the_commits_bytes_and_git_works_in_it(repo: Repo, opened: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "run" / "tree"
    made = make_tree(opened, repo.head, folder)
    assert made.head == repo.head
    assert made.status == ()
    assert (folder / "a.txt").read_bytes() == b"two\n", "eol=crlf of the commit's attributes is not applied"
    assert (folder / "crlf.bat").read_bytes() == b"echo\r\n"
    assert (folder / "x.id").read_bytes() == b"$Id$\n"
    assert os.access(folder / "src" / "run.sh", os.X_OK)
    assert os.readlink(folder / "loop" / "a") == "b"  # noqa: PTH115 - the link itself is meant
    assert os.readlink(folder / "out") == "/etc/hostname"  # noqa: PTH115 - the same
    assert list((folder / "mod").iterdir()) == []
    names = [path.name for path in folder.iterdir()]
    assert b"n\xff.txt" in map(os.fsencode, names)
    assert "ü.txt" in {unicodedata.normalize("NFC", name) for name in names}
    assert (folder.parent / "ruff.toml").read_bytes() == b""
    assert not (folder / ".git" / "hooks").exists()
    assert Repo(folder).git("status", "--porcelain") == ""
    assert Repo(folder).git("log", "-1", "--format=%H") == repo.head


def test_an_older_commit_is_checked_out_whatever_the_desk_has(repo: Repo, opened: Repository, tmp_path: Path) -> None:
    repo.write({"a.txt": "dirty\n", "ruff.toml": "line-length = 1\n"})
    make_tree(opened, repo.commits[0], tmp_path / "s" / "tree")
    assert (tmp_path / "s" / "tree" / "a.txt").read_text() == "one\n"
    assert not (tmp_path / "s" / "tree" / "ruff.toml").exists()


def test_hooks_filters_and_the_operators_repository_are_left_alone(repo: Repo, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (repo.path / ".git" / "hooks" / hook).write_text(f"#!/bin/sh\necho {hook} >> {mark}\n")
        (repo.path / ".git" / "hooks" / hook).chmod(0o755)
    for key in ("filter.evil.smudge", "filter.evil.clean", "filter.lfs.process", "core.fsmonitor"):
        repo.git("config", key, f"echo {key} >> {mark}; cat")
    repo.git("config", "filter.evil.required", "true")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[filter "evil"]\n\tsmudge = "echo global >> {mark}; cat"\n[init]\n\ttemplateDir = {tmp_path / "template"}\n'
        f"[core]\n\thooksPath = {repo.path / '.git' / 'hooks'}\n\tautocrlf = true\n"
    )
    (tmp_path / "template" / "hooks").mkdir(parents=True)
    (tmp_path / "template" / "hooks" / "post-checkout").write_text(f"#!/bin/sh\necho template >> {mark}\n")
    (tmp_path / "template" / "hooks" / "post-checkout").chmod(0o755)
    repo.write({"new.txt": "untracked\n"})
    mark.unlink(missing_ok=True)
    before = listing(repo.path)
    opened = open_repository(make_world(home), repo.path)
    folder = tmp_path / "state" / "tree"
    make_tree(opened, repo.head, folder)
    tree_fingerprint(opened.world, folder)
    (folder / "a.txt").write_text("changed\n")
    assert len(tree_fingerprint(opened.world, folder).status) == 1
    assert listing(repo.path) == before
    assert not mark.exists()
    assert (folder / "crlf.bat").read_bytes() == b"echo\r\n"


def test_made_again_it_is_kept_and_what_was_touched_is_made_anew(
    repo: Repo, opened: Repository, tmp_path: Path
) -> None:
    folder = tmp_path / "state" / "tree"
    first = make_tree(opened, repo.head, folder)
    inode = folder.stat().st_ino
    assert make_tree(opened, repo.head, folder) == first
    assert folder.stat().st_ino == inode, "kept, not made again"
    (folder / "a.txt").write_text("touched\n")
    assert make_tree(opened, repo.head, folder) == first
    assert (folder / "a.txt").read_text() == "two\n"
    assert make_tree(opened, repo.commits[0], folder).head == repo.commits[0]
    (tmp_path / "state" / "tree.partial" / "left").mkdir(parents=True)
    (folder / "src" / "run.sh").unlink()
    assert make_tree(opened, repo.head, folder) == first
    assert sorted(path.name for path in folder.parent.iterdir()) == ["ruff.toml", "tree", "tree.made"]


def test_the_fingerprint_sees_every_kind_of_change(repo: Repo, opened: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "tree"
    before = make_tree(opened, repo.head, folder)
    tree = Repo(folder)

    def changed() -> tuple[str, ...]:
        return before.changes(tree_fingerprint(opened.world, folder))

    assert changed() == ()
    (folder / "x.log").write_text("ignored by the repository's rules, seen all the same\n")
    assert changed() == ("! x.log",)
    (folder / "x.log").unlink()
    (folder / "mod" / "new").write_text("in the submodule's place\n")
    assert changed() == ("? mod/new",)
    (folder / "mod" / "new").unlink()
    (folder / "src" / "run.sh").chmod(0o644)
    assert "src/run.sh" in changed()[0]
    (folder / "src" / "run.sh").chmod(0o755)
    tree.git("update-index", "--assume-unchanged", "a.txt")
    assert "index" in changed()
    tree.git("update-index", "--no-assume-unchanged", "a.txt")
    assert changed() == ()


def test_a_changed_git_directory_is_seen_and_git_is_not_run_on_it(
    repo: Repo, opened: Repository, tmp_path: Path
) -> None:
    folder = tmp_path / "state" / "tree"
    before = make_tree(opened, repo.head, folder)
    mark = tmp_path / "ran"
    plants = {
        "config": f'[core]\n\tfsmonitor = echo x > {mark}\n[filter "evil"]\n\tclean = echo x > {mark}; cat\n',
        "info/attributes": "* filter=evil\n",
        "hooks/post-checkout": f"#!/bin/sh\necho x > {mark}\n",
        "HEAD": f"{repo.commits[0]}\n",
    }
    for name, content in plants.items():
        make_tree(opened, repo.head, folder)
        place = folder / ".git" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(content)
        (folder / "a.txt").write_text("touched\n")
        now = tree_fingerprint(opened.world, folder)
        assert {"control", "head"} & set(before.changes(now)), name
        assert now.status == ("! the git directory was changed",), name
    assert not mark.exists()
    assert make_tree(opened, repo.head, folder) == before


def test_remove_takes_it_all_away_and_may_be_repeated(repo: Repo, opened: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "tree"
    make_tree(opened, repo.head, folder)
    (folder / "src").chmod(0o500)
    remove_tree(folder)
    remove_tree(folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["ruff.toml"]


def test_a_place_that_cannot_be_written_is_said(repo: Repo, opened: Repository, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be\n")
    with pytest.raises(Inconclusive) as caught:
        make_tree(opened, repo.head, tmp_path / "state" / "tree")
    assert caught.value.code == "CANNOT_WRITE"


def test_a_commit_whose_blob_is_gone_is_inconclusive(repo: Repo, opened: Repository, tmp_path: Path) -> None:
    blob = repo.git("rev-parse", "HEAD:a.txt")
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Inconclusive) as caught:
        make_tree(opened, repo.head, tmp_path / "state" / "tree")
    assert caught.value.code == "OBJECT_MISSING"
    assert not (tmp_path / "state" / "tree").exists()

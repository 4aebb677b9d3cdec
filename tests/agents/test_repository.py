"""Opening, resolving, bases, and reading blobs, on real repositories."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gonogo_agents import objects
from gonogo_agents.repository import MAX_CONFIG, Repository, is_lock, open_repository
from gonogo_evidence.errors import BadInput, Inconclusive
from support.repos import Repo, executable, link, listing, make_repo, make_world, submodule

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.world import Command, Completed, World


def _open(path: Path) -> Repository:
    return open_repository(make_world(path.parent / "home"), path)


def _code(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        _open(path)
    assert caught.value.next_step is not None
    return caught.value.code


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "r", {"a.txt": "one\n"}, [{"b.txt": "two\n"}, {"src/c.py": "c = 3\n"}])


def test_opens_from_a_folder_below_and_names_the_repository_by_its_root(repo: Repo) -> None:
    opened = open_repository(make_world(repo.path.parent / "home"), repo.path / "src")
    assert opened.root == repo.path
    assert opened.git_dir == repo.path / ".git"
    assert opened.objects == repo.path / ".git" / "objects"
    assert opened.root_commit == repo.commits[0]
    assert opened.repository_id == repo.commits[0][:12]


@pytest.mark.parametrize("name", ["r", "two\nlines", "end\n", "-x"])
def test_the_same_is_found_from_everywhere_whatever_the_folder_is_named(tmp_path: Path, name: str) -> None:
    repo = make_repo(tmp_path / "in" / name, {"a/b/c.txt": "one\n"})
    (tmp_path / "way").symlink_to(repo.path / "a" / "b")
    for start in (repo.path, repo.path / "a" / "b", tmp_path / "way"):
        opened = open_repository(make_world(tmp_path / "home"), start)
        assert opened.root == repo.path
        assert (opened.git_dir, opened.objects) == (repo.path / ".git", repo.path / ".git" / "objects")


def _counting(path: Path) -> tuple[World, list[str]]:
    """A world that keeps the words of what it starts."""
    world, asked = make_world(path), list[str]()

    def run(command: Command) -> Completed:
        asked.append(" ".join(command.argv))
        return world.run(command)

    return replace(world, run=run), asked


def test_opening_asks_git_twice_and_a_commit_is_read_once(repo: Repo) -> None:
    world, asked = _counting(repo.path.parent / "home")
    opened = open_repository(world, repo.path)
    assert len(asked) == 2
    asked.clear()
    for _ in range(2):
        assert opened.parents(repo.head) == [repo.commits[-2]]
        assert opened.tree_of(repo.head) == repo.git("rev-parse", "HEAD^{tree}")
        assert opened.commit_time(repo.head).year > 2000
    assert len(asked) == 1


def test_what_a_name_means_is_asked_each_time(repo: Repo) -> None:
    opened = _open(repo.path)
    before = opened.parents("HEAD")
    repo.git("reset", "--hard", repo.commits[1])
    assert (before, opened.parents("HEAD")) == ([repo.commits[1]], [repo.commits[0]])


def test_two_roots_the_smallest_one_names_it(repo: Repo) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    other = repo.git("commit-tree", tree, "-m", "another root")
    merged = repo.git("commit-tree", tree, "-p", repo.head, "-p", other, "-m", "merge")
    repo.git("reset", "--hard", merged)
    assert _open(repo.path).root_commit == min(repo.commits[0], other)


def test_a_linked_work_tree_shares_id_and_objects(repo: Repo) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(repo.path.parent / "linked"))
    linked = _open(repo.path.parent / "linked")
    assert linked.objects == repo.path / ".git" / "objects"
    assert linked.repository_id == repo.commits[0][:12]


def test_places_that_are_no_repository_to_run_in(tmp_path: Path, repo: Repo) -> None:
    (tmp_path / "plain").mkdir()
    assert _code(tmp_path / "plain") == "NOT_A_REPOSITORY"
    assert _code(tmp_path / "nowhere") == "FOLDER_NOT_FOUND"
    assert _code(repo.path / ".git") == "NOT_A_REPOSITORY"
    assert _code(make_repo(tmp_path / "empty").path) == "REPOSITORY_EMPTY"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare"))
    assert _code(tmp_path / "bare") == "REPOSITORY_BARE"
    repo.git("init", "--quiet", "--object-format=sha256", str(tmp_path / "sha256"))
    assert _code(tmp_path / "sha256") == "REPOSITORY_SHA256"


def test_a_shallow_clone_is_refused_with_the_command_that_unshallows(tmp_path: Path, repo: Repo) -> None:
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    with pytest.raises(BadInput) as caught:
        _open(tmp_path / "shallow")
    assert caught.value.code == "REPOSITORY_SHALLOW"
    assert str(caught.value.next_step) == "git fetch --unshallow"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_another_user_is_refused_with_the_way_to_trust_it(repo: Repo) -> None:
    os.chown(repo.path, 12345, 12345)
    os.chown(repo.path / ".git", 12345, 12345)
    assert _code(repo.path) == "REPOSITORY_OWNER"


def test_outside_variables_do_not_redirect(repo: Repo, tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other", {"x": "x"})
    world = make_world(tmp_path / "home", GIT_DIR=str(other.path / ".git"), GIT_WORK_TREE=str(other.path))
    assert open_repository(world, repo.path).resolve("HEAD") == repo.head


def test_resolves_branches_tags_abbreviations_and_expressions(repo: Repo) -> None:
    repo.git("tag", "-a", "v1", repo.commits[1], "-m", "one")
    opened = _open(repo.path)
    assert opened.resolve() == repo.head
    assert opened.resolve("main") == repo.head
    assert opened.resolve("v1") == repo.commits[1]
    assert opened.resolve("HEAD~2") == repo.commits[0]
    assert opened.resolve(repo.commits[1][:9]) == repo.commits[1]


def test_an_unknown_ref_names_the_nearest(repo: Repo) -> None:
    repo.git("branch", "release-1.4")
    for ref, near in (("relaese-1.4", "release-1.4"), ("mian", "main")):
        with pytest.raises(BadInput) as caught:
            _open(repo.path).resolve(ref)
        assert caught.value.code == "REF_UNKNOWN"
        assert near in str(caught.value.next_step)
    for ref in ("0" * 40, "HEAD:a.txt", "--all", "--output=evil"):
        with pytest.raises(BadInput) as caught:
            _open(repo.path).resolve(ref)
        assert caught.value.code == "REF_UNKNOWN"
    assert not (repo.path / "evil").exists()


def test_a_name_of_branch_and_tag_is_ambiguous(repo: Repo) -> None:
    repo.git("branch", "same", repo.commits[0])
    repo.git("tag", "same", repo.commits[1])
    with pytest.raises(BadInput) as caught:
        _open(repo.path).resolve("same")
    assert caught.value.code == "REF_AMBIGUOUS"
    assert _open(repo.path).resolve("refs/heads/same") == repo.commits[0]


def test_replacements_and_grafts_of_the_desk_change_nothing(repo: Repo) -> None:
    repo.git("replace", repo.commits[2], repo.commits[0])
    (repo.path / ".git" / "info" / "grafts").write_text(repo.commits[2] + "\n")
    opened = _open(repo.path)
    assert opened.root_commit == repo.commits[0]
    assert opened.base_for(repo.commits[2]) == (repo.commits[1], "first-parent")
    assert [entry.path for entry in objects.list_tree(opened.git, repo.commits[2])] == ["a.txt", "b.txt", "src/c.py"]


def test_the_base_is_option_then_upstream_then_first_parent_then_whole_tree(repo: Repo) -> None:
    one, two, three = repo.commits
    opened = _open(repo.path)
    assert opened.base_for(three) == (two, "first-parent")
    assert opened.base_for(one) == (None, "whole-tree")
    assert opened.base_for(three, "HEAD~2") == (one, "option")
    repo.git("update-ref", "refs/remotes/origin/main", one)
    repo.git("config", "remote.origin.url", "nowhere")
    repo.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    repo.git("config", "branch.main.remote", "origin")
    repo.git("config", "branch.main.merge", "refs/heads/main")
    assert opened.base_for(three) == (one, "upstream")
    assert opened.base_for(three, ref="main") == (one, "upstream")
    assert opened.base_for(three, two) == (two, "option")
    repo.git("update-ref", "refs/remotes/origin/main", three)
    assert opened.base_for(three) == (two, "first-parent"), "a fresh clone: the change is the last commit"


def test_a_base_beside_the_commit_is_taken_at_the_fork(repo: Repo) -> None:
    side = repo.git("commit-tree", f"{repo.commits[1]}^{{tree}}", "-p", repo.commits[0], "-m", "side")
    assert _open(repo.path).base_for(repo.head, side) == (repo.commits[0], "option")
    stranger = repo.git("commit-tree", f"{repo.commits[1]}^{{tree}}", "-m", "stranger")
    with pytest.raises(BadInput) as caught:
        _open(repo.path).base_for(repo.head, stranger)
    assert caught.value.code == "BASE_UNRELATED"


def test_commit_time_is_utc_and_a_stamp_beyond_the_calendar_is_said(repo: Repo) -> None:
    opened = _open(repo.path)
    assert opened.commit_time(repo.head) == datetime(2026, 1, 1, 0, 2, tzinfo=UTC)
    odd = repo.git("cat-file", "commit", repo.head).replace("1767225720", "99999999999999999")
    commit = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=odd.encode() + b"\n")
    with pytest.raises(BadInput) as caught:
        opened.commit_time(commit)
    assert caught.value.code == "COMMIT_TIME"


def test_configuration_is_read_from_the_commit_and_size_is_asked_first(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "r",
        {
            "config/layers.toml": "a = 1\n",
            "config/link.toml": link("/etc/passwd"),
            "config/notes.md": "no\n",
            "config/deeper/x.toml": "no = 1\n",
            "config/capability_scopes/L0.toml": "b = 2\n",
            ".gonogo/gates.toml": "c = 3\n",
            ".gonogo/other.toml": "no = 1\n",
        },
    )
    repo.write({"config/layers.toml": "dirty = 1\n"})
    opened = _open(repo.path)
    assert opened.config_files(repo.head) == {
        ".gonogo/gates.toml": b"c = 3\n",
        "config/capability_scopes/L0.toml": b"b = 2\n",
        "config/layers.toml": b"a = 1\n",
    }
    big = repo.commit({"config/big.toml": "#" * (MAX_CONFIG + 1)})
    with pytest.raises(BadInput) as caught:
        opened.config_files(big)
    assert caught.value.code == "CONFIG_TOO_LARGE"
    assert caught.value.where == f"{big[:12]}:config/big.toml"
    assert _open(make_repo(tmp_path / "none", {"a": "a"}).path).config_files("HEAD") == {}


def test_locks_are_digests_of_the_commits_bytes(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "r",
        {"requirements/dev.txt": "x==1\r\n", "uv.lock": "u", "a/b/c/d/uv.lock": "deep", "requirements.md": "no"},
    )
    assert _open(repo.path).lock_digests(repo.head) == {
        "requirements/dev.txt": hashlib.sha256(b"x==1\r\n").hexdigest(),
        "uv.lock": hashlib.sha256(b"u").hexdigest(),
    }


@pytest.mark.parametrize(
    ("path", "lock"),
    [
        ("requirements.txt", True),
        ("web/package-lock.json", True),
        ("Cargo.lock", True),
        ("docs/lock.txt", False),
        ("docs/constraints.txt", False),
    ],
)
def test_what_a_lock_is(path: str, *, lock: bool) -> None:
    assert is_lock(path) is lock


def test_reads_one_blob_and_refuses_links_and_what_is_not_there(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": b"\0\xff\r\n", "l": link("a"), "d/x": "x", "*": "star"})
    opened = _open(repo.path)
    assert opened.read_blob(repo.head, "a") == b"\0\xff\r\n"
    assert opened.read_blob(repo.head, "*") == b"star"
    for path, code in (("l", "PATH_NOT_A_FILE"), ("b", "PATH_NOT_IN_COMMIT"), ("d", "PATH_NOT_IN_COMMIT")):
        with pytest.raises(BadInput) as caught:
            opened.read_blob(repo.head, path)
        assert caught.value.code == code


def test_names_that_are_not_utf8_and_decomposed_names_become_words(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {b"n\xff\n": "1", "u\u0308": "2", "ü2": executable("3"), "s": submodule("1" * 40)})
    entries = objects.list_tree(_open(repo.path).git, repo.head)
    assert sorted(entry.path for entry in entries) == ["n%FF\n", "s", "ü", "ü2"]
    assert {entry.path: entry.mode for entry in entries}["ü2"] == "100755"
    assert [entry.path for entry in entries if not entry.regular] == ["s"]
    assert objects.path_fields(b"n\xff") == {"path": "n%FF", "raw_hex": "6eff"}
    assert objects.path_fields("u\u0308".encode(), "old_path") == {"old_path": "ü", "raw_hex": "75cc88"}
    assert objects.path_fields("ü".encode()) == {"path": "ü"}


def test_an_object_that_is_missing_is_said(repo: Repo) -> None:
    opened = _open(repo.path)
    with pytest.raises(Inconclusive) as caught:
        objects.read_blobs(opened.git, ["1" * 40])
    assert caught.value.code == "OBJECT_MISSING"
    assert objects.read_blobs(opened.git, []) == {}


def test_lfs_pointers_are_found_by_their_first_line(tmp_path: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    repo = make_repo(tmp_path / "r", {"big.bin": pointer, "not.txt": "x" * 300, "doc.md": "see " + pointer})
    opened = _open(repo.path)
    files = objects.list_tree(opened.git, repo.head)
    assert objects.find_lfs_pointers(opened.git, files) == ("big.bin",)


def test_reading_leaves_the_operators_repository_as_it_is(repo: Repo) -> None:
    repo.write({"a.txt": "dirty\n", "new.txt": "new\n"})
    before = listing(repo.path)
    opened = _open(repo.path)
    opened.base_for(opened.resolve("main"))
    opened.config_files(repo.head)
    opened.lock_digests(repo.head)
    assert listing(repo.path) == before


def test_a_thousand_files_cost_few_processes(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {f"d{i % 20}/requirements{i}.txt": f"{i}\n" for i in range(1000)}, checkout=False)
    calls: list[str] = []
    opened = _open(repo.path)
    real = opened.world.run

    def counting(command: Command) -> Completed:
        calls.append(command.argv[-1])
        return real(command)

    world = replace(opened.world, run=counting)
    counted = replace(opened, world=world, git=replace(opened.git, world=world))
    assert len(counted.lock_digests(repo.head)) == 200
    assert len(calls) == 2

"""git in a hostile repository: our settings alone start nothing, and the fence holds where they would not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_agents import worktree
from gonogo_agents.broker import git_queries
from gonogo_agents.broker.desk import without_filters
from gonogo_agents.confine import PORTABLE, offered
from gonogo_agents.git import QUIET, Git, is_quiet, operator_git, own_git
from gonogo_agents.git_fence import GitFence, cloning, fenced
from gonogo_agents.repository import open_repository
from gonogo_agents.snapshot import take
from gonogo_agents.watch import Command as Watched
from gonogo_agents.watch import Watch
from support.hostile_git import hostile_repo, ran
from support.repos import Repo, clean_env, listing, make_repo, make_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gonogo_agents.repository import Repository
    from gonogo_agents.world import Command, Completed, World

FENCED = {"landlock", "filter"} <= set(offered())
needs_fence = pytest.mark.skipif(not FENCED, reason="no Landlock or no filter here: git is held by its settings alone")


def _reading(repository: Repository, repo: Repo, state: Path) -> None:
    """Everything that gonogo asks of git for a run."""
    store = git_queries.own_store(repository, state / "store.git")
    git_queries.change(store, repo.commits[0], repo.head, "option")
    git_queries.log(repository.git, repo.commits[0], repo.head, 5)
    without_filters(repository.git)("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")
    repository.base_for(repo.head, None, ref="HEAD")
    take(repository, state / "desk")
    watch = Watch(repository, state, state / "work" / "tree", repo.head)
    watch.begin()
    command = Watched("x", (), fenced=True)
    watch.before(command)
    watch.after(command)
    watch.at_seal()


@pytest.mark.parametrize("inside", [False, True], ids=["settings", "fence"])
def test_a_hostile_repository_starts_nothing_and_is_not_written(tmp_path: Path, inside: bool) -> None:
    repo, state = hostile_repo(tmp_path), tmp_path / "state"
    (state / "work").mkdir(parents=True)
    before = listing(repo.path)
    repository = open_repository(make_world(tmp_path / "home"), repo.path)
    _reading(fenced(repository, state) if inside else repository, repo, state)
    assert ran(tmp_path) == []
    assert listing(repo.path) == before
    assert (state / "work" / "tree" / "a.py").read_text() == "a = 2\n"


def _bare(world: World, repo: Repo) -> Git:
    """Git without any of our settings."""
    return Git(world, repo.path, tuple({**clean_env(repo.path.parent), "GIT_PAGER": ""}.items()), settings=())


UNFILTERED = ("-c", "filter.x.process=", "-c", "filter.x.smudge=", "-c", "filter.x.clean=")
CALLS: dict[str, Callable[[Git], object]] = {
    "core.fsmonitor": lambda git: git.attempt("status"),
    "filter.x.process": lambda git: git.attempt("add", "b.py"),
    "diff.x.command": lambda git: git.attempt(*UNFILTERED, "diff", "HEAD~1", "HEAD"),
    "diff.x.textconv": lambda git: git.attempt(*UNFILTERED, "diff", "--no-ext-diff", "HEAD~1", "HEAD"),
    "alias": lambda git: git.attempt("st"),
    "hook reference-transaction": lambda git: git.attempt("-c", "core.fsmonitor=false", "branch", "x"),
    "core.sshCommand": lambda git: git.attempt("ls-remote", "ssh://127.0.0.1/x"),
}


@pytest.mark.parametrize("trap", CALLS)
def test_the_traps_work_and_the_fence_alone_refuses_them(tmp_path: Path, trap: str) -> None:
    repo, world = hostile_repo(tmp_path), make_world(tmp_path / "home")
    twin = tmp_path / "twin"
    shutil.copytree(repo.path, twin / "repo", symlinks=True)
    CALLS[trap](_bare(world, repo))
    assert trap in ran(tmp_path), "without settings and fence it is started"
    shutil.rmtree(tmp_path / "ran")
    (tmp_path / "ran").mkdir()
    if FENCED:
        CALLS[trap](replace(_bare(replace(world, run=GitFence(world).run), repo), folder=twin / "repo"))
        assert ran(tmp_path) == []


QUIET_CALLS: dict[str, tuple[str, ...]] = {
    "rev-parse": ("rev-parse", "--show-toplevel", "HEAD", "HEAD@{upstream}"),
    "rev-list": ("rev-list", "--max-parents=0", "HEAD"),
    "ls-tree": ("ls-tree", "-r", "-z", "--long", "HEAD"),
    "cat-file": ("cat-file", "--batch", "--buffer"),
    "merge-base": ("merge-base", "--all", "HEAD", "HEAD~1"),
    "for-each-ref": ("for-each-ref", "--format=%(objectname) %(refname)"),
    "version": ("version",),
    "config": ("config", "--get", "core.pager"),
}


def test_what_is_quiet_starts_nothing_without_any_of_our_settings(tmp_path: Path) -> None:
    assert QUIET_CALLS.keys() == {*QUIET, "config"}
    repo = hostile_repo(tmp_path)
    git = _bare(make_world(tmp_path / "home"), repo)
    for words in QUIET_CALLS.values():
        assert is_quiet(("git", "--no-pager", "-c", "core.x=status", *words))
        git.attempt(*words, stdin=f"{repo.head}\n{repo.head}:a.py\n".encode())
        assert ran(tmp_path) == [], words


@pytest.mark.parametrize(
    "words",
    [
        *(("status",), ("cat-file", "--textconv", "HEAD:a.py"), ("cat-file", "--filters", "HEAD:a.py"), ("st",), ()),
        *(("rev-list", "--show-signature", "HEAD"), ("for-each-ref", "--format=%(signature)"), ("--exec-path=x", "st")),
        *(("rev-parse", "--alternate-refs"), ("config", "a.b", "c"), ("config", "--edit"), ("-c", "alias.x=!y", "x")),
    ],
)
def test_what_could_start_a_program_or_write_is_not_quiet(words: tuple[str, ...]) -> None:
    assert not is_quiet(("git", *words))


def test_a_missing_object_is_not_fetched_from_a_remote_that_is_a_program(tmp_path: Path) -> None:
    repo, world = hostile_repo(tmp_path), make_world(tmp_path / "home")
    blob = repo.git("rev-parse", "HEAD:a.py").strip()
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    _bare(world, repo).attempt("cat-file", "-p", blob)
    assert "alias" in ran(tmp_path), "git fetches it, and the remote is that program"
    (tmp_path / "ran" / "alias").unlink()
    environment = {name: value for name, value in operator_git(world, repo.path).environment if "LAZY" not in name}
    old = replace(operator_git(world, repo.path), environment=tuple(environment.items()))
    assert old.attempt("cat-file", "-p", blob).code != 0
    assert ran(tmp_path) == [], "a git that does not know GIT_NO_LAZY_FETCH"


@needs_fence
def test_before_a_run_what_is_not_quiet_is_fenced_and_writes_nothing(tmp_path: Path) -> None:
    repo = hostile_repo(tmp_path)
    before = listing(repo.path)
    git = replace(open_repository(make_world(tmp_path / "home"), repo.path).git, settings=())
    for words in (("status",), ("add", "b.py"), ("st",), ("branch", "x"), ("diff", "HEAD~1", "HEAD")):
        git.attempt(*words)
    assert ran(tmp_path) == []
    assert listing(repo.path) == before


def test_a_clone_of_a_hostile_repository_starts_nothing_of_it(tmp_path: Path) -> None:
    repo, into = hostile_repo(tmp_path), tmp_path / "into"
    into.mkdir()
    git = cloning(make_world(tmp_path / "home"), repo.path, into)
    git("clone", "--quiet", "--no-hardlinks", "--no-checkout", "--", str(repo.path), str(into / "repo"))
    assert Repo(into / "repo").git("rev-parse", "HEAD").strip() == repo.head
    assert ran(tmp_path) == []


@needs_fence
def test_git_writes_its_own_folder_and_nothing_else(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a": "1\n"})
    opened = open_repository(make_world(tmp_path / "home"), repo.path)
    inside = fenced(opened, tmp_path / "own")
    before = listing(repo.path)
    for words in (("config", "x.y", "z"), ("branch", "new"), ("hash-object", "-w", "--stdin"), ("gc", "--quiet")):
        assert inside.git.attempt(*words, stdin=b"new").code != 0, words
    assert listing(repo.path) == before
    (tmp_path / "own").mkdir()
    own_git(inside.world, tmp_path / "own")("init", "--quiet", "--template=")
    worktree.make_tree(inside, repo.head, tmp_path / "own" / "tree")
    assert (tmp_path / "own" / "tree" / "a").read_text() == "1\n"


@needs_fence
def test_git_opens_no_socket(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a": "1\n"})
    world = make_world(tmp_path / "home")
    asked = ("ls-remote", "git://127.0.0.1:9/x")
    outside = _bare(world, repo).attempt(*asked)
    inside = _bare(replace(world, run=GitFence(world).run), repo).attempt(*asked)
    assert b"Connection refused" in outside.stderr
    assert b"Connection refused" not in inside.stderr
    assert inside.code != 0


def test_where_git_is_not_one_program_it_may_start_what_it_reads(tmp_path: Path) -> None:
    world = make_world(tmp_path / "home")
    found = shutil.which("git")
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec {found} "$@"\n')
    wrapper.chmod(0o755)
    world = replace(world, env={**world.env, "PATH": f"{wrapper.parent}:{world.env['PATH']}"})
    fence = GitFence(world).fence()
    assert (fence is None) is ("filter" not in offered())
    assert fence is None or fence.run is None


def test_where_the_kernel_offers_nothing_git_runs_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo_agents.gate_fence.offered", lambda: PORTABLE)
    world, asked = make_world(tmp_path / "home"), list["Command"]()

    def run(command: Command) -> Completed:
        asked.append(command)
        return world.run(command)

    fence = GitFence(replace(world, run=run))
    repo = make_repo(tmp_path / "repo", {"a": "1\n"})
    assert operator_git(replace(world, run=fence.run), repo.path).line("rev-parse", "HEAD") == repo.head
    assert (fence.fence(), asked[-1].fence) == (None, None)

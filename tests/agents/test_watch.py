"""The comparison of the work trees: what changed is seen however it was hidden, and what did not is not told."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_agents.repository import Repository, open_repository
from gonogo_agents.watch import Command, Guards, Watch, changes, desk_print, ignored, take
from gonogo_agents.watch import desk as desk_module
from gonogo_policies.config import load_config, packaged_config, read_folder
from support.repos import Repo, executable, link, make_repo, make_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ("a.txt", "b.txt", "d/c.txt", "link")


def fill(folder: Path) -> None:
    (folder / "d").mkdir(parents=True)
    for name in NAMES[:3]:
        (folder / name).write_text(f"{name}\n")
    (folder / "link").symlink_to("a.txt")


def told(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file's kind, mode and content, read in full."""
    found: dict[str, tuple[int, str]] = {}
    for path in folder.rglob("*"):
        body = str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (path.lstat().st_mode, body)
    return found


def rewrite(path: Path) -> None:
    """Other bytes of the same length, and the times set back."""
    seen = path.lstat()
    path.write_text(path.read_text().upper())
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("b.txt" if path.name == "a.txt" else "a.txt")


def same(path: Path) -> None:
    body = path.read_bytes()
    path.unlink()
    path.write_bytes(body)


ACTS: dict[str, Callable[[Path], object]] = {
    "rewrite": rewrite,
    "append": lambda path: path.write_text(path.read_text() + "more\n"),
    "touch": os.utime,
    "same": same,
    "mode": lambda path: path.chmod(0o755),
    "gone": lambda path: path.unlink(missing_ok=True),
    "relink": relink,
    "new": lambda path: path.with_name("new.txt").write_text("new\n"),
    "folder": lambda path: (path.parent / "f" / "g").mkdir(parents=True, exist_ok=True),
}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(NAMES[:3])), max_size=4), st.booleans())
def test_every_difference_is_told_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, str]], quiet: bool
) -> None:
    folder = tmp_path_factory.mktemp("watched") / "w"
    fill(folder)
    blobs = {name: blob(folder / name) for name in NAMES[:3]}
    before, first = told(folder), take(folder)
    if quiet:
        first = type(first)(folder, first.stamps, {})  # as if all had been written long before
    for act, name in acts:
        if (folder / name).is_file() and not (folder / name).is_symlink():
            ACTS[act](folder / name)
    after = told(folder)
    differ = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {change.path for change in changes(first, take(folder), lambda: blobs)} == differ


def blob(path: Path) -> str:
    """The name that git gives these bytes."""
    body = path.read_bytes()
    return hashlib.sha1(b"blob %d\0%s" % (len(body), body), usedforsecurity=False).hexdigest()


def test_how_it_changed(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    fill(folder)
    first = take(folder)
    rewrite(folder / "a.txt")
    (folder / "b.txt").chmod(0o700)
    relink(folder / "d" / "c.txt")
    (folder / "link").unlink()
    (folder / "ü\n").write_text("")
    assert [tuple(change) for change in changes(first, take(folder))] == [
        ("a.txt", "content"),
        ("b.txt", "mode"),
        ("d/c.txt", "kind"),
        ("link", "gone"),
        ("ü\n", "new"),
    ]


def test_what_git_could_be_lied_to_about_is_seen(opened: Repository, repo: Repo, tmp_path: Path) -> None:
    """An index that calls a changed file unchanged fools git, and no stamp."""
    watch = Watch(opened, tmp_path / "run", tmp_path / "run" / "tree", repo.head)
    command = Command("liar")
    watch.before(command)
    tree = Repo(tmp_path / "run" / "tree")
    (tree.path / "a.txt").write_text("lie\n")
    tree.git("update-index", "--assume-unchanged", "a.txt")
    assert tree.git("status", "--porcelain") == ""
    changed = [one["path"] for one in tree_of(watch.after(command))]
    assert {".git/index", "a.txt"} <= set(changed)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    files: dict[str | bytes, Any] = {
        "a.txt": "one\n",
        "run.sh": executable("#!/bin/sh\n"),
        "l": link("a.txt"),
        "x/__pycache__/k": "1",
    }
    return make_repo(tmp_path / "r", files, [{"a.txt": "two\n"}])


@pytest.fixture
def opened(repo: Repo) -> Repository:
    return open_repository(make_world(repo.path.parent / "home"), repo.path)


@pytest.fixture
def watch(opened: Repository, repo: Repo, tmp_path: Path) -> Watch:
    rules = load_config([read_folder(packaged_config(), "packaged")]).guardrails
    guards = Guards(rules.desk_paths, rules.caches)
    watch = Watch(opened, tmp_path / "run", tmp_path / "run" / "tree", repo.head, guards)
    watch.begin()
    return watch


def tree_of(found: Any, name: str = "tree") -> list[Any]:  # noqa: ANN401 - plain JSON
    listed: list[Any] = found[name]
    return listed


def during(watch: Watch, command: Command, act: Callable[[], object]) -> Any:  # noqa: ANN401 - plain JSON
    watch.before(command)
    act()
    return watch.after(command)


def test_a_command_may_change_what_its_entry_names_and_leave_caches_of_tools(watch: Watch, tmp_path: Path) -> None:
    tree = tmp_path / "run" / "tree"

    def act() -> None:
        for name in ("build/x.o", "src/__pycache__/m.pyc", ".pytest_cache/v/nodeids", ".coverage"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text("x")

    found = during(watch, Command("tests", ("build/**",)), act)
    assert found["tree"] == [{"path": "src", "how": "new"}]
    assert sorted(path.name for path in tree.iterdir()) == [".git", "a.txt", "l", "run.sh", "x"], (
        "as the commit is again"
    )
    found = during(watch, Command("tests", ("build/**", "src")), act)
    assert (found["tree"], found["between"]) == ([], [])
    assert watch.at_seal()["tree_count"] == 0


@pytest.mark.parametrize(
    "name", ["x/__pycache__/k", ".git/config", ".git/HEAD", ".git/hooks/post-checkout", ".git/x", "a.txt"]
)
def test_no_entry_opens_the_git_directory_and_no_cache_hides_a_change(watch: Watch, tmp_path: Path, name: str) -> None:
    tree = tmp_path / "run" / "tree"
    allowed = ("**",) if name.startswith(".git/") else ()

    def act() -> None:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("[core]\n\tfsmonitor = touch /tmp/x\n")

    found = during(watch, Command("tests", allowed), act)
    assert name in [change["path"] for change in found["tree"]]
    assert during(watch, Command("next"), lambda: None)["tree"] == [], "the tree was made anew"
    assert watch.at_seal()["broken"] == ["tests"]


def test_what_nobody_of_the_run_did_is_told_apart(watch: Watch, tmp_path: Path) -> None:
    during(watch, Command("one"), lambda: None)
    (tmp_path / "run" / "tree" / "a.txt").write_text("foreign\n")
    found = during(watch, Command("two"), lambda: None)
    assert (found["tree"], found["between"]) == ([], [{"path": "a.txt", "how": "content"}])
    (tmp_path / "run" / "tree" / "run.sh").chmod(0o644)
    assert watch.at_seal()["tree"] == [{"path": "run.sh", "how": "mode"}]


def test_another_process_compares_at_the_seal_too(watch: Watch, opened: Repository, repo: Repo, tmp_path: Path) -> None:
    during(watch, Command("one"), lambda: None)
    again = Watch(opened, tmp_path / "run", tmp_path / "run" / "tree", repo.head)
    assert again.at_seal()["tree_count"] == 0
    (tmp_path / "run" / "tree" / "new").write_text("")
    assert again.at_seal()["tree_count"] == 1
    fresh = Watch(opened, tmp_path / "other", tmp_path / "other" / "tree", repo.head)
    assert (fresh.at_seal()["tree_count"], fresh.at_seal()["desk"]) == (0, None)


def test_the_desk_of_somebody_who_works_is_no_alarm(watch: Watch, repo: Repo) -> None:
    def work() -> None:
        repo.write({"a.txt": "three\n", "new.txt": "x\n"})
        repo.git("add", "new.txt")
        repo.git("commit", "-qm", "meanwhile")
        repo.git("branch", "topic")

    found = during(watch, Command("open"), work)
    assert found["desk_guarded"] == []
    assert found["desk"] == ["git: head", "git: index", "git: refs", "a.txt"]
    assert during(watch, Command("closed", fenced=True), lambda: repo.write({"b": "1"}))["desk"] == []
    assert watch.at_seal()["desk"] == ["git: head", "git: index", "git: refs", "a.txt", "b"]
    assert watch.at_seal()["broken"] == []


@pytest.mark.parametrize("what", ["hooks", "config", "modes"])
def test_hooks_and_configuration_are_laid_at_the_door_of_what_could_reach_them(
    watch: Watch, repo: Repo, what: str
) -> None:
    acts: dict[str, Callable[[], object]] = {
        "hooks": lambda: (repo.path / ".git" / "hooks" / "post-checkout").write_text("#!/bin/sh\n"),
        "config": lambda: repo.git("config", "core.fsmonitor", "x"),
        "modes": lambda: (repo.path / ".git" / "config").chmod(0o755),
    }
    found = during(watch, Command("open"), acts[what])
    assert f"git: {what}" in found["desk_guarded"]
    closed = during(watch, Command("closed", fenced=True), lambda: (repo.path / ".git" / "config").chmod(0o600))
    assert closed["desk_guarded"] == ["git: modes"], "path rules do not keep a program from that"
    assert watch.at_seal()["broken"] == ["open", "closed"]


def test_looking_at_the_desk_changes_nothing_and_runs_nothing(repo: Repo, opened: Repository, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for key in ("filter.evil.clean", "core.fsmonitor"):
        repo.git("config", key, f"echo {key} >> {mark}; cat")
    repo.write({".gitattributes": "*.txt filter=evil\n", "a.txt": "dirty\n", "data/evidence_packs/EVP-1/x": "1"})
    mark.unlink(missing_ok=True)
    index = repo.path / ".git" / "index"
    before = (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino)
    seen = desk_print(opened)
    assert sorted(seen.paths) == [".gitattributes", "a.txt"], "what gonogo publishes is no part of the desk"
    assert desk_module.read_print(seen.json()) == seen
    assert (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino) == before
    assert not mark.exists()
    repo.write({"a.txt": "dirtier\n"})
    assert seen.changes(desk_print(opened)) == ("a.txt",), "a dirty file that changes again"


IGNORES = ".env\n.venv/\nnode_modules/\nbuild/\n__pycache__/\n*.log\n"
IGNORED: dict[str, tuple[str, bool]] = {
    ".env": (".env", True),
    ".venv/lib/site.py": (".venv/lib/", True),
    "web/node_modules/left-pad/index.js": ("web/node_modules/left-pad/", True),
    "build/deep/er/x.o": ("build/deep/er/", False),
    "run.log": ("run.log", False),
    "src/__pycache__/m.pyc": ("", False),
}


@pytest.fixture
def ignoring(repo: Repo) -> Repo:
    repo.write({".gitignore": IGNORES, **dict.fromkeys(IGNORED, "old\n")})
    return repo


@pytest.mark.parametrize("name", IGNORED)
def test_what_git_ignores_is_compared_and_what_acts_in_the_operators_name_is_guarded(
    ignoring: Repo, watch: Watch, name: str
) -> None:
    told, guarded = IGNORED[name]
    found = during(watch, Command("open"), lambda: rewrite(ignoring.path / name))
    assert found["desk"] == ([told] if told else []), "the times were set back, and ctime was not"
    assert found["desk_guarded"] == ([told] if guarded else [])
    seal = watch.at_seal()
    assert seal["desk"] == found["desk"]
    assert seal["broken"] == (["open"] if guarded else [])
    assert "desk_beyond" not in seal


@pytest.mark.parametrize("act", ["new", "gone", "mode", "link", "unlisted"])
def test_in_an_ignored_folder_every_kind_of_change_is_seen(ignoring: Repo, opened: Repository, act: str) -> None:
    folder = ignoring.path / ".venv" / "lib"
    acts: dict[str, Callable[[], object]] = {
        "new": lambda: (folder / "a.pth").write_text("import x\n"),
        "gone": (folder / "site.py").unlink,
        "mode": lambda: (folder / "site.py").chmod(0o755),
        "link": lambda: relink(folder / "site.py"),
        "unlisted": lambda: shutil.rmtree(folder),
    }
    before = desk_print(opened)
    assert before.changes(desk_print(opened)) == ()
    acts[act]()
    after = desk_print(opened)
    assert before.changes(after) == (".venv/lib/",)
    assert desk_module.read_print(before.json()).changes(after) == (".venv/lib/",)


def test_beyond_the_limit_it_is_told_that_more_is_there(
    ignoring: Repo, watch: Watch, opened: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ignored, "MOST_ENTRIES", 4)
    seen = desk_print(opened)
    assert not seen.ignored.whole
    assert {".env", "run.log"} <= seen.ignored.marks.keys(), "what lies nearest the root comes first"
    (ignoring.path / "build" / "deep" / "er" / "more").write_text("")
    assert seen.changes(desk_print(opened)) == (), "nothing is said of what lies beyond"
    (ignoring.path / ".env").write_text("new\n")
    assert seen.changes(desk_print(opened)) == (".env",)
    assert watch.at_seal()["desk_beyond"] == 50_000


def test_many_new_files_hide_no_change(ignoring: Repo, opened: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    ignoring.write({"web/node_modules/a.js": "old\n"})
    before = desk_print(opened)
    monkeypatch.setattr(ignored, "MOST_ENTRIES", len(IGNORED) + 4)
    for number in range(9):
        (ignoring.path / "build" / f"{number}.o").write_text("")
    (ignoring.path / ".env").unlink()
    (ignoring.path / "new.log").write_text("")
    (ignoring.path / "web" / "node_modules" / "a.js").write_text("new\n")
    after = desk_print(opened)
    assert before.ignored.whole
    assert not after.ignored.whole
    assert {".env", "new.log", "web/node_modules/"} <= set(before.changes(after))
    assert set(after.changes(before)) & {".env", "new.log"} == {".env", "new.log"}


def test_what_gonogo_publishes_is_left_out_where_it_is_ignored(repo: Repo, opened: Repository) -> None:
    repo.write({".gitignore": "data/\nlogs/\n", "data/evidence_packs/EVP-1/x": "1", "data/other": "1", "logs/x": ""})
    before = desk_print(opened)
    repo.write(
        {"data/evidence_packs/EVP-1/x": "2", "data/evidence_packs/EVP-2.json": "2", "logs/ai_model_calls.jsonl": ""}
    )
    assert before.changes(desk_print(opened)) == ()
    repo.write({"data/other": "2"})
    assert before.changes(desk_print(opened)) == ("data/",)


def test_a_folder_that_nobody_may_list_is_a_change(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    fill(folder)
    first = take(folder)
    (folder / "d").chmod(0)
    try:
        found = {change.path: change.how for change in changes(first, take(folder))}
    finally:
        (folder / "d").chmod(stat.S_IRWXU)
    assert found["d"] == "mode"

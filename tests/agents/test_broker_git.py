"""``git.query`` on real repositories: change, log and desk, and that nothing is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_agents.broker import git_queries
from gonogo_agents.broker.git_queries import commit_authors
from gonogo_evidence.errors import BadInput
from support.broker_desk import Desk, by_path
from support.repos import link, listing, make_repo, submodule

if TYPE_CHECKING:
    from pathlib import Path


def test_a_change_tells_renames_modes_counts_and_binaries(tmp_path: Path) -> None:
    body = "".join(f"line {number}\n" for number in range(20))
    repo = make_repo(
        tmp_path / "r",
        {"old.txt": body, "gone.txt": "x\n", "mod.txt": "1\n2\n", "bin": b"\0\1", "type": "file\n", "same": "same\n"},
        [
            {
                "old.txt": None,
                "new.txt": body + "more\n",
                "gone.txt": None,
                "mod.txt": "1\n3\n4\n",
                "bin": b"\0\2",
                "type": link("same"),
                b"n\xff": "new\n",
                "sub": submodule("1" * 40),
            }
        ],
    )
    answer = Desk(repo, base=repo.commits[0]).ask("git.query", query="change")
    assert (answer["base"], answer["rule"], answer["count"]) == (repo.commits[0], "first-parent", 7)
    files = by_path(answer)
    new = files["new.txt"]
    assert (new["status"], new["old_path"], new["added"], new["deleted"]) == ("R", "old.txt", 1, 0)
    assert new["blob"] == repo.git("rev-parse", "HEAD:new.txt")
    assert (files["gone.txt"]["status"], files["gone.txt"]["blob"], files["gone.txt"]["deleted"]) == ("D", None, 1)
    assert (files["mod.txt"]["status"], files["mod.txt"]["added"], files["mod.txt"]["deleted"]) == ("M", 2, 1)
    assert (files["bin"]["added"], files["bin"]["deleted"]) == (None, None)
    assert (files["type"]["status"], files["type"]["mode"]) == ("T", "120000")
    assert (files["n%FF"]["raw_hex"], files["n%FF"]["added"]) == ("6eff", 1)
    assert files["sub"]["mode"] == "160000"


def test_without_a_base_the_change_is_the_whole_tree(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": "1\n", "b/c": "2\n"})
    answer = Desk(repo, rule="whole-tree").ask("git.query", query="change")
    assert {path: entry["status"] for path, entry in by_path(answer).items()} == {"a": "A", "b/c": "A"}
    assert answer["rule"] == "whole-tree"


def test_nothing_of_the_desk_colours_the_change(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "r", {"a.txt": "1\n", "b.txt": "x\n" * 9}, [{"a.txt": "2\n", "b.txt": None, "c.txt": "x\n" * 9}]
    )
    desk = Desk(repo, base=repo.commits[0])
    clean = desk.ask("git.query", query="change")
    repo.write({".gitattributes": "*.txt -diff\n"})
    (repo.path / ".git" / "info" / "attributes").write_text("*.txt binary\n")
    repo.git("config", "diff.renames", "false")
    repo.git("config", "diff.external", "false")
    repo.git("replace", repo.head, repo.commits[0])
    (tmp_path / "home" / ".gitconfig").write_text("[core]\n\tattributesFile = /dev/null\n[diff]\n\tnoprefix = true\n")
    desk.again()
    assert desk.ask("git.query", query="change") == clean
    assert by_path(clean)["a.txt"]["added"] == 1
    assert by_path(clean)["c.txt"]["status"] == "R"


def test_the_log_names_everybody_who_wrote(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": "1"})
    repo.commit(
        {"a": "2"}, message="Zwei\n\nText\n\nCo-authored-by: Bo Ü <bo@example.org>", author="Cy <cy@example.org>"
    )
    repo.commit({"a": "3"}, message="three")
    desk = Desk(repo, base=repo.commits[0])
    three, two = desk.ask("git.query", query="log", limit=10)
    assert [entry["subject"] for entry in (three, two)] == ["three", "Zwei"]
    assert (two["author"], two["coauthors"]) == ("Cy <cy@example.org>", ["Bo Ü <bo@example.org>"])
    assert two["commit"] == repo.commits[1]
    assert two["time"] == 1767225660
    assert len(desk.ask("git.query", query="log", limit=1)) == 1
    assert commit_authors(desk.opened, repo.commits[0], repo.head) == [
        "Ada Example <ada@example.org>",
        "Bo Ü <bo@example.org>",
        "Cy <cy@example.org>",
    ]
    for limit in (0, -1, True, "3", 10**6):
        with pytest.raises(BadInput):
            desk.ask("git.query", query="log", limit=limit)


def test_of_too_many_commits_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authors of the first so many would pass for all of them."""
    repo = make_repo(tmp_path / "r", {"a": "1"})
    repo.commit({"a": "2"}, message="two")
    repo.commit({"a": "3"}, message="three", author="Cy <cy@example.org>")
    desk = Desk(repo, base=repo.commits[0])
    for limit, count in ((2, 2), (1, 0)):
        monkeypatch.setattr(git_queries, "MAX_AUTHORED", limit)
        assert len(commit_authors(desk.opened, repo.commits[0], repo.head)) == count


def test_a_clean_desk(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": "1"})
    answer = Desk(repo).ask("git.query", query="desk")
    assert answer["root_confirmed"] is True
    assert (answer["head"], answer["branch"], answer["detached"]) == (repo.head, "main", False)
    assert (answer["upstream"], answer["ahead"], answer["behind"]) == (None, None, None)
    assert [answer[f"{name}_count"] for name in ("staged", "unstaged", "untracked", "submodules", "lfs_pointers")] == [
        0
    ] * 5
    assert (answer["operation"], answer["shallow"]) == (None, False)
    assert answer["git_version"].startswith("2.")


def test_a_desk_in_the_middle_of_things(tmp_path: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    repo = make_repo(
        tmp_path / "r",
        {"a": "1\n", "b": "1\n", "big": pointer, "sub": submodule("1" * 40), "ä b": "1\n"},
        [{"a": "2\n"}],
    )
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "origin"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin"))
    repo.git("fetch", "--quiet", "origin")
    repo.git("branch", "--set-upstream-to=origin/main")
    repo.git("checkout", "--quiet", "-b", "side", repo.commits[0])
    repo.git("checkout", "--quiet", "main")
    repo.commit({"a": "3\n"})
    repo.git("checkout", "--quiet", "side")
    repo.write({"a": "other\n"})
    repo.git("commit", "--quiet", "-am", "other")
    repo.git("checkout", "--quiet", "main")
    desk = Desk(repo)
    answer = desk.ask("git.query", query="desk")
    assert (answer["upstream"], answer["ahead"], answer["behind"]) == ("origin/main", 1, 0)
    assert (answer["submodules"], answer["lfs_pointers"]) == (["sub"], ["big"])
    with pytest.raises(AssertionError, match="merge"):
        repo.git("merge", "side")
    repo.write({"b": "staged\n"})
    repo.git("add", "b")
    repo.write({"ä b": "changed\n", "u\u0308": "new\n", "node/x": "new\n"})
    answer = desk.ask("git.query", query="desk")
    assert answer["operation"] == "merge"
    assert answer["staged"] == ["b"]
    assert answer["unstaged"] == ["a", "ä b"]
    assert answer["untracked"] == ["node/x", "ü"]
    repo.git("merge", "--abort")
    repo.git("checkout", "--quiet", "--detach", repo.commits[0])
    answer = desk.ask("git.query", query="desk")
    assert (answer["branch"], answer["detached"], answer["head"]) == (None, True, repo.commits[0])


def test_long_lists_are_cut_and_counted_whole(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": "1"})
    repo.write({f"new/{number:03}": "x" for number in range(230)})
    answer = Desk(repo).ask("git.query", query="desk")
    assert (len(answer["untracked"]), answer["untracked_count"]) == (200, 230)


def test_looking_at_the_desk_changes_nothing_and_runs_no_filter(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a.big": "1\n", ".gitattributes": "*.big filter=lfs\n"})
    mark = tmp_path / "ran"
    for key in ("filter.lfs.clean", "filter.lfs.process", "core.fsmonitor"):
        repo.git("config", key, f"echo {key} >> {mark}; cat")
    repo.git("config", "filter.lfs.required", "true")
    mark.unlink(missing_ok=True)
    repo.write({"a.big": "2\n", "new": "x"})
    desk = Desk(repo)
    before = listing(repo.path)
    assert desk.ask("git.query", query="desk")["unstaged"] == ["a.big"]
    desk.ask("git.query", query="change")
    desk.ask("repo.list")
    desk.ask("repo.read", path="a.big")
    assert listing(repo.path) == before
    assert not mark.exists()

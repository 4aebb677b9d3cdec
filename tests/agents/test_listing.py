"""The names of a commit, listed quickly, are those that the slow listing has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gonogo_agents.objects import list_names, list_tree, read_names
from gonogo_agents.repository import open_repository
from gonogo_policies.change import RepoPath
from support.repos import executable, link, make_repo, make_world, submodule

if TYPE_CHECKING:
    from pathlib import Path

    from support.repos import Files, Repo

PLAIN: Files = {"a": "1", "b c/d\te": "2", "100 blob x": executable("3")}
ODD: Files = {b"n\xff\n": "4", "u\u0308": "5", "\u00fc2": executable("6")}
NO_FILES: Files = {"0": submodule("1" * 40), "l": link("a")}


def _same(repo: Repo) -> None:
    git = open_repository(make_world(repo.path.parent / "home"), repo.path).git
    slow = [one for one in list_tree(git, repo.head) if one.regular]
    found = list_names(git, repo.head)
    assert list(found) == [RepoPath(one.path, os.fsdecode(one.raw)) for one in slow]
    assert dict(found.blobs) == {one.path: one.blob for one in slow}
    assert len(found) == len(slow) > 0


def test_names_of_every_kind_are_as_in_the_slow_listing(tmp_path: Path) -> None:
    _same(make_repo(tmp_path / "plain", {**PLAIN, **NO_FILES}))
    _same(make_repo(tmp_path / "odd", {**PLAIN, **NO_FILES, **ODD}))


def test_a_commit_of_links_and_submodules_alone_lists_nothing(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {**NO_FILES})
    found = list_names(open_repository(make_world(tmp_path / "home"), repo.path).git, repo.head)
    assert (list(found), "l" in found, "0" in found) == ([], False, False)
    assert list(read_names(b"")) == []


def test_of_two_names_with_the_same_words_name_and_blob_are_of_one_file() -> None:
    lines = [("\u00fc", "1"), ("u\u0308", "2")]
    for pair in (lines, lines[::-1]):
        listed = b"".join(b"100644 blob " + digit.encode() * 40 + b"\t" + name.encode() + b"\0" for name, digit in pair)
        found = read_names(listed)
        assert list(found) == [RepoPath("\u00fc", pair[1][0])]
        assert found.blobs == {"\u00fc": pair[1][1] * 40}


def test_ids_of_sixty_four_digits_are_read_whole() -> None:
    found = read_names(b"160000 commit " + b"1" * 64 + b"\ts\x00100755 blob " + b"a" * 64 + b"\tx\0")
    assert found.blobs == {"x": "a" * 64}

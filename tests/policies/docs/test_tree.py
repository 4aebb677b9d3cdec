"""The names of a tree against the plainest way to say the same: every folder, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.docs import Tree

if TYPE_CHECKING:
    from gonogo_policies.docs.tree import Place

PART = st.sampled_from(["a", "A", "a0", "a-", "a.", "b", "ab", "ä"])
NAMES = st.sets(st.lists(PART, min_size=1, max_size=4).map("/".join), max_size=12)


def folders_of(files: set[str]) -> set[str]:
    """Every folder that holds one of these files."""
    parts = [path.split("/") for path in files]
    return {"/".join(path[:depth]) for path in parts for depth in range(len(path))}


@given(NAMES, NAMES)
def test_files_folders_and_roots_are_those_of_the_names(names: set[str], asked: set[str]) -> None:
    files = names - folders_of(names)
    folders, tree = folders_of(files), Tree(files)
    assert tree.roots == {folder for folder in folders if folder and "/" not in folder}
    for path in asked | files | folders:
        expected: Place | None = "file" if path in files else "folder" if path in folders else None
        assert tree.find(path) == expected or not path


def test_history_is_asked_once_for_all_documents() -> None:
    asked: list[str] = []

    def renamed() -> dict[str, str]:
        asked.append("log")
        return {"old.md": "new.md"}

    tree = Tree({"new.md", "x.md"}, renamed=renamed)
    assert [tree.propose({"old.md"})["old.md"].meant for _ in range(3)] == ["new.md"] * 3
    assert asked == ["log"]


@given(NAMES, NAMES)
def test_what_differs_in_letters_alone_is_proposed(names: set[str], asked: set[str]) -> None:
    files = names - folders_of(names)
    there, tree = files | folders_of(files), Tree(files)
    missing = {path for path in asked if path not in there}
    for path, proposal in tree.propose(missing).items():
        alike = {one for one in there if one.lower() == path.lower()}
        assert (proposal.spelled in alike) if alike else proposal.spelled is None

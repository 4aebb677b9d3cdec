"""What is mended without asking: right, once, and never so that another fault comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.docs import Judge, Library, Tree
from gonogo_policies.docs.fixes import mend
from gonogo_policies.docs.prose import read_prose
from gonogo_policies.docs.tokens import examples

FILES = {
    "README.md": "# Start here\n",
    "docs/guide.md": "# Guide\n\n## What & why?\n\n## Twice\n\n## Twice\n",
    "docs/new name.md": "",
    "docs/deep/moved.md": "1\n2\n3\n4\n",
    "docs/images/Logo.png": "",
    "src/Tool.py": "def b(): ...\n",
}
RENAMED = {"docs/old.md": "docs/deep/moved.md", "docs/older.md": "docs/new name.md", "docs/lost.md": "docs/gone.md"}


def desk(source: str, path: str = "docs/page.md") -> tuple[str, Tree, Library]:
    """A document in the tree above."""
    tree = Tree([*FILES, path], renamed=lambda: RENAMED)
    return path, tree, Library({**FILES, path: source}.get, tree.roots)


def mended(source: str, path: str = "docs/page.md", *, escape: bool = False) -> str | None:
    """The mended text."""
    found = mend(*desk(source, path), escape=escape)
    return found and found[0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[a](old.md)", "[a](deep/moved.md)"),
        ("[a](./old.md#x)", None),
        ("`docs/old.md:9`", None),
        ("[a](old.md?plain=1)", "[a](deep/moved.md?plain=1)"),
        ("[a](/docs/old.md)", "[a](/docs/deep/moved.md)"),
        ("[a](older.md)", "[a](new%20name.md)"),
        ("[a](<older.md>)", "[a](<new name.md>)"),
        ("![a](images/logo.PNG)", "![a](images/Logo.png)"),
        ("[x]: old.md", "[x]: deep/moved.md"),
        ('<a href="old.md">', '<a href="deep/moved.md">'),
        ("see docs/old.md:3.", "see docs/deep/moved.md:3."),
        ("`docs/old.md:3`", "`docs/deep/moved.md:3`"),
        ("` docs/old.md `", "` docs/deep/moved.md `"),
        ("`src/tool.py::b`", "`src/Tool.py::b`"),
        ("[a](guide.md#what-why)", None),
        ("[a](guide.md#whatwhy)", "[a](guide.md#what--why)"),
        ("[a](guide.md#wha-twhy)", "[a](guide.md#what--why)"),
        ("[a](docs/guide.md)", "[a](guide.md)"),
        ("`out/run/a.json`", "`out&#47;run&#47;a.json`"),
        ("[a](old.md) [b](never.md)", "[a](deep/moved.md) [b](never.md)"),
        ("é `out/a.md` é [a](old.md)", "é `out&#47;a.md` é [a](deep/moved.md)"),
    ],
)
def test_what_is_mended(source: str, expected: str | None) -> None:
    assert mended(source) == expected
    if expected is not None:
        assert mended(expected) is None


@pytest.mark.parametrize(
    "source",
    [
        "[a](guid.md)",
        "[a](moved.md)",
        "[a](lost.md)",
        "[a](guide.md#nothing)",
        "[a](ol&#100;.md)",
        "`docs/never.md`",
        "`and/or` `docs/*.md` `git add out/a.md` `feature/x` ``out/a.md``",
        "```\n`out/a.md`\n```\n",
        "`out/a.md` <!-- ref-target-ignore -->",
    ],
)
def test_what_is_not_certain_stays(source: str) -> None:
    assert mended(source) is None


def test_examples_are_left_alone_where_nobody_asks_for_marks() -> None:
    path, tree, library = desk("`out/a.md` [a](old.md)")
    found = mend(path, tree, library, mark=False)
    assert found is not None
    assert found[0] == "`out/a.md` [a](deep/moved.md)"


def test_a_missing_path_becomes_an_example_only_where_somebody_says_so() -> None:
    assert mended("`docs/never.md`", escape=True) == "`docs&#47;never.md`"
    assert mended("[a](never.md)", escape=True) is None


WORDS = (
    *("[a](", "guide.md", "old.md", "docs/", "images/logo.png", "#what", "#whatwhy", ")", "![", "]", "`", "``", " "),
    *(
        "`docs/old.md`",
        "`out/a/b.md`",
        "`docs/never.md`",
        "[x]: old.md\n",
        "\n",
        "\n\n",
        "```\n",
        "~~~\n",
        "<!--",
        "-->",
    ),
    *("docs/old.md ", "src/tool.py:3 ", "<a href='old.md'>", "é", "&#47;", "\\", "> ", "    ", "out/a.md", "./", "../"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_after_mending_both_gates_are_satisfied_and_mending_again_changes_nothing(pieces: list[str]) -> None:
    source = "".join(pieces)
    path, tree, library = desk(source)
    found = mend(path, tree, library, escape=True)
    text = source if found is None else found[0]
    if found is not None:
        assert mended(text, escape=True) is None
        again = Library({**FILES, path: text}.get, tree.roots)
        looked = Judge(tree, again).look(path)
        assert looked is not None
        assert not list(examples(read_prose(text), tree.roots))
        left = {one.code for one in looked.problems if one.reference.kind == "code"}
        assert "MISSING_TARGET" not in left


@given(
    st.lists(
        st.sampled_from([*(f"`{a}{b}`" for a in ("out/", "docs/", "x/y/") for b in ("a.md", "z/", "q/r/s")), " ", "\n"])
    )
)
def test_of_generated_documents_every_code_span_can_satisfy_both_gates(pieces: list[str]) -> None:
    path, tree, library = desk(" ".join(pieces))
    found = mend(path, tree, library, escape=True)
    text = " ".join(pieces) if found is None else found[0]
    looked = Judge(tree, Library({**FILES, path: text}.get, tree.roots)).look(path)
    assert looked is not None
    assert looked.problems == ()
    assert not list(examples(read_prose(text), tree.roots))

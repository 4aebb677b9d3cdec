"""Whether what a document points at is there: resolution, case, anchors, lines, names, and what was likely meant."""

from __future__ import annotations

import pytest

from gonogo_policies.docs import Judge, Library, Problem, Tree

FILES = {
    "README.md": "# Start here\n",
    "docs/guide.md": "# Guide\n\n## Second part\n",
    "docs/deep/page.md": "text\n",
    "docs/images/Logo.png": "",
    "src/tool.py": "class A:\n    def b(self): ...\n",
    "tests/deep/test_c.py": "",
    "tests/test_a.py": "def test_b():\n    pass\n",
}


def judged(source: str, path: str = "docs/new.md", renamed: dict[str, str] | None = None) -> tuple[Problem, ...]:
    """The problems of one document in the tree above."""
    tree = Tree(FILES, renamed=lambda: renamed or {}, elsewhere=lambda name: name == "docs/link.md")
    judge = Judge(tree, Library({**FILES, path: source}.get, tree.roots))
    looked = judge.look(path)
    assert looked is not None
    return tuple(judge.explain(looked.problems))


@pytest.mark.parametrize(
    "source",
    [
        "[a](guide.md)",
        "[a](./guide.md)",
        "[a](../README.md)",
        "[a](/README.md)",
        "[a](deep)",
        "[a](deep/)",
        "[a](guide)",
        "[a](guide.html)",
        "[a](guide/)",
        "[a](#here)\n\n# Here",
        "[a](guide.md#second-part)",
        "[a](guide.md#Second-Part)",
        "[a](guide.md#L2)",
        "[a](guide.md:2)",
        "[a](guide.md?plain=1)",
        "[a](../../../issues/4)",
        "[a](link.md)",
        "[a](/blog/some-route)",
        "`docs/guide.md:3`",
        "`docs/deep`",
        "`src/tool.py::A::b`",
        "`tests/test_a.py::test_b[1]`",
        "`src/is/nowhere`",
        "`src/tool`",
        "`tests/deep/test_c`",
        "[a](../../)",
        "[a](../..)",
    ],
)
def test_what_is_there(source: str) -> None:
    assert judged(source) == ()


@pytest.mark.parametrize(
    ("source", "code", "meant"),
    [
        ("[a](gone.md)", "MISSING_TARGET", None),
        ("[a](guides.md)", "MISSING_TARGET", "docs/guide.md"),
        ("[a](deep/guide.md)", "MISSING_TARGET", "docs/guide.md"),
        ("![a](images/logo.png)", "CASE_DIFFERS", "docs/images/Logo.png"),
        ("[a](../../x.md)", "OUTSIDE_REPOSITORY", None),
        ("[a](guide.md#third)", "MISSING_ANCHOR", None),
        ("[a](#nowhere)", "MISSING_ANCHOR", None),
        ("`docs/gone.md`", "MISSING_TARGET", None),
        ("docs/gone.md", "MISSING_TARGET", None),
        ("`src/gone.py::x`", "MISSING_TARGET", None),
        ("[a]: gone.md", "MISSING_TARGET", None),
        ('<img src="gone.png">', "MISSING_TARGET", None),
    ],
)
def test_what_is_not_there(source: str, code: str, meant: str | None) -> None:
    (one,) = judged(source)
    assert (one.code, one.meant, one.advice) == (code, meant, False)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("[a](docs/guide.md)", "ROOT_RELATIVE"),
        ("`docs/guide.md:99`", "LINE_BEYOND_END"),
        ("`tests/test_a.py::test_gone`", "SYMBOL_MISSING"),
    ],
)
def test_what_is_told_and_fails_nothing(source: str, code: str) -> None:
    (one,) = judged(source)
    assert (one.code, one.advice) == (code, True)


def test_a_renamed_file_is_the_one_that_was_meant() -> None:
    (one,) = judged("[a](old.md)", renamed={"docs/old.md": "docs/guide.md"})
    assert one.meant == "docs/guide.md"


def test_the_line_is_the_references_own() -> None:
    (one,) = judged("a\n\n```\nx\n```\n[a](gone.md)\n")
    assert one.line == 6


def test_names_in_other_normal_forms_are_the_same_name() -> None:
    tree = Tree(["docs/Ärger.md"])
    assert tree.find("docs/A\u0308rger.md") == "file"

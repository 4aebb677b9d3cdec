"""What counts as a reference in Markdown, and what never does: the false alarms that operators lost hours to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.docs.headings import anchors
from gonogo_policies.docs.prose import read_prose
from gonogo_policies.docs.references import references

HTML = "html"
ROOTS = frozenset({"docs", "src", "tests", "scripts"})


def found(source: str) -> list[tuple[str, str]]:
    """Kind and path of each reference."""
    return [(one.kind, one.target.path) for one in references(source, ROOTS)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[a](b.md)", [("link", "b.md")]),
        ('[a](b.md "a title")', [("link", "b.md")]),
        ("![a](b.png)", [("image", "b.png")]),
        ("[![a](b.svg)](c.md)", [("image", "b.svg"), ("link", "c.md")]),
        ("[a](<b c.md>)", [("link", "b c.md")]),
        ("[a](b%20c.md)", [("link", "b c.md")]),
        ("[a](b&#47;c.md)", [("link", "b/c.md")]),
        (r"[a](b\(c.md)", [("link", "b(c.md")]),
        ("[a](b(c).md)", [("link", "b(c).md")]),
        ("[`a`](b.md)", [("link", "b.md")]),
        ("[a\nb](c.md)", [("link", "c.md")]),
        ("[a][b]\n\n[b]: c.md", [("definition", "c.md")]),
        ("<a href=\"b.html\">b</a><img src='c.png'>", [("html", "b.html"), ("html", "c.png")]),
        (
            '<source srcset="a.png 1x, b/c.png 2x"><img srcset="d.svg">',
            [(HTML, "a.png"), (HTML, "b/c.png"), (HTML, "d.svg")],
        ),
        ("[a](/docs/b.md)", [("link", "docs/b.md")]),
        ("[a]: \u00a0https://h/b.md", [("definition", "\u00a0https://h/b.md")]),
        ("[a](\u00a0https://h/b.md)", [("link", "\u00a0https://h/b.md")]),
        ("`docs/a.md`", [("code", "docs/a.md")]),
        ("`` docs/a.md ``", [("code", "docs/a.md")]),
        ("`docs/guide/`", [("code", "docs/guide/")]),
        ("`src/a/b`", [("code", "src/a/b")]),
        ("see docs/a.md.", [("bare", "docs/a.md")]),
        ("(docs/a.md)", [("bare", "docs/a.md")]),
        ("    docs/a.md", []),
        ("- a\n\n    docs/a.md", [("bare", "docs/a.md")]),
    ],
)
def test_references_are_found(source: str, expected: list[tuple[str, str]]) -> None:
    assert found(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "[a](https://h/docs/a.md)",
        "[a](mailto:a@b)",
        "[a](//h/a.md)",
        "https://h/docs/a.md",
        "a](b.md)",
        r"\[a\](b.md)",
        "[^1]: docs",
        "`[a](b.md)`",
        "```\n[a](b.md)\n```",
        "~~~\n[a](b.md)\n~~~",
        "````\n```\n[a](b.md)\n```\ndocs/a.md\n````",
        "~~~\n```\n~~~\n```\ndocs/a.md\n```",
        "- ```\n  docs/a.md\n  ```",
        "> ```\n> docs/a.md\n> ```",
        "```\ndocs/a.md",
        "<!-- docs/a.md -->",
        "<!--\ndocs/a.md\n[a](b.md)",
        "---\nnext: docs/a.md\n---\n",
        "docs/a.md <!-- pt:ref-target-ignore -->",
        "`docs/a.md` <!-- ref-target-ignore -->",
        "`git add docs/a.md`",
        "`docs/*.md`",
        "`docs/<name>.md`",
        "`docs/{name}.md`",
        "`docs/$NAME.md`",
        "`docs/…/a.md`",
        "`docs/YYYY-MM-DD.md`",
        "`docs/path/to/a.md`",
        "`docs/new-guide`",
        "`feature/docs/a.md`",
        "`docs&#47;a.md`",
        "docs&#47;a.md",
        "`/docs/a.md`",
        "`./docs/a.md`",
        "`~/docs/a.md`",
        "`out/a.md`",
        "`and/or`",
        "`origin/docs/a.md`",
        "[a]({{ url }}/docs/a.md)",
        "[a](...)",
        "`owner@docs/a.md`",
        "`docs/.github`",
    ],
)
def test_no_reference(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("docs/a.md:12", ("docs/a.md", 12, 12, "")),
        ("docs/a.md:10-20", ("docs/a.md", 10, 20, "")),
        ("docs/a.md#L3-L7", ("docs/a.md", 3, 7, "")),
        ("tests/test_a.py::test_b", ("tests/test_a.py", 0, 0, "test_b")),
        ("tests/test_a.py::TestA::test_b[x-1]", ("tests/test_a.py", 0, 0, "TestA::test_b[x-1]")),
    ],
)
def test_places_in_a_file(words: str, place: tuple[str, int, int, str]) -> None:
    (one,) = references(f"`{words}`", ROOTS)
    target = one.target
    assert (target.path, target.first, target.last, target.symbol) == place


def test_a_bare_path_with_a_line() -> None:
    (one,) = references("see docs/a.md:4-9.", ROOTS)
    assert (one.words, one.target.first, one.target.last) == ("docs/a.md:4-9", 4, 9)


def test_what_is_quoted_ends_where_the_quotation_ends() -> None:
    assert found("> ```\n> docs/a.md\ndocs/b.md") == [("bare", "docs/b.md")]


def test_a_comment_in_code_hides_nothing() -> None:
    assert found("`<!--` and docs/a.md") == [("bare", "docs/a.md")]


def test_a_backtick_alone_hides_nothing_beyond_its_paragraph() -> None:
    assert found("a ` tick\n\n[a](b.md) ` c") == [("link", "b.md")]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("# A heading", "a-heading"),
        ("## What & why?", "what--why"),
        ("## `run(a, b)` and [more](x.md)", "runa-b-and-more"),
        ("### `f(value[, encoding][, options])`", "fvalue-encoding-options"),
        ("# Ärger mit Größe", "ärger-mit-größe"),
        ("# snake_case_name", "snake_case_name"),
        ("Title\n=====", "title"),
        ("## Given {#mine}", "mine"),
        ('<a id="there"></a>', "there"),
        ("# Twice\n# Twice", "twice-1"),
        ("> # Quoted", "quoted"),
    ],
)
def test_anchors(heading: str, anchor: str) -> None:
    assert anchor in anchors(heading)


def test_a_heading_in_a_fence_is_no_anchor() -> None:
    assert "no" not in anchors("```\n# no\n```\n# yes")
    assert "yes" in anchors("```\n# no\n```\n# yes")


WORDS = (
    *(
        "`",
        "``",
        "```\n",
        "~~~\n",
        "\n",
        "\n\n",
        "    ",
        "> ",
        "- ",
        "<!--",
        "-->",
        "[a]",
        "(b.md)",
        "](c.md)",
        "---\n",
    ),
    *("docs/a.md", "[x]: y.md\n", "# H\n", "\\", "<a href=", '"q.md"', ">", "é", " ", "ref-target-ignore -->"),
)
PIECES = st.lists(st.sampled_from(WORDS), max_size=40)


@given(PIECES)
def test_any_text_is_read_and_keeps_its_places(pieces: list[str]) -> None:
    source = "".join(pieces)
    prose = read_prose(source)
    assert len(prose.text) == len(prose.blocks) == len(source)
    for kept, whole in zip(prose.text, source, strict=True):
        assert kept in {whole, " ", "\n"}
    for one in references(source, ROOTS):
        assert source.startswith(one.words, one.at)
        assert one.line == source.count("\n", 0, one.at) + 1
    anchors(source)

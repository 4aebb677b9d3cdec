"""Documents that somebody wrote to be slow to read: the time to read one grows with its length, and with nothing more.

Nothing is timed here: each of these took minutes or hours before, so that a test that ends is the proof.
"""

from __future__ import annotations

import pytest

from gonogo_policies.docs import Judge, Library, Tree, references
from gonogo_policies.docs.fixes import mend
from gonogo_policies.docs.headings import anchors
from gonogo_policies.docs.hygiene import stains

MUCH = 200_000
ROOTS = frozenset({"docs"})
FAR = "\n\n[x](gone.md)\n"


def much(words: str, begin: str = "") -> str:
    """The words over and over."""
    return begin + words * (MUCH // len(words))


@pytest.mark.parametrize(
    "text",
    [
        much(" ", "[a]("),
        much("\t", "[a](b"),
        much(" ", "[a]:"),
        much("[a](b (c "),
        much("]:a ", "[" + "b" * MUCH),
        much("](b)", "[" + "]" * 4000),
        much("[", "# "),
        much("![", "# "),
        much("\r", "# a"),
        much("#a", "# {"),
        much("# [[[[[[[[![x\n"),
        much("`", "a"),
        much("`` ` ", "a"),
        much("> ```\n"),
        much("```a", "a"),
        much("    [x](a.md)\n", "a\n\n"),
        much(".md,", "docs/"),
        much("[x](<<<<<<<<<<<<<<<<<) "),
        much("<a href", "<a "),
        much(" ", "<img srcset="),
    ],
)
def test_a_long_line_costs_what_its_length_costs(text: str) -> None:
    anchors(text)
    found = references(text + FAR, ROOTS)
    assert found[-1].words == "gone.md"
    assert found[-1].line == text.count("\n") + 3


def test_many_faults_in_one_document_are_looked_at_once_each() -> None:
    known = [f"docs/{number:x}{'ab' * 40}.md" for number in range(1500)]
    lost = "".join(f"[x]({number:x}{'ba' * 40}.md)\n" for number in range(1500))
    held = "".join(f"[x](#{number}-a)\n# {number} b\n" for number in range(5000))
    lined = "".join(f"`docs/long.py:{number}` `docs/long.py::name_{number}`\n" for number in range(1, 5000))
    texts = {"docs/a.md": lost, "docs/b.md": held, "docs/c.md": lined, "docs/long.py": "\n" * MUCH}
    tree, library = Tree([*known, *texts]), Library(texts.get, ROOTS)
    judge = Judge(tree, library)
    counts = {}
    for path in ("docs/a.md", "docs/b.md", "docs/c.md"):
        looked = judge.look(path)
        assert looked is not None
        counts[path] = len(judge.explain(looked.problems))
        assert mend(path, tree, library) is None
    assert counts == {"docs/a.md": 1500, "docs/b.md": 5000, "docs/c.md": 4999}


def test_a_merge_log_of_blanks_is_read_too() -> None:
    assert [one.code for one in stains("docs/ops/x.md", f"## {' ' * MUCH}a\n## Summary ##\n")].count("LOCAL_PATH") == 0


@pytest.mark.parametrize(
    "text",
    [
        "---\na: [x](y.md)\n---\n\nTitle\n=====\n\n[a](b.md)\n\n## Sub ##\n",
        "```\n[a](b.md)\n```\n\n`docs/a\n\n[c](d.md)`\n\n> ```\n> [e](f.md)\n\n[g](h.md)\n",
        "- a\n\n    [a](b.md)\n\ntext\n\n    [c](d.md)\n\n[e]:\n  f.md\n[open\n\nclosed](g.md)\n",
    ],
)
@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_lines_that_end_otherwise_are_the_same_document(text: str, ending: str) -> None:
    other = text.replace("\n", ending)
    told = [[(one.kind, one.words, one.target) for one in references(words, ROOTS)] for words in (text, other)]
    assert told[0] == told[1]
    assert anchors(text) == anchors(other)
    if ending == "\r\n":
        assert [one.line for one in references(text, ROOTS)] == [one.line for one in references(other, ROOTS)]

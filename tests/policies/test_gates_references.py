"""The reference gate over a real work tree: what it looks at, what it fails, what it only tells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_policies.change import Change, ChangedFile
from gonogo_policies.gates import Declaration, PlanContext, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.gates import GateResult

GATE = Declaration(
    "docs-reference-targets-gate",
    "references",
    hard=True,
    trigger={"documentation": ("**/*.md",)},
    exclude=("tests/**", "**/fixtures/**"),
)


def looked(tree: Path, files: dict[str, str | bytes], change: Change) -> GateResult:
    """Run the gate over these files and this change."""
    write(tree, files)
    return make_gate(GATE).run(surroundings(tree, GATE, change))


def test_a_good_document_passes_with_counts(tmp_path: Path) -> None:
    result = looked(
        tmp_path / "tree", {"docs/a.md": "[b](b.md) and `docs/b.md`", "docs/b.md": "# B"}, changed("docs/a.md")
    )
    assert (result.verdict, result.checked, result.read_change) == ("PASS", 1, True)
    assert str(result.reason) == "References looked up: 2, in documents: 1. Not there: 0."


def test_what_is_missing_fails_with_place_and_proposal(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"docs/a.md": "x\n[b](bb.md)\n", "docs/b.md": "", "docs/c/bb.md": ""}
    result = looked(tmp_path / "tree", files, changed("docs/a.md"))
    assert result.verdict == "FAIL"
    (one,) = result.findings
    assert (one.path, one.line, one.code) == ("docs/a.md", 2, "MISSING_TARGET")
    assert one.message == "bb.md: there is no docs/bb.md; did you mean docs/c/bb.md?"


def test_documents_that_the_change_does_not_touch_are_not_held_against_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"docs/a.md": "fine", "docs/old.md": "[gone](gone.md)"}
    assert looked(tmp_path / "tree", files, changed("docs/a.md")).verdict == "PASS"


@pytest.mark.parametrize(
    "words", ["[x](sub/gone.md)", "`docs/sub/gone.md`", "[x](sub/gone)", "[x](sub/)", "[x](sub/g%6Fne.md) gone"]
)
def test_what_the_change_takes_away_must_not_be_pointed_at(words: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"docs/other.md": f"{words} [too](never.md)"}
    result = looked(tmp_path / "tree", files, changed("deleted:docs/sub/gone.md"))
    assert result.verdict == "FAIL"
    assert [(one.path, one.code) for one in result.findings] == [("docs/other.md", "MISSING_TARGET")]


def test_documents_read_through_for_what_went_away_are_counted(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"docs/a.md": "nothing", "docs/b.md": "nothing of it"}
    result = looked(tmp_path / "tree", files, changed("deleted:docs/sub/gone.md"))
    assert (result.verdict, result.checked) == ("PASS", 2)


def test_a_renamed_file_is_proposed(tmp_path: Path) -> None:
    change = Change((ChangedFile("docs/new.md", "R", "docs/old.md"),), 1, "b" * 40)
    result = looked(tmp_path / "tree", {"docs/new.md": "", "docs/other.md": "[x](old.md)"}, change)
    assert [one.message for one in result.findings] == ["old.md: there is no docs/old.md; did you mean docs/new.md?"]


def test_soft_findings_are_told_inside_a_pass(tmp_path: Path) -> None:
    result = looked(tmp_path / "tree", {"docs/a.md": "`docs/b.md:99`", "docs/b.md": "x"}, changed("docs/a.md"))
    assert (result.verdict, [one.code for one in result.advice]) == ("PASS", ["LINE_BEYOND_END"])
    assert result.json()["advice_count"] == 1
    assert "advice" not in replace(result, advice=()).json()


def test_links_on_disk_count_only_inside_the_tree(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"docs/v2/a.md": ""})
    (tree / "docs/now").symlink_to("v2")
    (tree / "docs/etc").symlink_to("/etc")
    (tree / "docs/lost.md").symlink_to("gone.md")
    source = "[a](now) [b](now/a.md) [c](etc/passwd) [d](lost.md)"
    result = looked(tree, {"docs/x.md": source}, changed("docs/x.md"))
    assert [one.message.partition(":")[0] for one in result.findings] == ["etc/passwd", "lost.md"]


def test_samples_do_not_make_it_apply() -> None:
    gate = make_gate(GATE)
    assert not gate.applies(changed("tests/a.md", "docs/fixtures/b.md"), PlanContext(ci=None)).applies
    assert gate.applies(changed("tests/a.md", "docs/b.md"), PlanContext(ci=None)).files == ("docs/b.md",)


def test_a_document_that_is_no_text_is_inconclusive(tmp_path: Path) -> None:
    result = looked(tmp_path / "tree", {"docs/a.md": b"\xff\xfe"}, changed("docs/a.md"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_UNREADABLE")


def test_nothing_looked_at_is_inconclusive(tmp_path: Path) -> None:
    result = looked(tmp_path / "tree", {"a.txt": ""}, changed("deleted:docs/a.md"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CHECKED_NOTHING")

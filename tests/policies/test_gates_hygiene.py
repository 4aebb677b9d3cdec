"""Merge logs: no place of a machine, no character that nobody sees; what is missing in them is only told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.docs.hygiene import stains
from gonogo_policies.gates import Declaration, PlanContext, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.gates import GateResult

LOG = "docs/ops/PR_12_MERGE_LOG.md"
GATE = Declaration("Merge Log Hygiene", "hygiene", hard=False, trigger={"logs": ("docs/ops/PR_*_MERGE_LOG.md",)})
GOOD = "# PR #12\n\n## Summary\n\n## Changes\n\n## Verification\n\n## Risk Assessment\n"


def looked(tmp_path: Path, source: str | bytes, *paths: str) -> GateResult:
    """Run the gate over one log."""
    tree = write(tmp_path / "tree", {LOG: source})
    return make_gate(GATE).run(surroundings(tree, GATE, changed(*(paths or (LOG,)))))


def test_a_clean_log_passes(tmp_path: Path) -> None:
    result = looked(tmp_path, GOOD)
    assert (result.verdict, result.checked, result.advice) == ("PASS", 1, ())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("see /Users/ada/x", "LOCAL_PATH"),
        ("`/home/ada/x`", "LOCAL_PATH"),
        (r"C:\Users\ada", "LOCAL_PATH"),
        ("cd ~/work", "LOCAL_PATH"),
        ("a\u200bb", "UNSEEN_CHARACTER"),
        ("a\u202eb", "UNSEEN_CHARACTER"),
        ("a\x1b[2Jb", "UNSEEN_CHARACTER"),
        ("a\x85b", "UNSEEN_CHARACTER"),
    ],
)
def test_each_stain_fails_at_its_line(words: str, code: str, tmp_path: Path) -> None:
    result = looked(tmp_path, f"{GOOD}{words}\n")
    assert (result.verdict, [(one.code, one.line) for one in result.findings]) == ("FAIL", [(code, 10)])


@pytest.mark.parametrize("words", ["https://h/home/x", "docs/home/x", "a~/b", "AC:\\", "x\ty", "Größe", "e\u0301"])
def test_what_is_no_stain(words: str, tmp_path: Path) -> None:
    assert looked(tmp_path, f"{GOOD}{words}\r\n").verdict == "PASS"


def test_a_byte_order_mark_fails(tmp_path: Path) -> None:
    assert [one.code for one in looked(tmp_path, f"\ufeff{GOOD}").findings] == ["BYTE_ORDER_MARK"]


def test_sections_and_numbers_are_told(tmp_path: Path) -> None:
    result = looked(tmp_path, GOOD.replace("#12", "#13").replace("## Risk Assessment", ""))
    assert result.verdict == "PASS"
    assert [one.code for one in result.advice] == ["MERGE_LOG_NUMBER", "MERGE_LOG_SECTION"]


def test_a_log_that_is_no_text_is_inconclusive(tmp_path: Path) -> None:
    assert looked(tmp_path, b"\xff").reason_code == "GATE_UNREADABLE"


def test_it_applies_to_logs_that_are_there() -> None:
    gate = make_gate(GATE)
    assert gate.applies(changed(LOG), PlanContext(ci=None)).applies
    assert not gate.applies(changed(f"deleted:{LOG}", "docs/a.md"), PlanContext(ci=None)).applies


@given(st.text())
def test_any_text_is_read(source: str) -> None:
    for stain in stains(LOG, source):
        assert 1 <= stain.line <= source.count("\n") + 1

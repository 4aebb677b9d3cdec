"""Link debt in the reference gate: new debt fails, known and paid debt is told, and no baseline hides a change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.docs.debt import (
    IGNORE_PLACE,
    PLACE,
    SCHEMA,
    Entry,
    is_ignored,
    read_baseline,
    split,
    write_baseline,
)
from gonogo_policies.docs.judge import Problem
from gonogo_policies.docs.references import Reference
from gonogo_policies.docs.target import Target
from gonogo_policies.gates import Declaration, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.change import Change
    from gonogo_policies.docs.judge import Code
    from gonogo_policies.gates import GateResult

GATE = Declaration("docs-reference-targets-gate", "references", hard=True, trigger={"documentation": ("**/*.md",)})
WHOLE = changed("docs/a.md", "docs/b.md", base=None)
BROKEN = "[x](gone.md)\n"


def baseline(*entries: tuple[str, str], count: int = 1) -> str:
    """A baseline file of missing targets."""
    rows = [{"path": path, "code": "MISSING_TARGET", "words": words, "count": count} for path, words in entries]
    return json.dumps({"schema": SCHEMA, "entries": rows})


def looked(
    tmp_path: Path, files: dict[str, str], change: Change, *, before: dict[str, str] | None = None
) -> GateResult:
    """Run the gate; ``before`` is what the base held."""
    tree = write(tmp_path / "tree", {"docs/a.md": BROKEN, "docs/b.md": "fine", **files})
    at_base = {path: text.encode() for path, text in (files if before is None else before).items()}
    return make_gate(GATE).run(replace(surroundings(tree, GATE, change), at_base=at_base.get))


def codes(result: GateResult) -> tuple[list[str], list[str]]:
    """Codes of findings and of advice."""
    return [one.code for one in result.findings], [one.code for one in result.advice]


def test_known_debt_is_told_and_fails_nothing(tmp_path: Path) -> None:
    result = looked(tmp_path, {PLACE: baseline(("docs/a.md", "gone.md"))}, changed("docs/a.md"))
    assert (result.verdict, codes(result)) == ("PASS", ([], ["LINK_DEBT"]))
    assert result.advice[0].message == "known debt: gone.md: there is no docs/gone.md"


def test_it_stays_known_when_its_line_moves(tmp_path: Path) -> None:
    files = {PLACE: baseline(("docs/a.md", "gone.md")), "docs/a.md": f"more\n\nlines\n\n{BROKEN}"}
    assert looked(tmp_path, files, changed("docs/a.md")).verdict == "PASS"


def test_new_debt_fails_beside_the_known(tmp_path: Path) -> None:
    files = {PLACE: baseline(("docs/a.md", "gone.md")), "docs/a.md": f"{BROKEN}[y](new.md)\n{BROKEN}"}
    result = looked(tmp_path, files, changed("docs/a.md"))
    assert (result.verdict, codes(result)) == ("FAIL", (["MISSING_TARGET", "MISSING_TARGET"], ["LINK_DEBT"]))


@pytest.mark.parametrize("text", ["fine", None])
def test_paid_debt_is_told(text: str | None, tmp_path: Path) -> None:
    files = {PLACE: baseline(("docs/b.md", "gone.md")), "docs/a.md": "fine"}
    if text is None:
        files[PLACE] = baseline(("docs/deleted.md", "gone.md"))
    result = looked(tmp_path, files, changed("docs/b.md"))
    assert (result.verdict, codes(result)) == ("PASS", ([], ["LINK_DEBT_PAID"]))


def test_a_change_cannot_write_off_its_own_faults(tmp_path: Path) -> None:
    files = {PLACE: baseline(("docs/a.md", "gone.md"))}
    result = looked(tmp_path, files, changed("docs/a.md", PLACE), before={})
    assert (result.verdict, codes(result)) == ("FAIL", (["MISSING_TARGET"], ["LINK_DEBT_ADDED"]))


def test_a_full_look_believes_what_stood_and_a_first_commit_has_nothing_that_did(tmp_path: Path) -> None:
    files = {PLACE: baseline(("docs/a.md", "gone.md"))}
    assert looked(tmp_path, files, WHOLE).verdict == "PASS"
    first = looked(tmp_path, files, WHOLE, before={})
    assert (first.verdict, codes(first)) == ("FAIL", (["MISSING_TARGET"], ["LINK_DEBT_ADDED"]))
    ignoring = looked(tmp_path / "b", {IGNORE_PLACE: "docs/a*\n"}, WHOLE, before={})
    assert (ignoring.verdict, codes(ignoring)) == ("FAIL", (["MISSING_TARGET"], []))


@pytest.mark.parametrize(
    "text",
    [
        baseline(("docs/*", "gone.md")),
        baseline(("**", "*")),
        baseline(("docs/a.md", "gone.md"), count=0),
        baseline(("docs/a.md", "gone.md"), count=10**9),
        baseline(("docs/a.md", "")),
        "[]",
        "{}",
        "",
        '{"schema": "other", "entries": []}',
        f'{{"schema": "{SCHEMA}", "entries": [], "ignore": ["**"]}}',
    ],
)
def test_a_baseline_of_another_shape_is_no_pass(text: str, tmp_path: Path) -> None:
    result = looked(tmp_path, {PLACE: text, "docs/a.md": "fine"}, changed("docs/a.md"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_UNREADABLE")
    assert looked(tmp_path, {PLACE: text}, changed("docs/a.md")).verdict == "FAIL"


def test_the_ignore_file_counts_for_a_full_look_alone_and_is_told(tmp_path: Path) -> None:
    files = {IGNORE_PLACE: "# old\ndocs/a*\n"}
    full = looked(tmp_path, files, WHOLE)
    assert (full.verdict, full.checked, codes(full)) == ("PASS", 1, ([], ["DOCUMENTS_IGNORED"]))
    assert looked(tmp_path, files, changed("docs/a.md")).verdict == "FAIL"


def test_an_ignore_file_that_takes_everything_is_no_pass(tmp_path: Path) -> None:
    result = looked(tmp_path, {IGNORE_PLACE: "**\n"}, WHOLE)
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CHECKED_NOTHING")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("docs/archive/**", "docs/archive/a/b.md", True),
        ("docs/archive/**", "docs/archived.md", False),
        ("docs/ops/PR_*_MERGE_LOG.md", "docs/ops/PR_12_MERGE_LOG.md", True),
        ("docs/*.md", "docs/a/b.md", True),
        ("docs/a.md", "docs/b.md", False),
    ],
)
def test_patterns_are_the_predecessors(pattern: str, path: str, *, expected: bool) -> None:
    assert is_ignored(path, [pattern]) is expected


def problem(path: str, code: Code, words: str, line: int) -> Problem:
    """A fault of a link at some line."""
    return Problem(code, path, Reference(line, line, "link", words, Target(words, relative=True)), words)


PROBLEMS = st.builds(
    problem,
    st.sampled_from(["a.md", "ä/b.md"]),
    st.sampled_from(["MISSING_TARGET", "MISSING_ANCHOR", "CASE_DIFFERS"]),
    st.sampled_from(["x.md", "y.md#z"]),
    st.integers(1, 9),
)


@given(st.lists(PROBLEMS, max_size=8), st.lists(PROBLEMS, max_size=8))
def test_what_is_written_excuses_exactly_itself(old: list[Problem], now: list[Problem]) -> None:
    known = read_baseline(write_baseline(old))
    same = split(old, known, {"a.md", "ä/b.md"})
    assert (same.new, same.paid) == ([], [])
    parts = split(now, known, {"a.md", "ä/b.md"})
    assert len(parts.new) + len(parts.known) == len(now)
    assert len(parts.known) + len(parts.paid) == len(old)
    assert all(isinstance(one, Entry) for one in parts.paid)

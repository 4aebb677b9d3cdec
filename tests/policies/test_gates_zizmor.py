"""Workflows linted by the real zizmor, offline: what it finds, and what the commit cannot hide from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_policies.gates import Declaration, PlanContext, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_policies.gates import GateResult

GATE = Declaration("workflow-lint", "zizmor", hard=False, trigger={"w": (".github/workflows/**", "**/action.yml")})
PLACE = ".github/workflows/a.yml"
GOOD = """name: a
on: push
permissions: {}
jobs:
  x:
    runs-on: ubuntu-latest
    steps:
      - run: make
"""
BAD = GOOD.replace("- run: make", '- run: echo "${{ github.head_ref }}"')
IGNORED = BAD.rstrip() + " # zizmor: ignore[template-injection]\n"


def lint(tmp_path: Path, files: Mapping[str, str], *paths: str) -> GateResult:
    tree = write(tmp_path / "tree", files)
    return make_gate(GATE).run(surroundings(tree, GATE, changed(*(paths or files))))


def test_a_clean_workflow_passes_and_the_version_is_told(tmp_path: Path) -> None:
    result = lint(tmp_path, {PLACE: GOOD, "x/action.yml": "name: x\nruns: {using: composite, steps: []}\n"})
    assert (result.verdict, result.checked, result.read_change) == ("PASS", 2, True), str(result.reason)
    assert result.observed.tool == "zizmor"
    assert result.observed.version.count(".") == 2


def test_untrusted_words_in_a_script_fail_at_their_line(tmp_path: Path) -> None:
    result = lint(
        tmp_path,
        {PLACE: BAD, ".gitignore": ".github\n", "zizmor.yml": "rules: {template-injection: {disable: true}}\n"},
        PLACE,
    )
    assert result.verdict == "FAIL"
    assert [(one.path, one.line, one.code) for one in result.findings] == [(PLACE, 8, "template-injection")]
    assert "High" in result.findings[0].message


def test_what_a_comment_ignores_is_told(tmp_path: Path) -> None:
    result = lint(tmp_path, {PLACE: IGNORED})
    assert (result.verdict, result.findings) == ("PASS", ())
    assert [one.message.endswith("[ignored by a comment]") for one in result.advice] == [True]


def test_a_workflow_that_cannot_be_parsed_is_no_pass(tmp_path: Path) -> None:
    result = lint(tmp_path, {PLACE: GOOD, ".github/workflows/b.yml": "x: ["})
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CRASHED")


@pytest.mark.parametrize(
    ("path", "applies"),
    [
        (PLACE, True),
        (f"deleted:{PLACE}", False),
        (".github/workflows/README.md", False),
        ("a/b/action.yml", True),
        ("a.py", False),
    ],
)
def test_when_it_applies(path: str, applies: bool) -> None:
    assert make_gate(GATE).applies(changed(path), PlanContext(None)).applies is applies

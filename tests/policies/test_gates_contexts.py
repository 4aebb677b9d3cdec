"""The contract of required checks: what would stay pending for ever, and what would be green whatever happens."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_policies.gates import Declaration, PlanContext, make_gate
from support.gates import changed
from support.required import CI, GATE, GOOD, LIST, codes, looked

if TYPE_CHECKING:
    from pathlib import Path


def test_a_contract_that_is_kept_passes_with_counts(tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: GOOD}, "Lint Gate", "old")
    assert (result.verdict, result.checked, result.advice) == ("PASS", 2, ())
    assert str(result.reason) == "Required checks: 1, reported by a job: 1. Workflows read: 1. Findings: 0."


SKIPPED = """on: pull_request
jobs:
  t:
    name: Lint${{ matrix.v }}
    if: github.actor != 'x'
    strategy: {matrix: {v: [' Gate']}}
    steps: []
"""


@pytest.mark.parametrize(
    ("workflow", "code", "line"),
    [
        (GOOD.replace("Lint Gate", "Lint gate"), "CONTEXT_MISSING", None),
        (GOOD.replace("[pull_request]", "[push]"), "NOT_ON_PULL_REQUEST", 3),
        (GOOD.replace("[pull_request]", "\n  pull_request:\n    paths: [src/**]"), "PATH_FILTERED", 3),
        (GOOD.replace("[pull_request]", "\n  pull_request:\n    paths-ignore: [docs/**]"), "PATH_FILTERED", 3),
        (GOOD.replace("    steps", "    continue-on-error: true\n    steps"), "JOB_GOES_ON", 3),
        (GOOD.replace("scripts/lint.py", "scripts/gone.py"), "SCRIPT_MISSING", 6),
        (GOOD.replace("lint.py", "lint.py | tee log"), "EXIT_SWALLOWED", 6),
        (SKIPPED.replace("Lint${{ matrix.v }}", "Lint Gate"), "CONTEXT_MISSING", None),
        (SKIPPED, "SKIPPED_MATRIX", 3),
        (GOOD.replace("[pull_request]", "\n  pull_request:\n    types: [labeled]"), "TYPES_FILTERED", 3),
    ],
)
def test_each_breach_fails_at_its_place(workflow: str, code: str, line: int | None, tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: workflow}, "Lint Gate")
    assert (result.verdict, codes(result)) == ("FAIL", [code])
    assert result.findings[0].line == line
    assert result.findings[0].path == (LIST if code == "CONTEXT_MISSING" else CI)


def test_a_name_that_differs_in_a_letter_is_proposed(tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: GOOD.replace("Lint Gate", "Lint gate")}, "Lint Gate")
    assert result.findings[0].message == "no job reports the required check Lint Gate; did you mean Lint gate?"


def test_two_workflows_with_one_name(tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: GOOD, ".github/workflows/noop.yml": GOOD}, "Lint Gate")
    assert codes(result) == ["CONTEXT_TWICE"]


def test_a_merge_queue_that_one_required_check_does_not_know(tmp_path: Path) -> None:
    queued = GOOD.replace("[pull_request]", "[pull_request, merge_group]").replace("Lint Gate", "audit")
    result = looked(tmp_path, {CI: GOOD, ".github/workflows/audit.yml": queued}, "Lint Gate", "audit")
    assert codes(result) == ["NO_MERGE_GROUP"]


def test_jobs_that_nobody_requires_are_only_told(tmp_path: Path) -> None:
    other = (
        "on: push\njobs:\n  x:\n    steps:\n      - run: python scripts/gone.py | tee log\n      - run: make || true\n"
    )
    result = looked(tmp_path, {CI: GOOD, ".github/workflows/x.yml": other}, "Lint Gate")
    assert result.verdict == "PASS"
    assert sorted(one.code for one in result.advice) == ["EXIT_SHRUGGED_OFF", "EXIT_SWALLOWED", "SCRIPT_MISSING"]


BOTH = '{"required_contexts": ["Lint Gate"], "ignored_contexts": ["Lint Gate"]}'


@pytest.mark.parametrize("listed", [None, '{"required_contexts": []}', BOTH])
def test_without_a_required_check_there_is_no_contract_to_hold(listed: str | None, tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: GOOD, **({LIST: listed} if listed else {})})
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CHECKED_NOTHING")
    assert [one.code for one in result.advice] == ["REQUIRED_UNKNOWN"]


def test_what_the_trust_side_requires_cannot_be_taken_away(tmp_path: Path) -> None:
    gate = Declaration("c", "contexts", hard=True, trigger=GATE.trigger, contexts=("audit",), origin="trust")
    result = looked(tmp_path, {CI: GOOD}, "Lint Gate", gate=gate)
    assert [(one.code, one.path) for one in result.findings] == [("CONTEXT_MISSING", "gates.toml")]


def test_a_ruleset_export_is_a_list_too(tmp_path: Path) -> None:
    rules = {
        "rules": [{"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "audit"}]}}]
    }
    result = looked(tmp_path, {CI: GOOD, ".github/rulesets/main.json": json.dumps(rules)})
    assert codes(result) == ["CONTEXT_MISSING"]


TWICE = '{"required_contexts": ["gone"], "required_contexts": ["Lint Gate"]}'


@pytest.mark.parametrize(
    "text", [TWICE, "{", '{"required_contexts": "Lint Gate"}', '{"required_contexts": [1]}', "[" * 99999]
)
def test_a_list_that_cannot_be_read_fails(text: str, tmp_path: Path) -> None:
    assert codes(looked(tmp_path, {CI: GOOD, LIST: text})) == ["REQUIRED_INVALID"]


def test_a_workflow_that_cannot_be_read_fails(tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: "on: ["}, "Lint Gate")
    assert "WORKFLOW_INVALID" in codes(result)


def test_nothing_to_read_is_inconclusive(tmp_path: Path) -> None:
    assert looked(tmp_path, {}).reason_code == "GATE_CHECKED_NOTHING"


def test_other_changes_do_not_concern_it() -> None:
    assert not make_gate(GATE).applies(changed("a.py"), PlanContext(ci=None)).applies


TABLE = """# Runbook

| Workflow | Job Name (exact) | Purpose |
|---|---|---|
| `ci.yml` | `Lint Gate` | lint |
| `audit.yml` | `audit` | audit |

| Workflow | Job Name | Purpose |
|---|---|---|
| `ci.yml` | `tests (3.9)` | optional |
"""
RUNBOOK = "docs/RUNBOOK_X.md"
WITH_TABLE = replace(GATE, tables=("**/RUNBOOK*.md",))


def test_the_runbooks_table_decides_where_no_list_does(tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: GOOD, RUNBOOK: TABLE}, gate=WITH_TABLE)
    assert (result.verdict, result.checked) == ("FAIL", 2)
    assert [(one.code, one.path, one.line) for one in result.findings] == [("CONTEXT_MISSING", RUNBOOK, 6)]
    audit = GOOD.replace("Lint Gate", "audit")
    result = looked(tmp_path, {CI: GOOD, ".github/workflows/audit.yml": audit, RUNBOOK: TABLE}, gate=WITH_TABLE)
    assert (result.verdict, result.advice) == ("PASS", ())


def test_beside_a_list_the_table_is_only_told(tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: GOOD, RUNBOOK: TABLE}, "Lint Gate", gate=WITH_TABLE)
    assert (result.verdict, [(one.code, one.line) for one in result.advice]) == ("PASS", [("TABLE_DIFFERS", 6)])


def test_a_table_that_names_another_workflow_is_told(tmp_path: Path) -> None:
    moved = {".github/workflows/other.yml": GOOD, RUNBOOK: TABLE.replace("| `audit.yml` | `audit` | audit |\n", "")}
    result = looked(tmp_path, dict(moved), gate=WITH_TABLE)
    assert (result.verdict, [one.code for one in result.advice]) == ("PASS", ["OTHER_WORKFLOW"])


def test_a_row_without_a_name_fails(tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: GOOD, RUNBOOK: TABLE.replace("`audit` |", " |", 1)}, gate=WITH_TABLE)
    assert codes(result) == ["REQUIRED_INVALID"]


def test_a_branch_filter_is_told(tmp_path: Path) -> None:
    result = looked(
        tmp_path, {CI: GOOD.replace("[pull_request]", "\n  pull_request:\n    branches: [main]")}, "Lint Gate"
    )
    assert (result.verdict, [one.code for one in result.advice]) == ("PASS", ["BRANCH_FILTERED"])

"""Ways in which a required check is green, or stays pending, whatever the change is: what the contract says of each."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_policies.gates import make_gate
from support.gates import changed, surroundings, write
from support.required import CI, GATE, GOOD, LIST, codes, looked

if TYPE_CHECKING:
    from pathlib import Path


def guarded(**settings: str) -> str:
    """The workflow with these settings of its one job."""
    return GOOD.replace(
        "    steps",
        "".join(f"    {name.replace('_', '-')}: {value}\n" for name, value in settings.items()) + "    steps",
    )


STEP = "      - run: python scripts/lint.py\n"
GREEN_BY_ACCIDENT = {
    "the job is switched off": (guarded(**{"if": "false"}), "JOB_NEVER"),
    "switched off behind always()": (guarded(**{"if": "always() && false"}), "JOB_NEVER"),
    "switched off in an expression": (guarded(**{"if": "${{ !true || (false) }}"}), "JOB_NEVER"),
    "for pushes only": (guarded(**{"if": "github.event_name == 'push'"}), "JOB_NEVER"),
    "for everything but pull requests": (guarded(**{"if": "github.event_name != 'pull_request'"}), "JOB_NEVER"),
    "on the main branch only": (guarded(**{"if": "github.ref == 'refs/heads/main' && success()"}), "JOB_NEVER"),
    "goes on, as an expression": (guarded(continue_on_error="${{ true }}"), "JOB_GOES_ON"),
    "its only step goes on": (GOOD.replace(STEP, STEP + "        continue-on-error: true\n"), "JOB_GOES_ON"),
    "its only step is switched off": (GOOD.replace(STEP, STEP + "        if: ${{ false }}\n"), "JOB_GOES_ON"),
    "a matrix that leaves nothing": (
        guarded(strategy="{matrix: {v: [1], exclude: [{v: 1}]}}").replace("Lint Gate", "Lint Gate (${{ matrix.v }})"),
        "CONTEXT_MISSING",
    ),
    "it needs a job that is not required": (
        f"{guarded(needs='[changes]')}  changes:\n    steps: []\n",
        "NEEDS_SKIPPED",
    ),
    "one group for all changes": (f"concurrency: {{group: ci, cancel-in-progress: true}}\n{GOOD}", "GROUP_SHARED"),
    "one group for the job": (guarded(concurrency="${{ github.workflow }}"), "GROUP_SHARED"),
    "a merge key": (f"x: &x {{a: b}}\n{guarded(**{'<<': '*x'})}", "WORKFLOW_INVALID"),
    "a key twice": (guarded(name="Other"), "WORKFLOW_INVALID"),
}
"""Ways in which a required check is green, or stays pending, whatever the change is."""


@pytest.mark.parametrize(("workflow", "code"), GREEN_BY_ACCIDENT.values(), ids=GREEN_BY_ACCIDENT)
def test_what_is_green_by_accident_fails(workflow: str, code: str, tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: workflow}, "Lint Gate")
    assert result.verdict == "FAIL"
    assert code in codes(result)


NEEDS = "  changes:\n    steps: []\n"
FINE = {
    "an anchor": GOOD.replace("name: Lint Gate", "name: &x Lint Gate\n    env: {A: *x}"),
    "always": guarded(**{"if": "always()"}),
    "whatever was needed": guarded(needs="changes", **{"if": "${{ !cancelled() && always() }}"}) + NEEDS,
    "a group of its own": f"concurrency: {{group: 'ci-${{{{ github.head_ref || github.run_id }}}}'}}\n{GOOD}",
    "one step goes on beside one that does not": GOOD + "      - run: make\n        continue-on-error: true\n",
    "a merge queue": guarded(**{"if": "github.event_name != 'pull_request'"}).replace("[pull", "[merge_group, pull"),
}


@pytest.mark.parametrize("workflow", FINE.values(), ids=FINE)
def test_what_can_say_no_passes(workflow: str, tmp_path: Path) -> None:
    result = looked(tmp_path, {CI: workflow}, "Lint Gate")
    assert result.verdict == "PASS", result.findings


def test_a_job_that_is_needed_and_required_itself_blocks_by_itself(tmp_path: Path) -> None:
    other = f"{guarded(needs='a')}  a:\n    needs: b\n    steps: []\n  b:\n    steps: []\n"
    assert codes(looked(tmp_path, {CI: other}, "Lint Gate", "a", "b")) == []
    result = looked(tmp_path, {CI: other}, "Lint Gate", "a")
    assert {(one.code, one.message.rpartition(" ")[2]) for one in result.findings} == {("NEEDS_SKIPPED", "(b)")}


def test_what_a_needed_job_calls_may_be_what_is_required(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        CI: f"{guarded(needs='call')}  call:\n    name: ci\n    uses: ./.github/workflows/lint.yml\n",
        ".github/workflows/lint.yml": CALLED.replace("Lint Gate", "other"),
    }
    assert codes(looked(tmp_path, files, "Lint Gate", "ci / other")) == []
    assert codes(looked(tmp_path, files, "Lint Gate")) == ["NEEDS_SKIPPED"]


CALLS = "on: pull_request\njobs:\n  call:\n    name: ci\n    uses: {called}\n"
CALLED = "on: workflow_call\njobs:\n  lint:\n    name: Lint Gate\n    steps:\n      - run: make\n"


def test_a_called_workflow_reports_under_both_names_and_its_jobs_are_looked_at(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        CI: CALLS.format(called="./.github/workflows/lint.yml"),
        ".github/workflows/lint.yml": CALLED,
    }
    assert looked(tmp_path, files, "ci / Lint Gate").verdict == "PASS"
    assert codes(looked(tmp_path, files, "Lint Gate")) == ["NOT_ON_PULL_REQUEST"]
    files[".github/workflows/lint.yml"] = CALLED.replace("make\n", "make\n        continue-on-error: true\n")
    result = looked(tmp_path, files, "ci / Lint Gate")
    assert [(one.code, one.path) for one in result.findings] == [("JOB_GOES_ON", ".github/workflows/lint.yml")]


@pytest.mark.parametrize("called", ["other/repo/.github/workflows/x.yml@v1", "./.github/workflows/gone.yml"])
def test_what_only_a_run_can_tell_is_no_pass(called: str, tmp_path: Path) -> None:
    calls = CALLS.format(called=called)
    result = looked(tmp_path, {CI: calls}, "ci / Lint Gate")
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_INCOMPLETE")
    assert codes(looked(tmp_path, {CI: calls}, "Lint Gate")) == ["CONTEXT_MISSING"], "no call reports that name"
    named = GOOD.replace("Lint Gate", "Lint ${{ inputs.x }}")
    assert looked(tmp_path, {CI: named}, "Lint Gate").reason_code == "GATE_INCOMPLETE"


def test_workflows_that_call_each_other_come_to_an_end(tmp_path: Path) -> None:
    circle = CALLS.format(called="./.github/workflows/ci.yml")
    assert codes(looked(tmp_path, {CI: circle}, "x")) == ["CONTEXT_MISSING"]


def test_what_the_change_takes_off_the_list_is_told(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {CI: GOOD, "scripts/lint.py": "", LIST: '{"required_contexts": ["Lint Gate"]}'})
    context = surroundings(tree, GATE, changed(LIST))
    before = json.dumps({"required_contexts": ["Lint Gate", "audit"]}).encode()
    result = make_gate(GATE).run(replace(context, at_base=lambda path: before if path == LIST else None))
    assert (result.verdict, [one.message for one in result.advice]) == (
        "PASS", ["the change takes audit off the list of required checks"],
    )  # fmt: skip

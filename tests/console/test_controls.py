"""Every hard control of steps A to F has a mutation that turns its check red, and the run with it (issue I, show 6)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gonogo_policies.config import load_config, packaged_config, read_folder
from support.control_table import CASES
from support.controls import STEPS, Stage, demanded

if TYPE_CHECKING:
    from support.control_table import Case

EXITS = {"E-EXIT-0": 1, "E-EXIT-1": 1, "E-EXIT-2": 2, "D-PATH-1": 2}
"""What ``gonogo evidence validate`` says of the spoilt single file."""


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))


def test_the_table_has_no_hole_and_no_leftover() -> None:
    table = [(control, case.check) for case in CASES for control in case.controls]
    assert dict(table) == demanded()
    assert max(Counter(control for control, _ in table).values()) == 1


def test_what_is_demanded_comes_from_the_runbook() -> None:
    controls = load_config([read_folder(packaged_config(), "packaged")]).controls
    of_steps = {one.id for one in controls if one.hard and one.built and one.step is not None and one.step in STEPS}
    wanted = demanded()
    assert of_steps <= wanted.keys()
    assert {one.step for one in controls if one.id in wanted} >= set(STEPS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.check}:{case.controls[0]}")
def test_a_mutation_turns_the_check_and_the_run_red(stage: Stage, case: Case) -> None:
    before, after = stage.before(case.before), stage.play(case.mutation)
    assert (before.code, before.verdict, before.recommendation) == (4, "PASS", "GO")
    assert before.checks[case.check] == "PASS"
    assert after.checks[case.check] in {"FAIL", "INCONCLUSIVE"}
    assert after.verdict in {"FAIL", "INCONCLUSIVE"}
    assert after.recommendation in {"NO-GO", "GO-WITH-CONDITIONS"}
    for control in case.controls:
        if control in EXITS:
            verified = [run.results["pack"]["observed"]["verify"]["validation"] for run in (before, after)]
            assert verified == [0, EXITS[control]]


def test_each_check_of_the_table_is_hard_where_it_is_emitted(stage: Stage) -> None:
    """A soft check decides nothing, whatever the runbook says of its control."""
    results = [result for case in CASES for result in stage.before(case.before).results.values()]
    hard = {one["id"] for result in results for one in result["value"].get("checks", []) if one["hard"]}
    assert {case.check for case in CASES} <= hard


def test_a_run_whose_seventh_duty_failed_was_signed_go_and_verified(stage: Stage) -> None:
    """The core said PASS, the recommendation NO-GO; sign, resume and verify had looked at the core alone."""
    case = next(case for case in CASES if case.check == "F-IDS")
    after = stage.play(case.mutation)
    assert (after.verdict, after.recommendation) == ("FAIL", "NO-GO")
    assert after.document("core/pack.json")["verdict"] == "PASS"
    desk = stage.newest_desk()
    desk.let_unproven_sign()
    for decision, code in (("GO", 5), ("NO-GO", 1)):
        done = desk.gonogo("sign", "latest", "--decision", decision, "--reason", "seen")
        assert done.returncode == code, done.stderr
    assert desk.gonogo("verify", "latest").returncode == 1

"""The runbook's section 5: each criterion in each state, the overall verdict, and what a condition must name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.verdict import worst
from gonogo_evidence.verify.overall import overall_verdict
from gonogo_policies.criteria import CHECKS, criteria, inconclusive, open_points, overall
from support.states import (
    DUTIES,
    GATES,
    a_check,
    gate,
    result,
    sample_inputs,
    sample_state,
    skipped_result,
    validation_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.verdict import Verdict

pytestmark = pytest.mark.fast

EXECUTED = {"outputs": [], "checks": [a_check("D-INPUTS"), a_check("D-OUTPUTS")]}


def stands(state: Mapping[str, JSON]) -> dict[str, str]:
    return {one.id: one.verdict for one in criteria(state)}


def execution(**checks: Verdict) -> dict[str, Any]:
    said: dict[str, Verdict] = {"INPUTS": "PASS", "OUTPUTS": "PASS", **checks}
    return {"execution": result(worst(said.values()), checks=[a_check(f"D-{name}", said[name]) for name in said])}


def pack(**checks: Verdict) -> dict[str, Any]:
    found = [a_check(f"F-{name}", verdict) for name, verdict in checks.items()]
    return {"pack": result("FAIL" if "FAIL" in checks.values() else "PASS", checks=found)}


def test_a_good_run_meets_all_eight() -> None:
    found = criteria(sample_state())
    assert {one.verdict for one in found} == {"PASS"}
    assert [one.id for one in found] == list(CHECKS)
    assert overall(sample_state(), found) == "PASS"


@pytest.mark.parametrize(
    ("name", "verdict", "case"),
    [
        ("5-PASS-1", "FAIL", pack(CANONICAL="PASS", VERIFY="FAIL")),
        ("5-PASS-2", "FAIL", execution(INPUTS="FAIL")),
        ("5-PASS-2", "INCONCLUSIVE", {"skip_after": "scope_plan"}),
        ("5-PASS-2", "INCONCLUSIVE", {"preflight_snapshot": result(checks=[a_check("A-LIVE")])}),
        ("5-PASS-3", "FAIL", {"gates": [gate("Lint Gate", "FAIL"), gate("tests")]}),
        ("5-PASS-3", "INCONCLUSIVE", {"gates": [gate("Lint Gate", "INCONCLUSIVE"), gate("tests")]}),
        ("5-PASS-3", "INCONCLUSIVE", {"gates": [gate("schema", read_change=False)]}),
        ("5-PASS-3", "INCONCLUSIVE", {"gates": [gate("audit", "NOT_APPLICABLE")]}),
        ("5-PASS-3", "INCONCLUSIVE", {"gates": [gate("soft", hard=False)]}),
        ("5-PASS-3", "INCONCLUSIVE", {"gates": []}),
        ("5-PASS-3", "INCONCLUSIVE", {"skip_after": "execution"}),
        ("5-PASS-3", "PASS", {"gates": [gate("Lint Gate"), gate("soft", "FAIL", hard=False)]}),
        ("5-PASS-4", "INCONCLUSIVE", {"risk_review": result(risks=[])}),
        ("5-PASS-4", "INCONCLUSIVE", {"risk_review": skipped_result()}),
        ("5-FAIL-1", "FAIL", {"gates": [gate("schema", "FAIL"), gate("tests")]}),
        ("5-FAIL-1", "FAIL", {"gates": [gate("tests")], **pack(VERIFY="FAIL")}),
        ("5-FAIL-2", "FAIL", {"gates": [gate("required-fields", "FAIL"), gate("tests")]}),
        ("5-FAIL-2", "FAIL", execution(INPUTS="FAIL")),
        ("5-FAIL-3", "FAIL", execution(OUTPUTS="FAIL")),
        ("5-FAIL-3", "FAIL", pack(CANONICAL="FAIL")),
        ("5-FAIL-3", "INCONCLUSIVE", pack(VERIFY="PASS")),
        ("5-FAIL-4", "FAIL", {"preflight_snapshot": result("FAIL", checks=[a_check("A-LIVE", "FAIL")])}),
        ("5-FAIL-4", "FAIL", {"scope_plan": result("FAIL", checks=[a_check("C-SCOPE", "FAIL")])}),
        ("5-FAIL-4", "INCONCLUSIVE", {"skip_after": "inventory"}),
    ],
)
def test_a_criterion_follows_its_evidence(name: str, verdict: str, case: dict[str, Any]) -> None:
    state = sample_state(**case)
    assert stands(state)[name] == verdict
    assert "{" not in str(next(one for one in criteria(state) if one.id == name).text)


def test_nothing_at_all_is_never_pass() -> None:
    found = criteria({})
    assert {one.verdict for one in found} == {"INCONCLUSIVE"}
    assert overall({}, found) == "INCONCLUSIVE"


def test_before_the_seal_the_late_criteria_are_open_and_do_not_count() -> None:
    state = {name: value for name, value in sample_state().items() if name in {"inputs", *DUTIES}}
    found = criteria(state)
    assert {one.id for one in found if not one.before_seal} == {"5-PASS-1", "5-PASS-4"}
    assert overall(state, found) == "PASS"


def test_a_gate_in_no_form_is_a_hard_one_that_could_not_say() -> None:
    for broken in (gate("Lint Gate", verdict="PASS") | {"verdict": "GREEN"}, {"verdict": "PASS"}, {}):
        state = sample_state(gates=list(GATES))
        state["validation"] = result(gates=[*GATES, cast("JSON", broken)], checks=[a_check("E-GATES")])
        assert overall(state, criteria(state)) == "INCONCLUSIVE"


def test_a_soft_gate_never_decides() -> None:
    state = sample_state(gates=[*GATES, gate("soft", "FAIL", hard=False), gate("other", "INCONCLUSIVE", hard=False)])
    assert overall(state, criteria(state)) == "PASS"
    assert inconclusive(state) == ()


def test_a_gate_is_named_once_however_often_checks_repeat_it() -> None:
    state = sample_state(gates=[gate("Lint Gate", "INCONCLUSIVE"), gate("tests")])
    assert [point.id for point in inconclusive(state)] == ["Lint Gate"]


def test_a_check_about_more_than_gates_is_named_too() -> None:
    state = sample_state()
    bad = a_check("E-PLAN", "INCONCLUSIVE")
    state["validation"] = result("INCONCLUSIVE", gates=list(GATES), checks=[bad])
    assert [point.id for point in inconclusive(state)] == ["E-PLAN"]


def test_where_no_gate_read_the_change_something_must_still_be_named() -> None:
    state = sample_state(gates=[gate("schema", read_change=False)])
    assert [point.id for point in inconclusive(state)] == ["E-GATES"]
    state["validation"] = result(gates=[gate("schema", read_change=False)])
    assert [point.id for point in inconclusive(state)] == ["5-PASS-3"]


def test_skipped_duties_are_named_by_their_fields() -> None:
    preflight = result("INCONCLUSIVE", checks=[a_check("A-LIVE", "INCONCLUSIVE")])
    state = sample_state(skip_after="preflight_snapshot", preflight_snapshot=preflight)
    assert [point.id for point in inconclusive(state)] == ["A-LIVE", *DUTIES[1:]]


def test_a_failed_run_has_no_open_point_that_only_repeats_the_failure() -> None:
    state = sample_state(gates=[gate("Lint Gate", "FAIL")])
    assert [point.id for point in open_points(state, "FAIL")] == ["Lint Gate"]
    assert inconclusive(state) == ()


BASE = sample_state()
VERDICTS = st.sampled_from(["PASS", "FAIL", "INCONCLUSIVE"])
ANY_GATES = st.lists(
    st.builds(
        gate,
        st.sampled_from(["schema", "required-fields", "Lint Gate", "tests"]),
        st.sampled_from(["PASS", "FAIL", "INCONCLUSIVE", "NOT_APPLICABLE"]),
        hard=st.booleans(),
        read_change=st.booleans(),
        checked=st.integers(0, 3),
    ),
    max_size=4,
    unique_by=lambda one: str(one["name"]),
)


@given(st.tuples(*[VERDICTS] * 6), ANY_GATES, st.sampled_from([None, *DUTIES]))
def test_the_verdict_is_the_one_that_verify_makes_again(
    said: tuple[Verdict, ...], gates: list[dict[str, JSON]], after: str | None
) -> None:
    live, facts, scope, plan, inputs, outputs = said
    done: dict[str, JSON] = {
        **BASE,
        "preflight_snapshot": result(live, checks=[a_check("A-LIVE", live)]),
        "inventory": result(facts, checks=[a_check("B-POINTERS", facts)]),
        "scope_plan": result(scope, checks=[a_check("C-SCOPE", scope)]),
        "gate_plan": result(plan, checks=[a_check("C-GATES", plan)]),
        "execution": result(
            worst([inputs, outputs]), checks=[a_check("D-INPUTS", inputs), a_check("D-OUTPUTS", outputs)]
        ),
        "validation": validation_of(cast("list[JSON]", gates)),
    }
    last = len(DUTIES) if after is None else DUTIES.index(after)
    state = {**done, **{field: skipped_result() for field in DUTIES[last + 1 :]}}
    sealed = {name: state[name] for name in ("inputs", *DUTIES)}
    duties = {field: cast("dict[str, JSON]", state[field])["verdict"] for field in DUTIES}
    report = cast("dict[str, dict[str, list[dict[str, JSON]]]]", state["validation"])["value"].get("gates", [])
    verdict = overall(sealed, criteria(sealed))
    assert verdict == overall_verdict(duties, report)
    assert (verdict != "INCONCLUSIVE") or inconclusive(sealed)


def test_an_input_that_is_missing_fails_the_run_and_not_only_the_criterion() -> None:
    state = sample_state(inputs=sample_inputs(run_reason=""))
    assert stands(state)["5-FAIL-2"] == "FAIL"
    assert overall(state, criteria(state)) == "FAIL"

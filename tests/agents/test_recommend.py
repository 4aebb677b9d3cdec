"""Duty 9: GO only where everything is PASS; a recommendation, never a decision."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, cast

import pytest

from gonogo_agents.duties.recommend import recommend
from gonogo_evidence import canonical
from support.states import (
    DUTIES,
    FakeAsk,
    a_check,
    gate,
    result,
    sample_state,
    sealed_off,
    skipped_result,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.verdict import Verdict

pytestmark = pytest.mark.fast


def recommended(state: Mapping[str, JSON]) -> dict[str, Any]:
    with sealed_off():
        made = recommend(state, FakeAsk())
    canonical.dumps(made.value)
    assert made.verdict == "PASS"
    return cast("dict[str, Any]", made.value)


def ids(points: list[dict[str, str]]) -> list[str]:
    return [point["id"] for point in points]


def test_a_good_run_is_recommended_and_nothing_more() -> None:
    value = recommended(sample_state())
    assert (value["recommendation"], value["result"]) == ("GO", "PASS")
    assert value["blockers"] == value["inconclusive"] == value["conditions"] == []
    assert len(value["criteria"]) == 8
    assert "decision" not in value


def test_a_failed_gate_is_no_go_and_stands_first() -> None:
    value = recommended(sample_state(gates=[gate("tests", "INCONCLUSIVE"), gate("Lint Gate", "FAIL")]))
    assert (value["recommendation"], value["result"]) == ("NO-GO", "FAIL")
    assert ids(value["blockers"]) == ["Lint Gate", "tests"]
    assert value["conditions"] == []
    assert value["blockers"][0]["text"]["text"]


def test_what_could_not_be_shown_becomes_conditions_that_name_it() -> None:
    value = recommended(sample_state(gates=[gate("Lint Gate", "INCONCLUSIVE"), gate("tests")]))
    assert (value["recommendation"], value["result"]) == ("GO-WITH-CONDITIONS", "INCONCLUSIVE")
    assert ids(value["inconclusive"]) == ["Lint Gate"]
    assert [one["names"] for one in value["conditions"]] == ["Lint Gate"]
    assert "Lint Gate" in value["conditions"][0]["text"]["text"]


@pytest.mark.parametrize("verdict", ["FAIL", "INCONCLUSIVE"])
@pytest.mark.parametrize("field", [*DUTIES, "pack", "risk_review"])
def test_no_duty_may_be_missing_from_a_go(field: str, verdict: Verdict) -> None:
    state = sample_state()
    state[field] = result(verdict, checks=[a_check("X-Y", verdict)])
    value = recommended(state)
    assert value["recommendation"] == (
        "NO-GO" if verdict == "FAIL" and field != "risk_review" else value["recommendation"]
    )
    assert value["recommendation"] != "GO"
    assert "X-Y" in ids(value["blockers"])


def test_a_run_that_stopped_early_names_everything_that_was_not_done() -> None:
    preflight = result("FAIL", checks=[a_check("A-LIVE", "FAIL", text="config/live/x.toml is changed")])
    value = recommended(sample_state(skip_after="preflight_snapshot", preflight_snapshot=preflight))
    assert value["recommendation"] == "NO-GO"
    assert ids(value["blockers"]) == ["A-LIVE", *DUTIES[1:]]


def test_an_empty_state_is_never_a_go() -> None:
    value = recommended({})
    assert value["recommendation"] == "GO-WITH-CONDITIONS"
    assert set(DUTIES) <= set(ids(value["inconclusive"]))


def test_go_is_recommended_for_no_combination_but_all_pass() -> None:
    """Every mixture of verdicts over the duties and two gates: 6 * 3^4 states."""
    base = sample_state()
    kinds: tuple[Verdict, ...] = ("PASS", "FAIL", "INCONCLUSIVE")
    for field, (duty, pack, first, second) in itertools.product(DUTIES[:5], itertools.product(kinds, repeat=4)):
        state = {**base, field: {**cast("dict[str, JSON]", base[field]), "verdict": duty}}
        state["pack"] = {**cast("dict[str, JSON]", base["pack"]), "verdict": pack}
        state["validation"] = result(gates=[gate("Lint Gate", first), gate("tests", second)])
        expected = {duty, pack, first, second} == {"PASS"}
        value = cast("dict[str, Any]", recommend(state, FakeAsk()).value)
        assert (value["recommendation"] == "GO") is expected
        assert bool(value["blockers"]) is not expected


def test_skipped_duties_give_their_reason() -> None:
    state = sample_state(validation=skipped_result("D", "layer run", "INCONCLUSIVE"))
    blocker = next(one for one in recommended(state)["blockers"] if one["id"] == "validation")
    assert blocker["text"]["text"] == "Not done: step D (layer run) was INCONCLUSIVE."

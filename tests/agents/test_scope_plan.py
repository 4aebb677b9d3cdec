"""Duty 3: another change gives another plan, and every hard check has something that turns it red."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_agents.duties import plan_words
from gonogo_agents.duties.scope_limits import Assignment, assign, outside
from gonogo_agents.duties.scope_plan import scope_plan
from gonogo_evidence import canonical
from gonogo_evidence.errors import Refused
from gonogo_policies.gates.pack import missing_fields
from support.states import CHANGE, FakeAsk, change_of, changed, sample_inputs, sealed_off

if TYPE_CHECKING:
    from gonogo_agents.duty import Result
    from gonogo_evidence.ids import JSON, JSONObject

pytestmark = pytest.mark.fast
MODULE = importlib.import_module("gonogo_agents.duties.scope_plan")
PATHS = st.tuples(
    st.sampled_from(["docs", "src", "config/live", "config", "docs/secrets"]),
    st.sampled_from(["a.md", "b.py", "c.pem"]),
).map("/".join)


def planned(change: JSONObject = CHANGE, **inputs: JSON) -> Result:
    with sealed_off():
        return scope_plan({"inputs": sample_inputs(**inputs)}, FakeAsk(change))


def value(made: Result) -> dict[str, Any]:
    return cast("dict[str, Any]", made.value)


def verdicts(made: Result) -> dict[str, str]:
    return {check["id"]: check["verdict"] for check in value(made)["checks"]}


def limits(**changes: JSON) -> JSONObject:
    return {**cast("JSONObject", sample_inputs()["scope_limits"]), **changes}


def test_a_plan_names_goal_inputs_outputs_non_goals_and_abort_criteria() -> None:
    made = planned()
    plan = value(made)
    assert made.verdict == "PASS"
    assert verdicts(made) == dict.fromkeys(("C-GOAL", "C-INPUTS", "C-OUTPUTS", "C-ABORT", "C-SCOPE", "C-FOCUS"), "PASS")
    assert "release readiness" in plan["goal"]["text"]
    assert "1 docs, 2 python, 1 tests" in plan["goal"]["text"]
    assert plan["inputs"]["seed"] is None
    assert {"path": "data/layer-smoke-report.json", "duty": 5, "media_type": "application/json"} in plan["outputs"]
    assert {"core/run-plan.json", "environment.json", "SUMMARY.md", "review/notes.md"} <= {
        output["path"] for output in plan["outputs"]
    }
    assert len(plan["non_goals"]) >= 4
    assert [abort["id"] for abort in plan["abort"]][:4] == ["A-LIVE", "C-SCOPE", "D-SOD", "D-OUTPUTS"]
    canonical.dumps(made.value)
    assert made.observed == {}


def test_two_changes_give_two_plans() -> None:
    words = value(planned(change_of("docs/a.md")))
    code = value(planned(change_of("src/a.py", "uv.lock", changed("old/b.py", "D"))))
    for part in ("goal", "change", "focus", "non_goals", "abort", "assignment"):
        assert words[part] != code[part], part
    assert words["change"]["kinds"] == {"docs": 1}
    assert code["change"]["kinds"] == {"python": 2, "dependencies": 1}
    assert code["change"]["by_status"] == {"D": 1, "M": 2}
    assert code["focus"] == [{"area": ".", "count": 1}, {"area": "old", "count": 1}, {"area": "src", "count": 1}]


def test_the_same_change_gives_the_same_plan() -> None:
    assert canonical.dumps(planned().value) == canonical.dumps(planned().value)


def test_many_files_are_counted_whole_and_named_in_part() -> None:
    plan = value(planned(change_of(*[f"docs/{number:04}.md" for number in range(500)])))
    assert plan["change"]["count"] == 500
    assert len(plan["change"]["files"]) == 200
    assert plan["assignment"]["reads_count"] == 500
    assert len(plan["assignment"]["reads"]) == 200


def test_the_proposer_is_shown_only_what_the_scope_allows() -> None:
    change = change_of("docs/a.md", "src/a.py", "config/live/x.toml", "docs/secrets/b.md", changed("docs/c.md", "D"))
    plan = value(planned(change))
    assert plan["assignment"]["reads"] == ["docs/a.md"]
    assert plan["assignment"]["unread_count"] == 3


def test_trust_and_execution_files_call_for_people() -> None:
    plan = value(planned(change_of(".gonogo/gates.toml", "src/execution/a.py")))
    assert {"A-TRUST", "R-EXECUTION-PATH"} <= {abort["id"] for abort in plan["abort"]}


def test_nothing_shown_to_the_proposer_is_said_and_stops_nothing() -> None:
    made = planned(change_of("src/a.py"))
    assert verdicts(made)["C-FOCUS"] == "INCONCLUSIVE"
    assert made.verdict == "PASS"


@pytest.mark.parametrize(
    ("name", "verdict", "change", "inputs"),
    [
        ("C-GOAL", "FAIL", CHANGE, {"run_reason": " "}),
        ("C-GOAL", "INCONCLUSIVE", change_of(), {}),
        ("C-GOAL", "INCONCLUSIVE", {**CHANGE, "count": 4}, {}),
        ("C-INPUTS", "FAIL", CHANGE, {"model_id": ""}),
        ("C-INPUTS", "FAIL", CHANGE, {"operator_id": None}),
        ("C-SCOPE", "INCONCLUSIVE", CHANGE, {"scope_limits": None}),
        ("C-SCOPE", "INCONCLUSIVE", CHANGE, {"scope_limits": {}}),
        ("C-SCOPE", "FAIL", CHANGE, {"scope_limits": limits(tooling_allowed=["web"])}),
        ("C-SCOPE", "FAIL", CHANGE, {"scope_limits": limits(tooling_forbidden=["FILES"])}),
        ("C-SCOPE", "FAIL", CHANGE, {"scope_limits": limits(outputs_forbidden=["RunbookPatch"])}),
        ("C-SCOPE", "FAIL", CHANGE, {"scope_limits": limits(outputs_allowed=[])}),
        ("C-SCOPE", "FAIL", CHANGE, {"scope_limits": limits(inputs_allowed=[])}),
    ],
)
def test_a_hard_check_turns_red(name: str, verdict: str, change: JSONObject, inputs: dict[str, JSON]) -> None:
    made = planned(change, **inputs)
    assert verdicts(made)[name] == verdict
    assert made.verdict == verdict


def test_an_unstated_seed_is_missing_and_a_null_one_is_not() -> None:
    inputs = sample_inputs()
    del inputs["seed"]
    made = scope_plan({"inputs": inputs}, FakeAsk(CHANGE))
    assert verdicts(made)["C-INPUTS"] == "FAIL"


def test_outputs_that_do_not_hang_together_are_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "outputs_of", lambda _: plan_words.OUTPUTS[1:])
    assert verdicts(planned())["C-OUTPUTS"] == "FAIL"
    monkeypatch.setattr(MODULE, "outputs_of", lambda _: (*plan_words.OUTPUTS, plan_words.OUTPUTS[0]))
    assert verdicts(planned())["C-OUTPUTS"] == "FAIL"


def test_a_plan_without_an_abort_criterion_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "abort_criteria", lambda *_: [])
    assert verdicts(planned())["C-ABORT"] == "FAIL"


def test_a_layer_without_a_model_is_shown_nothing() -> None:
    made = planned(layer_id="L5", model_id="none", critic_model_id="none", capability_scope="none", scope_limits=None)
    assert made.verdict == "PASS"
    assert value(made)["assignment"] == {
        "reads": [],
        "reads_count": 0,
        "unread_count": 3,
        "tooling": [],
        "output_types": [],
    }


def test_a_plan_that_reads_beyond_the_scope_is_named() -> None:
    wish = Assignment(("src/a.py", "config/live/x.toml", "docs/a.md"), 0, ("files", "shell"), ("CodePatch",))
    assert outside(wish, limits()) == ["src/a.py", "config/live/x.toml", "shell", "CodePatch"]


@given(st.lists(PATHS, max_size=8))
def test_what_is_assigned_lies_inside_the_scope(paths: list[str]) -> None:
    wish = assign(sample_inputs(), [changed(path) for path in paths])
    assert outside(wish, limits()) == []
    assert wish.reads_count + wish.unread_count == len(paths)


def test_a_path_that_cannot_be_placed_is_never_shown() -> None:
    assert assign(sample_inputs(), [changed("docs/../x.md")]).reads == ()


def test_a_refused_question_is_not_swallowed() -> None:
    with pytest.raises(Refused):
        scope_plan({"inputs": sample_inputs()}, FakeAsk())


def test_the_plan_has_what_the_required_fields_gate_looks_for() -> None:
    assert "scope_plan" not in missing_fields(sample_inputs(), {"scope_plan": {"value": planned().value}})

"""Duty 5 in smoke mode: fixed inputs, separate models, planned outputs, and no claim about a critic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from gonogo_agents.duties.execute import execute
from gonogo_agents.duties.plan_words import OUTPUTS
from gonogo_evidence import canonical
from support.states import FakeAsk, result, sample_inputs, sealed_off, skipped_result

if TYPE_CHECKING:
    from gonogo_agents.duty import Result
    from gonogo_evidence.ids import JSON

pytestmark = pytest.mark.fast
PLAN = result(outputs=list(OUTPUTS))
REPORT = "data/layer-smoke-report.json"
L5: dict[str, Any] = {
    "layer_id": "L5",
    "model_id": "none",
    "critic_model_id": "none",
    "fallback_model_ids": [],
    "capability_scope": "none",
    "scope_limits": None,
}


def executed(plan: JSON = PLAN, ask: FakeAsk | None = None, **inputs: Any) -> Result:  # noqa: ANN401 - as sample_inputs
    with sealed_off():
        return execute({"inputs": sample_inputs(**inputs), "scope_plan": plan}, ask or FakeAsk())


def verdicts(made: Result) -> dict[str, str]:
    return {check["id"]: check["verdict"] for check in cast("list[dict[str, str]]", made.value["checks"])}


def test_a_smoke_run_checks_the_assignment_and_writes_its_report() -> None:
    ask = FakeAsk()
    made = executed(ask=ask)
    value = cast("dict[str, Any]", made.value)
    assert made.verdict == "PASS"
    assert set(verdicts(made)) == {"D-INPUTS", "D-ASSIGNMENT", "D-OUTPUTS", "D-SOD", "D-LOGS"}
    assert value["label"]["text"] == "assignment only"
    assert value["model_ran"] is False
    assert [output["path"] for output in value["outputs"]] == [REPORT]
    appended = cast("dict[str, Any]", ask.appended[REPORT])
    assert appended["determinism"] == "bit"
    assert appended["content"]["label"]["text"] == "assignment only"
    assert {part["id"] for part in appended["content"]["checks"]} >= {"S-MODELS", "S-SCOPE", "S-CONTRACT"}
    assert value["outputs"][0]["sha256"] == canonical.digest_of(canonical.dumps(appended["content"]))


def test_nothing_is_claimed_about_a_critic() -> None:
    made = executed()
    assert not [name for name in verdicts(made) if "CRITIC" in name]
    assert "sod_checks" not in made.value


def test_the_report_follows_from_the_inputs_alone() -> None:
    first, second = FakeAsk(), FakeAsk()
    executed(ask=first)
    executed(ask=second, run_id="20260109-101500-abcdef")
    assert first.appended == second.appended


@pytest.mark.parametrize(
    ("name", "verdict", "inputs"),
    [
        ("D-INPUTS", "FAIL", {"git_ref": "5d3c0fe"}),
        ("D-INPUTS", "FAIL", {"git_ref": "main"}),
        ("D-INPUTS", "FAIL", {"seed": "7"}),
        ("D-INPUTS", "FAIL", {"seed": True}),
        ("D-INPUTS", "FAIL", {"config": {}}),
        ("D-INPUTS", "FAIL", {"config": {"gates.toml": {"sha256": "short", "origin": "packaged"}}}),
        ("D-INPUTS", "FAIL", {"locks": {"uv.lock": "short"}}),
        ("D-INPUTS", "FAIL", {"operator_id": ""}),
        ("D-INPUTS", "FAIL", {"layer_id": "L6"}),
        ("D-INPUTS", "FAIL", {"autonomy_level": "EXEC"}),
        ("D-ASSIGNMENT", "FAIL", {"critic_model_id": "none"}),
        ("D-ASSIGNMENT", "FAIL", {"scope_limits": None}),
        ("D-ASSIGNMENT", "FAIL", {"scope_limits": {"outputs_allowed": ["A"], "outputs_forbidden": ["A"]}}),
        ("D-SOD", "FAIL", {"critic_model_id": "gpt-5.2"}),
        ("D-SOD", "FAIL", {"critic_model_id": "GPT-5.2 "}),
        ("D-SOD", "FAIL", {"fallback_model_ids": ["gpt-5-mini", "deepseek-r1"]}),
        ("D-SOD", "FAIL", {"critic_model_id": ""}),
        ("D-SOD", "FAIL", {**L5, "fallback_model_ids": ["gpt-5-mini"]}),
        ("D-SOD", "FAIL", {**L5, "model_id": "gpt-5.2"}),
        ("D-ASSIGNMENT", "FAIL", {**L5, "model_id": "gpt-5.2"}),
    ],
)
def test_a_hard_check_turns_red(name: str, verdict: str, inputs: dict[str, Any]) -> None:
    made = executed(**inputs)
    assert verdicts(made)[name] == verdict
    assert made.verdict == "FAIL"


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_a_seed_or_an_explicit_null_is_fixed(seed: int | None) -> None:
    assert verdicts(executed(seed=seed))["D-INPUTS"] == "PASS"


def test_an_unstated_seed_is_red() -> None:
    inputs = sample_inputs()
    del inputs["seed"]
    assert verdicts(execute({"inputs": inputs, "scope_plan": PLAN}, FakeAsk()))["D-INPUTS"] == "FAIL"


def test_a_layer_without_a_model_passes_with_none() -> None:
    assert executed(**L5).verdict == "PASS"


def test_a_planned_output_that_is_missing_is_red() -> None:
    more = result(outputs=[*OUTPUTS, {"path": "data/more.json", "duty": 5, "media_type": "application/json"}])
    assert verdicts(executed(more))["D-OUTPUTS"] == "FAIL"


def test_an_output_that_was_not_planned_is_red() -> None:
    other = result(outputs=[{"path": "data/other.json", "duty": 5, "media_type": "application/json"}])
    assert verdicts(executed(other))["D-OUTPUTS"] == "FAIL"


@pytest.mark.parametrize("plan", [skipped_result(), result(outputs=[]), result(), None])
def test_without_a_plan_nothing_is_compared(plan: JSON) -> None:
    made = executed(plan)
    assert verdicts(made)["D-OUTPUTS"] == "INCONCLUSIVE"
    assert made.verdict == "INCONCLUSIVE"


@pytest.mark.parametrize("mode", ["live", "replay", None])
def test_other_modes_run_nothing_and_pass_nothing(mode: JSON) -> None:
    ask = FakeAsk()
    made = executed(ask=ask, mode=mode)
    assert ask.appended == {}
    assert verdicts(made)["D-ASSIGNMENT"] == "INCONCLUSIVE"
    assert made.verdict == "FAIL"  # the planned report does not exist

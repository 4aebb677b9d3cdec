"""From results to what is sealed: the core takes what follows from the inputs, the environment the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_agents.assemble import core_fields, core_files, environment
from gonogo_agents.render.summary import SUMMARY_RENDERER, summary
from gonogo_evidence import canonical, schema
from gonogo_evidence.ids import PackId
from gonogo_evidence.pack import Contents, DataFile, build_core, write_pack
from gonogo_evidence.verify import verify_pack
from support.states import (
    DUTIES,
    PACK_ID,
    a_check,
    gate,
    result,
    sample_inputs,
    sample_state,
    skipped_result,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_evidence.ids import JSON, JSONObject

pytestmark = pytest.mark.fast

FACTS: dict[str, JSON] = {
    "pack_id": PACK_ID,
    "run_id": "20260109-101500-abcdef",
    "started": "2026-01-09T10:15:00Z",
    "finished": "2026-01-09T10:15:09Z",
    "host": {"system": "Linux"},
    "trust": "local",
    "tools": {"git": "2.39.5"},
    "gonogo_version": "0.1.0",
}
CRASHED = {**cast("dict[str, JSON]", skipped_result()["value"]), "code": "DUTY_CRASHED"}
"""The value of a duty that raised, as the loop keeps it."""
STATES: dict[str, dict[str, Any]] = {
    "good": {},
    "failed gate": {"gates": [gate("Lint Gate", "FAIL"), gate("tests")]},
    "unclear gate": {"gates": [gate("Lint Gate", "INCONCLUSIVE"), gate("tests")]},
    "no gates": {"gates": []},
    "stopped at preflight": {
        "skip_after": "preflight_snapshot",
        "preflight_snapshot": result("FAIL", checks=[a_check("A-LIVE", "FAIL")]),
    },
    "all skipped": {field: skipped_result() for field in DUTIES},
    "all crashed": {field: {**skipped_result(), "value": CRASHED} for field in DUTIES},
}


def core(state: Mapping[str, JSON]) -> dict[str, bytes]:
    inputs = cast("JSONObject", state["inputs"])
    return build_core(core_fields(inputs, state), core_files(inputs, state))


@pytest.mark.parametrize("name", STATES)
def test_what_is_sealed_fits_the_published_schemas(name: str) -> None:
    state = sample_state(**STATES[name])
    files = core(state)
    assert schema.check("pack", canonical.loads(files["core/pack.json"])) == []
    assert schema.check("validator-report", canonical.loads(files["core/validator-report.json"])) == []
    assert schema.check("inventory", canonical.loads(files["core/inventory.json"])) == []
    assert schema.check("run-plan", canonical.loads(files["core/run-plan.json"])) == []
    body = {**environment(sample_inputs(), state, FACTS), "data_files": []}
    assert schema.check("environment", body) == []
    canonical.dumps(body)


@pytest.mark.parametrize("name", STATES)
def test_a_sealed_run_verifies_and_its_verdict_is_made_again(name: str, tmp_path: Path) -> None:
    state = sample_state(**STATES[name])
    inputs = cast("JSONObject", state["inputs"])
    fields, files = core_fields(inputs, state), core_files(inputs, state)
    source = tmp_path / "report"
    source.write_bytes(b"{}")
    sealed = write_pack(
        tmp_path / PACK_ID,
        Contents(
            PackId(PACK_ID),
            fields,
            files,
            environment(inputs, state, FACTS),
            summary(fields, files),
            SUMMARY_RENDERER,
            [DataFile("data/layer-smoke-report.json", source, "application/json", "bit", "")],
        ),
    )
    report = verify_pack(sealed.folder)
    assert not [check for check in report.checks if check.area == "authentic" and check.verdict == "FAIL"]
    assert not [check for check in report.checks if check.code == "VERDICT_DIFFERS"]
    assert fields["verdict"] == {"good": "PASS", "failed gate": "FAIL", "stopped at preflight": "FAIL"}.get(
        name, "INCONCLUSIVE"
    )


def test_the_core_names_what_a_condition_must_name() -> None:
    fields = core_fields(sample_inputs(), sample_state(gates=[gate("Lint Gate", "INCONCLUSIVE"), gate("tests")]))
    points = cast("list[dict[str, Any]]", fields["inconclusive"])
    assert [point["id"] for point in points] == ["Lint Gate"]
    assert set(points[0]) == {"id", "text"}


def test_ids_mode_and_later_duties_stay_out_of_the_core() -> None:
    state = sample_state()
    fields = core_fields(sample_inputs(mode="replay"), state)
    assert fields == core_fields(sample_inputs(mode="smoke"), state)
    assert not {"mode", "pack_id", "run_id", "started", "branch", "host"} & set(fields)
    without = {name: value for name, value in state.items() if name not in {"pack", "risk_review", "recommendation"}}
    assert core(without) == core(state)


def test_the_late_criteria_stay_out_of_the_core() -> None:
    criteria = cast("list[dict[str, Any]]", core_fields(sample_inputs(), sample_state())["criteria"])
    assert [one["id"] for one in criteria] == ["5-PASS-2", "5-PASS-3", "5-FAIL-1", "5-FAIL-2", "5-FAIL-3", "5-FAIL-4"]


def test_an_input_that_is_lacking_is_not_made_up() -> None:
    inputs = sample_inputs()
    del inputs["seed"]
    assert "seed" not in core_fields(inputs, sample_state())


def test_raw_observations_of_gates_never_enter_the_report() -> None:
    seen = gate("Lint Gate", observed={"tool": "ruff", "version": "0.15.0", "duration_ms": 31})
    report = cast("dict[str, Any]", core_files(sample_inputs(), sample_state(gates=[seen]))["validator-report.json"])
    assert "observed" not in report["gates"][0]


def test_two_changes_give_two_cores() -> None:
    from support.states import change_of

    first, second = sample_state(), sample_state(change=change_of("docs/a.md"))
    assert core(first)["core/run-plan.json"] != core(second)["core/run-plan.json"]


BASE = sample_state()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(st.characters(codec="ascii"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=30)
@given(st.fixed_dictionaries(dict.fromkeys((*DUTIES, "pack"), ANYTHING)))
def test_nothing_that_was_observed_reaches_the_core(seen: dict[str, JSON]) -> None:
    state = {
        name: {**cast("JSONObject", value), "observed": seen[name]} if name in seen else value
        for name, value in BASE.items()
    }
    assert core(state) == core(BASE)


def test_the_environment_takes_what_was_observed_and_the_facts() -> None:
    body = cast("dict[str, Any]", environment(sample_inputs(), sample_state(desk={"branch": "topic"}), FACTS))
    assert body["observed"]["preflight_snapshot"]["desk"]["branch"] == "topic"
    assert (body["mode"], body["isolation"], body["pack_id"]) == ("smoke", "none", PACK_ID)
    assert environment({}, {}, {"isolation": "process"})["isolation"] == "process"

"""From a run's results to what is sealed: the core's fields and files, and the environment. Pure.

The core takes ``verdict`` and ``value`` of duties 1 to 6 and nothing that was observed; the environment takes the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_policies.criteria import before_seal, criteria, inconclusive, overall
from gonogo_policies.results import DUTIES, as_json, as_list, gates_of, observed_of, reason_of, value_of, verdict_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON, JSONObject

BEFORE_SEAL: Final = "before-seal.json"
"""All results that went into the seal, as read back from their files: what a rebuild starts from."""
PACK_SCHEMA: Final = "gonogo/pack/v1"
SCHEMA_VERSION: Final = "1.0.0"
INPUTS: Final = (
    "phase_id",
    "layer_id",
    "layer_name",
    "autonomy_level",
    "scope",
    "capability_scope",
    "model_id",
    "model_profile",
    "critic_model_id",
    "fallback_model_ids",
    "run_reason",
    "operator_id",
    "commit_authors",
    "git_ref",
    "root_commit",
    "commit_time",
    "base",
    "base_rule",
    "seed",
    "dataset_snapshot_id",
    "registry_version",
    "matrix_version",
    "selection_reasons",
    "config",
    "locks",
    "driver",
    "drill",
)
"""The inputs in core/pack.json, by value or digest. The mode is none: a replay has the core of its live run."""


def core_fields(inputs: JSONObject, results: Mapping[str, JSON]) -> dict[str, JSON]:
    """The body of ``core/pack.json``. An input that the run lacks is lacking here too: nothing is made up."""
    state = _before_the_seal(inputs, results)
    found = criteria(state)
    return {
        "schema": PACK_SCHEMA,
        "schema_version": SCHEMA_VERSION,
        **{name: inputs[name] for name in INPUTS if name in inputs},
        "preflight_snapshot": _kept(state, "preflight_snapshot"),
        "scope_plan": _plan_words(state),
        "execution": _kept(state, "execution"),
        "verdicts": {field: verdict_of(state, field) for field in DUTIES},
        "criteria": [one.json() for one in before_seal(found)],
        "inconclusive": [{"id": point.id, "text": as_json(point.text)} for point in inconclusive(state)],
        "verdict": overall(state, found),
    }


def core_files(inputs: JSONObject, results: Mapping[str, JSON]) -> dict[str, JSON]:
    """The other three core files: run plan, inventory, validator report. A skipped duty's file says so."""
    state = _before_the_seal(inputs, results)
    report = value_of(state, "validation")
    return {
        "run-plan.json": {
            "schema": "gonogo/run-plan/v1",
            "scope": value_of(state, "scope_plan"),
            "gates": value_of(state, "gate_plan"),
            "verdicts": {field: verdict_of(state, field) for field in ("scope_plan", "gate_plan")},
        },
        "inventory.json": {"schema": "gonogo/inventory/v1", **value_of(state, "inventory")},
        "validator-report.json": {
            **report,
            "schema": "gonogo/validator-report/v1",
            "gates": gates_of(state),
            "checks": as_list(report.get("checks")),
            "verdict": verdict_of(state, "validation"),
        },
    }


def environment(inputs: JSONObject, results: Mapping[str, JSON], facts: JSONObject) -> dict[str, JSON]:
    """The body of ``environment.json``: what was observed, by duty, and the run's facts.

    Args:
        inputs: the run's inputs, for its mode.
        results: the duties' results; only ``observed`` is taken.
        facts: pack_id, run_id, started, finished, host, trust, tools, gonogo_version, and ``isolation`` where it is
            better than none.
    """
    return {
        "schema": "gonogo/environment/v1",
        "mode": inputs.get("mode", "smoke"),
        "isolation": "none",
        **facts,
        "observed": {field: observed_of(results, field) for field in DUTIES if observed_of(results, field)},
    }


def core_state(inputs: JSONObject, results: Mapping[str, JSON]) -> JSONObject:
    """What the core is made of and nothing else: the inputs that it names, verdicts and values of duties 1 to 6."""
    return _before_the_seal({name: inputs[name] for name in INPUTS if name in inputs}, results)


def _before_the_seal(inputs: JSONObject, results: Mapping[str, JSON]) -> dict[str, JSON]:
    """What the core may follow from: inputs, verdicts and values of duties 1 to 6. Observations are left behind."""
    duties: dict[str, JSON] = {}
    for field in DUTIES:
        if field in results:
            duties[field] = {"verdict": verdict_of(results, field), "value": value_of(results, field)}
    return {"inputs": inputs, **duties}


def _kept(state: Mapping[str, JSON], field: str) -> JSONObject:
    return {"verdict": verdict_of(state, field), "value": value_of(state, field)}


def _plan_words(state: Mapping[str, JSON]) -> JSONObject:
    """The plan's goal and limits in words; all of it lies in ``core/run-plan.json``."""
    plan = value_of(state, "scope_plan")
    words = {name: plan[name] for name in ("goal", "non_goals", "abort") if name in plan}
    return words or {"skipped": True, "reason": as_json(reason_of(state, "scope_plan"))}

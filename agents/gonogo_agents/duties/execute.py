"""Duty 5, step D: the layer run. ``smoke`` is assignment only; ``live`` and ``replay`` judge what models answered.

In smoke the layer's inputs, capability scope, assignment and output contract are checked, and a report is written into
the pack. It never satisfies a criterion about a critic: none is claimed. Hard: D-INPUTS, D-ASSIGNMENT, D-OUTPUTS and
D-SOD; with models those of :mod:`gonogo_agents.duties.layer_run` too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.shapes import as_object, check, number_of, objects_of, strings_of
from gonogo_agents.duties.layer_run import layer_run
from gonogo_agents.duties.plan_words import JSON_TYPE, SMOKE, SMOKE_REPORT
from gonogo_agents.duty import Result
from gonogo_evidence.text import msg
from gonogo_evidence.verdict import worst
from gonogo_policies.results import as_json, value_of
from gonogo_policies.separation import same_actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict

NONE = "none"
NUMBER = 5
"""This duty's number in the plan."""
NO_MODEL_LAYER = "L5"
LAYERS = frozenset({"L0", "L1", "L2", "L3", "L4", "L5"})
LEVELS = frozenset({"RO", "REC", "PROP"})
WORDS = ("run_reason", "operator_id", "scope", "capability_scope", "model_id", "model_profile", "critic_model_id")
"""Inputs that are words and may not be empty."""
REPORT_INPUTS = (*WORDS[2:], "layer_id", "layer_name", "autonomy_level", "fallback_model_ids", "git_ref", "seed")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LABEL = msg("assignment only")


def execute(view: View, ask: Ask) -> Result:
    """Do the layer run and write its report. Verdict: the worst of the hard checks."""
    inputs = as_object(view.get("inputs"))
    planned = objects_of(value_of(view, "scope_plan").get("outputs"))
    smoke = inputs.get("mode") == SMOKE
    parts = _assignment(inputs)
    if not smoke and inputs.get("asked"):
        return _with_models(inputs, parts, planned, ask)
    written = [_write_report(inputs, parts, ask)] if smoke else []
    checks = [
        _inputs(inputs),
        _assigned(parts) if smoke else _not_asked(),
        _outputs(planned, written),
        _separate(inputs),
        _logs(),
    ]
    value: dict[str, JSON] = {
        "label": as_json(_LABEL),
        "model_ran": False,
        "outputs": cast("JSON", written),
        "checks": checks,
    }
    return Result(worst(cast("Verdict", one["verdict"]) for one in checks if one["hard"]), value)


def _with_models(inputs: JSONObject, parts: Sequence[JSONObject], planned: Sequence[JSONObject], ask: Ask) -> Result:
    done = layer_run(inputs, ask)
    checks = [_inputs(inputs), _assigned(parts), *done.checks, _outputs(planned, done.outputs), _logs(), _calls()]
    value: dict[str, JSON] = {
        "label": as_json(done.label),
        "model_ran": True,
        **done.value,
        "outputs": cast("JSON", done.outputs),
        "checks": cast("JSON", checks),
    }
    return Result(worst(cast("Verdict", one["verdict"]) for one in checks if one["hard"]), value, done.observed)


def _write_report(inputs: JSONObject, parts: Sequence[JSONObject], ask: Ask) -> JSONObject:
    report: dict[str, JSON] = {
        "schema": "gonogo/layer-smoke-report/v1",
        "label": as_json(_LABEL),
        "model_ran": False,
        "inputs": {name: inputs.get(name) for name in REPORT_INPUTS},
        "scope_limits": inputs.get("scope_limits"),
        "verdict": worst(cast("Verdict", part["verdict"]) for part in parts),
        "checks": list(parts),
    }
    answer = ask(
        "evidence.append",
        path=SMOKE_REPORT.removeprefix("data/"),
        content=report,
        media_type=JSON_TYPE,
        determinism="bit",
        reason="",
    )
    return as_object(answer)


def _inputs(inputs: JSONObject) -> JSONObject:
    """Inputs are set so that a second run has the same: full commit, seed or explicit null, digests of settings."""
    wrong = [name for name in WORDS if not str(inputs.get(name) or "").strip()]
    wrong += [name for name in ("git_ref",) if not _COMMIT.fullmatch(str(inputs.get(name, "")))]
    wrong += [name for name in ("base", "dataset_snapshot_id") if not _text_or_null(inputs, name)]
    seed = inputs.get("seed", "unset")
    wrong += [] if seed is None or (isinstance(seed, int) and not isinstance(seed, bool)) else ["seed"]
    wrong += [] if inputs.get("layer_id") in LAYERS else ["layer_id"]
    wrong += [] if inputs.get("autonomy_level") in LEVELS else ["autonomy_level"]
    config, locks = as_object(inputs.get("config")), as_object(inputs.get("locks"))
    digests = [*(as_object(entry).get("sha256") for entry in config.values()), *locks.values()]
    wrong += [] if config and all(_DIGEST.fullmatch(str(digest)) for digest in digests) else ["config"]
    if wrong:
        text = msg("Not set so that a second run would have the same: {names}.", names=", ".join(sorted(wrong)))
        return check("D-INPUTS", "FAIL", text, hard=True)
    text = msg(
        "Inputs are fixed: commit {commit}, seed {seed}; by digest settings {config}, locks {locks}.",
        commit=str(inputs["git_ref"])[:12],
        seed="null" if seed is None else str(seed),
        config=len(config),
        locks=len(locks),
    )
    return check("D-INPUTS", "PASS", text, hard=True)


def _text_or_null(inputs: JSONObject, name: str) -> bool:
    return name in inputs and (inputs[name] is None or isinstance(inputs[name], str))


def _assignment(inputs: JSONObject) -> list[JSONObject]:
    """What the smoke report holds: models, capability scope, output contract and tools of the layer."""
    modelless = inputs.get("layer_id") == NO_MODEL_LAYER
    limits = as_object(inputs.get("scope_limits"))
    models = {str(inputs.get(name) or "") for name in ("model_id", "critic_model_id")}
    assigned = models == {NONE} if modelless else not models & {NONE, ""}
    allowed, forbidden = strings_of(limits.get("outputs_allowed")), strings_of(limits.get("outputs_forbidden"))
    tools = strings_of(limits.get("tooling_allowed"))
    contract = modelless or (bool(allowed) and not set(allowed) & set(forbidden))
    return [
        _part("S-MODELS", assigned, "models are assigned as the layer map has it"),
        _part("S-SCOPE", modelless or bool(limits), "the capability scope is known"),
        _part("S-CONTRACT", contract, "the output contract allows something and forbids none of it"),
        _part("S-INPUTS", modelless or bool(strings_of(limits.get("inputs_allowed"))), "something may be read"),
        _part("S-TOOLS", modelless or bool(tools), "a tool is allowed"),
    ]


def _part(name: str, holds: bool, what: str) -> JSONObject:
    return {"id": name, "verdict": "PASS" if holds else "FAIL", "what": what}


def _not_asked() -> JSONObject:
    text = msg("The run's inputs name no models that could be asked; nothing was run.")
    return check("D-ASSIGNMENT", "INCONCLUSIVE", text, hard=True, basis="absent")


def _assigned(parts: Sequence[JSONObject]) -> JSONObject:
    bad = ", ".join(str(part["id"]) for part in parts if part["verdict"] != "PASS")
    if bad:
        return check(
            "D-ASSIGNMENT", "FAIL", msg("The layer's assignment does not hold: {parts}.", parts=bad), hard=True
        )
    text = msg("Assignment only: all checks of models, scope, contract and tools hold ({count}).", count=len(parts))
    return check("D-ASSIGNMENT", "PASS", text, hard=True)


def _outputs(planned: Sequence[JSONObject], written: Sequence[JSONObject]) -> JSONObject:
    """Every output that the plan expects of this duty exists, none outside the plan."""
    expected = {str(output.get("path")) for output in planned if number_of(output.get("duty")) == NUMBER}
    found = {str(output.get("path")) for output in written}
    if not expected:
        text = msg("The plan names no output of the layer run, so that none could be compared.")
        return check("D-OUTPUTS", "INCONCLUSIVE", text, hard=True, basis="absent")
    if missing := ", ".join(sorted(expected - found)):
        return check("D-OUTPUTS", "FAIL", msg("Planned outputs are missing: {paths}.", paths=missing), hard=True)
    if extra := ", ".join(sorted(found - expected)):
        return check("D-OUTPUTS", "FAIL", msg("Outputs that were not planned: {paths}.", paths=extra), hard=True)
    pointers: list[JSONObject] = [{"file": path, "path": "$"} for path in sorted(found)]
    text = msg("All planned outputs of the layer run exist, and no others ({count}).", count=len(found))
    return check("D-OUTPUTS", "PASS", text, hard=True, pointers=pointers)


def _separate(inputs: JSONObject) -> JSONObject:
    """Proposer and critic are different models, and no fallback is the critic (runbook section 0, SoD)."""
    proposer, critic = str(inputs.get("model_id") or ""), str(inputs.get("critic_model_id") or "")
    fallbacks = strings_of(inputs.get("fallback_model_ids"))
    if inputs.get("layer_id") == NO_MODEL_LAYER:
        clean = proposer == critic == NONE and not fallbacks
        if not clean:
            return check("D-SOD", "FAIL", msg("A layer that may have no model was given one."), hard=True)
        return check("D-SOD", "PASS", msg("The layer has no model, so that none can judge its own work."), hard=True)
    if not proposer or not critic or NONE in {proposer, critic}:
        text = msg("Proposer or critic is not named, so that they cannot be shown to differ.")
        return check("D-SOD", "FAIL", text, hard=True, basis="absent")
    if any(same_actor(critic, other) for other in (proposer, *fallbacks)):
        text = msg("The critic {critic} is also proposer or fallback.", critic=critic)
        return check("D-SOD", "FAIL", text, hard=True)
    text = msg("Proposer {proposer} and critic {critic} differ, fallbacks included.", proposer=proposer, critic=critic)
    return check("D-SOD", "PASS", text, hard=True)


def _calls() -> JSONObject:
    text = msg("Each call of a model is a line of logs/ai_model_calls.jsonl; prompts stand there by digest.")
    return check("D-MODELLOG", "PASS", text, hard=False, basis="asserted")


def _logs() -> JSONObject:
    text = msg("The engine writes the run's log and the broker's record; both are sealed at step F.")
    return check("D-LOGS", "PASS", text, hard=False, basis="asserted")

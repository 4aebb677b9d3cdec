"""Duty 3, step C: the run plan's scope: goal in one sentence, inputs, expected outputs, non-goals, abort criteria.

The plan is made from the change itself, so another change gives another plan. Hard: C-GOAL, C-INPUTS, C-OUTPUTS,
C-ABORT, and C-SCOPE: what the layer run would read, use and hand out lies inside the layer's capability scope.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.shapes import as_object, check, number_of, objects_of, strings_of
from gonogo_agents.duties.plan_words import ALWAYS_ABORT, abort_criteria, non_goals, outputs_of
from gonogo_agents.duties.scope_limits import Assignment, assign, outside
from gonogo_agents.duty import Result
from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import worst
from gonogo_policies.change import KINDS, SUBMODULE, Kind, classify, first, kinds_of
from gonogo_policies.results import as_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict

MAX_FILES = 200
"""Changed files named in the plan; the counts are whole."""
MAX_AREAS = 12
RUN_INPUTS = (
    "layer_id",
    "layer_name",
    "scope",
    "capability_scope",
    "autonomy_level",
    "model_id",
    "model_profile",
    "critic_model_id",
    "run_reason",
    "operator_id",
    "git_ref",
    "base_rule",
)
"""Inputs of the runbook's section 1 that a plan names and that may not be empty."""
OPEN_INPUTS = ("base", "seed", "dataset_snapshot_id")
"""Inputs that may be null, but must be stated."""


def scope_plan(view: View, ask: Ask) -> Result:
    """Plan the run. Verdict: the worst of the hard checks."""
    inputs = as_object(view.get("inputs"))
    change = as_object(ask("git.query", query="change"))
    files = objects_of(change.get("files"))
    kinds = classify(sorted(_names(files)))
    goal = _goal(inputs, change, kinds)
    assignment = assign(inputs, [file for file in files if file.get("status") != "D"])
    aborts = abort_criteria(inputs, kinds)
    outputs = list(outputs_of(inputs))
    checks = [
        _check_goal(inputs, change, files),
        _check_inputs(inputs),
        _check_outputs(outputs),
        _check_abort([name for name, _ in aborts]),
        _check_scope(inputs, assignment),
        _check_focus(assignment),
    ]
    value: dict[str, JSON] = {
        "goal": as_json(goal),
        "inputs": {name: inputs.get(name) for name in (*RUN_INPUTS, *OPEN_INPUTS)},
        "change": _change(change, files, kinds),
        "focus": _focus(files),
        "assignment": assignment.json(),
        "outputs": cast("JSON", outputs),
        "non_goals": [as_json(text) for text in non_goals(inputs, kinds)],
        "abort": [{"id": name, "text": as_json(text)} for name, text in aborts],
        "checks": checks,
    }
    return Result(worst(cast("Verdict", one["verdict"]) for one in checks if one["hard"]), value)


def _goal(inputs: JSONObject, change: JSONObject, kinds: Mapping[Kind, Sequence[str]]) -> Text:
    counts = ", ".join(f"{len(kinds[kind])} {kind}" for kind in KINDS if kind in kinds)
    return msg(
        "Check for {layer} ({name}), because of {reason}: changed files {count} ({kinds}), commit {commit}.",
        layer=str(inputs.get("layer_id", "")),
        name=str(inputs.get("layer_name", "")),
        reason=str(inputs.get("run_reason", "")),
        count=number_of(change.get("count")),
        kinds=counts or "-",
        commit=str(inputs.get("git_ref", ""))[:12],
    )


def _change(change: JSONObject, files: Sequence[JSONObject], kinds: Mapping[Kind, Sequence[str]]) -> JSONObject:
    statuses = Counter(str(file.get("status")) for file in files)
    return {
        "base": change.get("base"),
        "rule": change.get("rule"),
        "count": number_of(change.get("count")),
        "kinds": {kind: len(paths) for kind, paths in kinds.items()},
        "by_status": {status: statuses[status] for status in sorted(statuses)},
        "added": sum(number_of(file.get("added")) for file in files),
        "deleted": sum(number_of(file.get("deleted")) for file in files),
        "binary": sum(file.get("added") is None and file.get("mode") != SUBMODULE for file in files),
        "files": [_file(file) for file in files[:MAX_FILES]],
    }


def _file(file: JSONObject) -> JSONObject:
    kept = ("path", "old_path", "status", "added", "deleted", "blob", "mode", "raw_hex")
    listed: dict[str, JSON] = {name: file.get(name) for name in kept if name in file}
    return {**listed, "kinds": cast("JSON", sorted(kinds_of(str(file.get("path")))))}


def _focus(files: Sequence[JSONObject]) -> list[JSON]:
    """The parts of the repository with the most changed files, the root as ``.``."""
    areas = Counter(str(file.get("path")).rpartition("/")[0].split("/")[0] or "." for file in files)
    ordered = sorted(areas.items(), key=lambda item: (-item[1], item[0]))
    return [{"area": area, "count": count} for area, count in ordered[:MAX_AREAS]]


def _check_goal(inputs: JSONObject, change: JSONObject, files: Sequence[JSONObject]) -> JSONObject:
    count = number_of(change.get("count"))
    if not str(inputs.get("run_reason", "")).strip():
        return check("C-GOAL", "FAIL", msg("The run names no reason, so that it has no goal."), hard=True)
    if not count or len(files) != count:
        text = msg("The change is empty or was not listed in full: a goal over it cannot be named.")
        return check("C-GOAL", "INCONCLUSIVE", text, hard=True, basis="absent")
    text = msg("The goal is one sentence over layer, reason and change (changed files: {count}).", count=count)
    return check("C-GOAL", "PASS", text, hard=True)


def _check_inputs(inputs: JSONObject) -> JSONObject:
    empty = [name for name in RUN_INPUTS if not str(inputs.get(name) or "").strip()]
    unstated = [name for name in OPEN_INPUTS if name not in inputs]
    if empty or unstated:
        text = msg("Run inputs are missing: {names}.", names=", ".join([*empty, *unstated]))
        return check("C-INPUTS", "FAIL", text, hard=True, basis="absent")
    count = len(RUN_INPUTS) + len(OPEN_INPUTS)
    return check("C-INPUTS", "PASS", msg("All run inputs are stated ({count}).", count=count), hard=True)


def _check_outputs(outputs: Sequence[JSONObject]) -> JSONObject:
    paths = [str(output["path"]) for output in outputs]
    mine = [path for output, path in zip(outputs, paths, strict=True) if output["duty"] == 5]  # noqa: PLR2004 - the layer run
    if len(set(paths)) != len(paths) or not mine or not all(path.startswith("data/") for path in mine):
        text = msg("The expected outputs do not name each file once, with those of the layer run in data/.")
        return check("C-OUTPUTS", "FAIL", text, hard=True)
    text = msg("Expected outputs: {count}, of the layer run: {mine}.", count=len(paths), mine=len(mine))
    return check("C-OUTPUTS", "PASS", text, hard=True)


def _check_abort(named: Sequence[str]) -> JSONObject:
    missing = [name for name in ALWAYS_ABORT if name not in named]
    if missing:
        return check("C-ABORT", "FAIL", msg("No abort criterion for {names}.", names=", ".join(missing)), hard=True)
    return check("C-ABORT", "PASS", msg("Abort criteria named: {count}.", count=len(named)), hard=True)


def _check_scope(inputs: JSONObject, assignment: Assignment) -> JSONObject:
    """Runbook 0: no scope creep. What is not named is not allowed, and a prohibition beats a permission."""
    limits = inputs.get("scope_limits")
    if limits is None and inputs.get("layer_id") == "L5":
        text = msg("L5 has no model and no capability scope: nothing is read, used or handed out for one.")
        return check("C-SCOPE", "PASS", text, hard=True)
    if not as_object(limits):
        text = msg("The layer's capability scope is not known, so that nothing could be compared with it.")
        return check("C-SCOPE", "INCONCLUSIVE", text, hard=True, basis="absent")
    if beyond := outside(assignment, as_object(limits)):
        text = msg("Outside the capability scope {scope}: {what}.", scope=_scope(inputs), what=first(beyond))
        return check("C-SCOPE", "FAIL", text, hard=True)
    text = msg(
        "Inside the capability scope {scope}: files to read {reads}, tools {tools}, output types {outputs}.",
        scope=_scope(inputs),
        reads=assignment.reads_count,
        tools=", ".join(assignment.tooling) or "-",
        outputs=", ".join(assignment.output_types) or "-",
    )
    return check("C-SCOPE", "PASS", text, hard=True)


def _check_focus(assignment: Assignment) -> JSONObject:
    text = msg(
        "Changed files that the layer's proposer may be shown: {reads} of {count}.",
        reads=assignment.reads_count,
        count=assignment.reads_count + assignment.unread_count,
    )
    return check("C-FOCUS", "PASS" if assignment.reads_count else "INCONCLUSIVE", text, hard=False)


def _scope(inputs: JSONObject) -> str:
    return str(inputs.get("capability_scope", ""))


def _names(files: Sequence[JSONObject]) -> set[str]:
    return {*strings_of([file.get("path") for file in files]), *strings_of([file.get("old_path") for file in files])}

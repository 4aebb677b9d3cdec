"""SUMMARY.md: what a run found, for people who read the pack. A pure function of the core, always English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_agents.render.read import Say, word
from gonogo_agents.render.safe import code, markdown
from gonogo_evidence.drill import FIELD
from gonogo_policies.results import as_count, as_list, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import JSON, JSONObject

SUMMARY_RENDERER: Final = "gonogo-summary/2"
"""Changes whenever the words or the order below change."""
MAX_ROWS = 60


def summary(fields: JSONObject, files: Mapping[str, JSON], say: Say = str) -> str:
    """Render the core.

    Args:
        fields: the body of ``core/pack.json``.
        files: the other core files by name; the gates' results are in ``validator-report.json``.
        say: how sentences are said; what is sealed is said in English.
    """
    report, plan = as_object(files.get("validator-report.json")), as_object(files.get("run-plan.json"))
    gates = [as_object(gate) for gate in as_list(report.get("gates"))]
    parts = [
        _head(fields, plan, say),
        _verdicts(fields),
        _gates(gates, say),
        _criteria(fields, say),
        _open(fields, say),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(fields: JSONObject, plan: JSONObject, say: Say) -> list[str]:
    goal = as_object(as_object(plan.get("scope")).get("goal"))
    base = f"{word(fields.get('base'))} ({word(fields.get('base_rule'))})"
    return [
        f"# {word(fields.get('layer_id'))} {markdown(word(fields.get('layer_name')))}: {word(fields.get('verdict'))}",
        "",
        *_drill(fields),
        *([markdown(say(as_text(goal))), ""] if goal else []),
        f"- Run: {' / '.join(markdown(word(fields.get(name))) for name in ('layer_id', 'model_id', 'scope'))}",
        f"- Critic: {markdown(word(fields.get('critic_model_id')))}",
        f"- Commit: {code(word(fields.get('git_ref')))} of {markdown(word(fields.get('commit_time')))}",
        f"- Base: {markdown(base)}",
        f"- Reason: {markdown(word(fields.get('run_reason')))}",
        f"- Operator: {code(word(fields.get('operator_id')))}",
        f"- Layer run: {_label(fields, say)}",
        "- Recommendation and decision lie in review/, after the seal.",
    ]


def _drill(fields: JSONObject) -> list[str]:
    """In a drill, first of all that it is one."""
    if FIELD not in fields:
        return []
    said = as_object(fields[FIELD])
    return [f"**DRILL {word(said.get('drill_id'))}, seed {word(said.get('seed'))}: no evidence of production.**", ""]


def _label(fields: JSONObject, say: Say) -> str:
    """``assignment only`` where no model ran."""
    value = as_object(as_object(fields.get("execution")).get("value"))
    return markdown(say(as_text(value.get("label", value.get("reason")))))


def _verdicts(fields: JSONObject) -> list[str]:
    verdicts = as_object(fields.get("verdicts"))
    rows = [f"| {code(field)} | {word(verdict)} |" for field, verdict in verdicts.items()]
    return ["## Duties", "", "| Duty | Verdict |", "| --- | --- |", *rows]


def _gates(gates: Sequence[JSONObject], say: Say) -> list[str]:
    """Which gate looked at what, with its count, and why those that did not look did not."""
    rows = [
        f"| {markdown(word(gate.get('name')))} | {'hard' if gate.get('hard') is True else 'soft'} "
        f"| {word(gate.get('verdict'))} | {as_count(gate.get('checked'))} {markdown(word(gate.get('unit')))} "
        f"| {'yes' if gate.get('read_change') is True else 'no'} | {markdown(say(as_text(gate.get('reason'))))} |"
        for gate in gates[:MAX_ROWS]
    ]
    if not rows:
        return ["## Gates", "", "No gate was run."]
    more = ["", f"And {len(gates) - MAX_ROWS} more, in core/validator-report.json."] if len(gates) > MAX_ROWS else []
    head = ["| Gate | Kind | Verdict | Looked at | Read the change | Why |", "| --- | --- | --- | ---: | --- | --- |"]
    return ["## Gates", "", *head, *rows, *more]


def _criteria(fields: JSONObject, say: Say) -> list[str]:
    found = [as_object(one) for one in as_list(fields.get("criteria"))]
    rows = [f"- {word(one.get('id'))}: {word(one.get('verdict'))}. {_text(one, say)}" for one in found]
    return (
        ["## Criteria of the runbook, section 5, as far as they are decided before the seal", "", *rows] if rows else []
    )


def _open(fields: JSONObject, say: Say) -> list[str]:
    found = [as_object(one) for one in as_list(fields.get("inconclusive"))]
    rows = [f"- {markdown(word(one.get('id')))}: {_text(one, say)}" for one in found]
    return ["## Inconclusive: a condition must name each", "", *rows] if rows else []


def _text(one: JSONObject, say: Say) -> str:
    return markdown(say(as_text(one.get("text"))))

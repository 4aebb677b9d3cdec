"""The operator summary, to the letter of the runbook's section 8: its headings and labels stay as they stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.render.read import (
    Line,
    Say,
    branch_of,
    evidence_of,
    findings_more,
    findings_of,
    inputs_of,
    recommendation_of,
    result_of,
    risks_of,
    word,
)
from gonogo_agents.render.safe import code, markdown
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSONObject
    from gonogo_policies.results import State

MAX_RISKS = 5


def operator_summary(state: State, pack: JSONObject, say: Say = str) -> str:
    """Section 8's template, filled. ``pack`` is what duty 7 handed back; values are said in the operator's language."""
    inputs, places = inputs_of(state), evidence_of(pack)
    run = " / ".join(markdown(word(inputs.get(name))) for name in ("layer_id", "model_id", "scope"))
    return "\n".join(
        [
            "### Operator Summary",
            f"- Run: {run}",
            f"- Git: {word(inputs.get('git_ref'))} ({markdown(branch_of(state, say))})",
            f"- Result: {result_of(state)}",
            f"- Top Findings: {_findings(state, say)}",
            f"- Risks: {_risks(risks_of(state), say)}",
            f"- Recommendation: {recommendation_of(state)}",
            "",
            "### Attached Evidence",
            f"- Evidence Pack: {code(places['pack'])}",
            f"- Validator Report: {code(places['report'])}",
            f"- Logs/Manifest: {code(places['logs'])}, {code(places['manifest'])}",
            "",
        ]
    )


def _findings(state: State, say: Say) -> str:
    told = [f"({number}) {markdown(line.said(say).rstrip('.'))}" for number, line in enumerate(findings_of(state), 1)]
    if more := findings_more(state):
        told.append(markdown(say(msg("and {count} more", count=more))))
    return "; ".join(told) or markdown(say(msg("none")))


def _risks(risks: Sequence[Line], say: Say) -> str:
    told = [f"{markdown(risk.said(say).rstrip('.'))} ({risk.likelihood}×{risk.impact})" for risk in risks[:MAX_RISKS]]  # noqa: RUF001 - the runbook's own sign
    if len(risks) > MAX_RISKS:
        told.append(markdown(say(msg("and {count} more", count=len(risks) - MAX_RISKS))))
    return "; ".join(told) or markdown(say(msg("none")))

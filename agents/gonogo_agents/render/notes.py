"""The operator review notes: Markdown, short, fit to be signed, with a place for the operator's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.render.operator_summary import operator_summary
from gonogo_agents.render.read import (
    Line,
    Say,
    day,
    findings_more,
    findings_of,
    inputs_of,
    points_of,
    recommendation_of,
    result_of,
    risks_of,
    scan_of,
    texts_of,
    word,
)
from gonogo_agents.render.safe import code, markdown, plain
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gonogo_evidence.ids import JSONObject
    from gonogo_policies.results import State

MAX_ROWS = 20
MAX_POINTS = 20


def review_notes(state: State, pack: JSONObject, say: Say = str) -> str:
    """The draft that the operator reads, may edit with ``sign --edit``, and signs by its digest."""
    parts = [
        _head(state, pack, say),
        operator_summary(state, pack, say).rstrip("\n").split("\n"),
        _findings(state, say),
        _risks(risks_of(state), say),
        _actions(state, say),
        _recommendation(state, say),
        _own_words(say),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(state: State, pack: JSONObject, say: Say) -> list[str]:
    inputs = inputs_of(state)
    title = msg("Operator review notes: {pack}", pack=word(pack.get("pack_id")))
    return [
        f"# {markdown(say(title))}",
        "",
        f"- {markdown(say(msg('Pack digest')))}: {code(word(pack.get('pack_digest')))}",
        f"- {markdown(say(msg('Core digest')))}: {code(word(pack.get('core_digest')))}",
        f"- {markdown(say(msg('Reason')))}: {markdown(word(inputs.get('run_reason')))}",
        f"- {markdown(say(msg('Operator')))}: {code(word(inputs.get('operator_id')))}",
        f"- {markdown(say(msg('Date of the commit')))}: {plain(day(inputs.get('commit_time'), say))}",
        *(f"- {markdown(say(msg('Secret scan')))}: {markdown(line)}" for line in scan_of(pack, say)),
    ]


def _findings(state: State, say: Say) -> list[str]:
    lines = [f"{number}. {markdown(line.said(say))}" for number, line in enumerate(findings_of(state), 1)]
    if more := findings_more(state):
        lines.append(f"\n{markdown(say(msg('and {count} more', count=more)))}")
    return [f"## {markdown(say(msg('Findings')))}", "", *(lines or [markdown(say(msg("none")))])]


def _risks(risks: Sequence[Line], say: Say) -> list[str]:
    """A table of likelihood by impact; the rows are numbered so that a decision can name them."""
    names = [
        say(msg("Risk")),
        say(msg("Likelihood")),
        say(msg("Impact")),
        say(msg("Likelihood × impact")),  # noqa: RUF001 - the runbook's own sign
    ]
    rows = [
        f"| {markdown(risk.said(say))} | {risk.likelihood} | {risk.impact} | {risk.likelihood * risk.impact} |"
        for risk in risks[:MAX_ROWS]
    ]
    table = [f"| {' | '.join(markdown(name) for name in names)} |", "| --- | ---: | ---: | ---: |", *rows]
    more = [f"\n{markdown(say(msg('and {count} more', count=len(risks) - MAX_ROWS)))}"] if len(risks) > MAX_ROWS else []
    body = [*table, *more] if rows else [markdown(say(msg("none")))]
    return [f"## {markdown(say(msg('Risks')))}", "", *body]


def _actions(state: State, say: Say) -> list[str]:
    texts = [*texts_of(state, "risk_review", "mitigations"), *texts_of(state, "risk_review", "actions")]
    return [f"## {markdown(say(msg('Mitigations and next actions')))}", "", *_bullets(texts, say)]


def _recommendation(state: State, say: Say) -> list[str]:
    lines = [
        f"## {markdown(say(msg('Go/No-Go recommendation')))}",
        "",
        f"**{recommendation_of(state)}** ({result_of(state)}). "
        + markdown(say(msg("This is a recommendation; the decision is the operator's and is open."))),
    ]
    for title, name in ((msg("What stands in the way"), "blockers"), (msg("Conditions"), "conditions")):
        points = points_of(state, name)
        if points:
            more = (
                [Line("", msg("and {count} more", count=len(points) - MAX_POINTS))] if len(points) > MAX_POINTS else []
            )
            told = [*points[:MAX_POINTS], *more]
            lines += ["", f"### {markdown(say(title))}", "", *(f"- {markdown(one.said(say))}" for one in told)]
    return lines


def _own_words(say: Say) -> list[str]:
    return [
        f"## {markdown(say(msg('Remarks of the operator')))}",
        "",
        markdown(say(msg("None yet. Your own words go here: gonogo sign with --edit, before you sign."))),
    ]


def _bullets(texts: Iterable[Text], say: Say) -> list[str]:
    return [f"- {markdown(say(text))}" for text in texts] or [markdown(say(msg("none")))]

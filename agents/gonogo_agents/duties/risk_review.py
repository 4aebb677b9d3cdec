"""Duty 8, step G (RISK_OFFICER): at most five findings, risks by likelihood and impact, mitigations, operator actions.

All of it comes from named rules over results that are there. A finding that points at no evidence is dropped, and
counted. Hard: G-FINDINGS, G-RISKS, G-MITIGATIONS, G-REFUSED.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_agents.assemble import core_fields, core_files, environment
from gonogo_agents.duties.contributions import contributions_of, objections, spoken
from gonogo_agents.duties.facts.shapes import as_object, check, number_of, objects_of
from gonogo_agents.duties.model_words import model_words
from gonogo_agents.duty import Result
from gonogo_agents.pointers import lead_somewhere
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import worst
from gonogo_policies.change import first
from gonogo_policies.criteria import criteria, inconclusive, overall
from gonogo_policies.results import DUTIES, as_json, observed_of, skipped
from gonogo_policies.risks import OWN, RULES, assess, facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict
    from gonogo_policies.risks import Risk

SCHEMA = "gonogo/risk-review/v1"
MAX_FINDINGS = 5
"""Runbook step G."""
MAX_RISKS = 40
"""Risks that are kept in words; the count is whole."""


def risk_review(view: View, ask: Ask) -> Result:
    """Weigh the run. Verdict: the worst of the hard checks."""
    change, refusals = _change(ask), _refusals(ask)
    risks = assess(facts_of(view, change, refusals or ()))
    documents = {**_documents(view), OWN: {"refusals": cast("JSON", refusals or [])}}
    told = [risk for risk in risks if lead_somewhere(risk.pointers, documents, as_object(change))]
    dropped = len(risks) - len(told)
    findings = [_finding(number, risk) for number, risk in enumerate(told[:MAX_FINDINGS], 1)]
    actions = _actions(view)
    done = [field for field in DUTIES if not skipped(view, field)]
    checks = [_check_findings(len(told), dropped), _check_risks(done, len(told)), _check_mitigations(told, actions)]
    checks.append(_check_refused(refusals))
    said = contributions_of(view)
    checks += [*model_words(view, said), *objections(said)]
    value: dict[str, JSON] = {
        "schema": SCHEMA,
        "findings": cast("JSON", findings),
        "findings_more": max(0, len(told) - MAX_FINDINGS),
        "findings_dropped": dropped,
        "risks": [risk.json() for risk in told[:MAX_RISKS]],
        "risks_count": len(told),
        "mitigations": [as_json(text) for text in _once(risk.mitigation for risk in told[:MAX_FINDINGS])],
        "actions": [as_json(text) for text in actions],
        "change": {"known": change is not None, "count": number_of(as_object(change).get("count"))},
        "refusals": cast("JSON", refusals or []),
        "checks": checks,
        **spoken(said, "risk_review"),
    }
    return Result(worst(cast("Verdict", one["verdict"]) for one in checks if one["hard"]), value)


def _change(ask: Ask) -> JSON:
    """The change, or None where git could not be asked: then a rule of its own says so."""
    try:
        return ask("git.query", query="change")
    except GonogoError:
        return None


def _refusals(ask: Ask) -> list[JSONObject] | None:
    """What the broker refused a role so far; None where that is not known."""
    try:
        return objects_of(ask("run.refusals"))
    except GonogoError:
        return None


def _documents(view: View) -> Mapping[str, JSON]:
    """The sealed files as far as they follow from the results: what pointers are held against."""
    inputs, results = as_object(view.get("inputs")), {field: view[field] for field in DUTIES if field in view}
    files = {f"core/{name}": body for name, body in core_files(inputs, results).items()}
    seen = environment(inputs, view, {"trees": observed_of(view, "pack").get("trees")})
    return {"core/pack.json": core_fields(inputs, results), "environment.json": seen, **files}


def _finding(number: int, risk: Risk) -> JSONObject:
    return {
        "number": number,
        "rule": risk.rule,
        "subject": risk.subject,
        "severity": risk.severity,
        "text": as_json(risk.finding),
        "pointers": list(risk.pointers),
    }


def _actions(view: View) -> list[Text]:
    """What the operator does next, by how the run stands."""
    verdict = overall(view, criteria(view))
    if verdict == "FAIL":
        return [
            msg("Do not release. Fix what failed, commit, and start a new run."),
            msg("Sign NO-GO, or abandon the run with a reason, so that it does not stay open."),
        ]
    if verdict == "INCONCLUSIVE":
        names = first([point.id for point in inconclusive(view)], 20)
        return [
            msg("Make what could not be checked run here, then start a new run."),
            msg("Or sign GO-WITH-CONDITIONS with a condition, owner and due date for each of: {names}.", names=names),
        ]
    return [msg("Read findings and risks, compare the digest, then decide and sign.")]


def _once(texts: Iterable[Text]) -> list[Text]:
    return list(dict.fromkeys(texts))


def _check_findings(told: int, dropped: int) -> JSONObject:
    if not told:
        return check("G-FINDINGS", "INCONCLUSIVE", msg("No finding points at evidence."), hard=True, basis="absent")
    text = msg(
        "Findings that point at evidence: {told}; dropped for want of it: {dropped}.", told=told, dropped=dropped
    )
    return check("G-FINDINGS", "PASS", text, hard=True)


def _check_risks(done: Sequence[str], told: int) -> JSONObject:
    if not done or not told:
        text = msg("Nothing was done before this review that risks could be weighed from.")
        return check("G-RISKS", "INCONCLUSIVE", text, hard=True, basis="absent")
    text = msg(
        "Risks: {count}, by {rules} rules over the results of {duties} duties.",
        count=told,
        rules=len(RULES),
        duties=len(done),
    )
    return check("G-RISKS", "PASS", text, hard=True)


def _check_mitigations(told: Sequence[Risk], actions: Sequence[Text]) -> JSONObject:
    if not told or not actions:
        return check("G-MITIGATIONS", "INCONCLUSIVE", msg("No action was named."), hard=True, basis="absent")
    text = msg("Every risk has a mitigation (risks: {count}, actions: {n}).", count=len(told), n=len(actions))
    return check("G-MITIGATIONS", "PASS", text, hard=True)


def _check_refused(refusals: Sequence[JSONObject] | None) -> JSONObject:
    """G-REFUSED: no role asked for what its scope refuses. One that did is not the role that was planned with."""
    if refusals is None:
        text = msg("Whether a role was refused something is not known.")
        return check("G-REFUSED", "INCONCLUSIVE", text, hard=True, basis="absent")
    if not refusals:
        return check("G-REFUSED", "PASS", msg("No role asked for anything that its scope refuses."), hard=True)
    text = msg("Requests of roles that were refused: {count}.", count=len(refusals))
    return check("G-REFUSED", "FAIL", text, hard=True, pointers=[{"file": OWN, "path": "$.refusals"}])

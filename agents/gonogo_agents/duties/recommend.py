"""Duty 9, step G (ORCHESTRATOR): the recommendation. It is never a decision: that is the operator's, signed.

GO only where every criterion of the runbook's section 5 is PASS; a FAIL is NO-GO; what is only INCONCLUSIVE is
GO-WITH-CONDITIONS, with a condition proposed for each. Hard: G-RECOMMENDATION.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from gonogo_agents.duties.contributions import contributions_of, objection_points, spoken
from gonogo_agents.duties.facts.shapes import check
from gonogo_agents.duty import Result
from gonogo_evidence.text import msg
from gonogo_evidence.verdict import Verdict, worst
from gonogo_policies.criteria import Criterion, OpenPoint, criteria, inconclusive, open_points, overall
from gonogo_policies.results import DUTIES, as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject

SCHEMA = "gonogo/recommendation/v1"
Recommendation: TypeAlias = Literal["GO", "NO-GO", "GO-WITH-CONDITIONS"]
RECOMMENDATIONS: Mapping[Verdict, Recommendation] = {
    "PASS": "GO",
    "FAIL": "NO-GO",
    "INCONCLUSIVE": "GO-WITH-CONDITIONS",
}
BEFORE = (*DUTIES, "pack", "risk_review")
"""The duties whose points stand in the way of a GO by name."""


def recommend(view: View, ask: Ask) -> Result:
    """Recommend from criteria alone. Verdict: whether the recommendation follows from them."""
    del ask
    found = criteria(view)
    reached = [field for field in BEFORE if field in DUTIES or field in view]
    failed = _or_criteria(open_points(view, "FAIL", reached), found, "FAIL")
    said = contributions_of(view)
    failed += objection_points(said, "FAIL")
    unclear = _or_criteria((*inconclusive(view), *open_points(view, "INCONCLUSIVE", reached)), found, "INCONCLUSIVE")
    unclear += objection_points(said, "INCONCLUSIVE")
    points: list[Verdict] = [point.verdict for point in (*failed, *unclear)]
    result = worst([overall(view, found), *(one.verdict for one in found), *points])
    recommendation = RECOMMENDATIONS[result]
    value: dict[str, JSON] = {
        "schema": SCHEMA,
        "result": result,
        "recommendation": recommendation,
        "blockers": [_point(point) for point in (*failed, *unclear)],
        "inconclusive": [_point(point) for point in unclear],
        "conditions": [_condition(point) for point in unclear] if recommendation == "GO-WITH-CONDITIONS" else [],
        "criteria": [one.json() for one in found],
        "checks": [_follows(recommendation, result, found)],
        **spoken(said, "recommendation"),
    }
    return Result(cast("Verdict", _follows(recommendation, result, found)["verdict"]), value)


def _or_criteria(points: Iterable[OpenPoint], found: Sequence[Criterion], verdict: Verdict) -> list[OpenPoint]:
    """The points, each once; where none explains a criterion of this verdict, the criterion itself."""
    known = {point.id: point for point in points}
    if not known:
        return [OpenPoint(one.id, verdict, one.text, one.pointers) for one in found if one.verdict == verdict]
    return list(known.values())


def _point(point: OpenPoint) -> JSONObject:
    return {
        "id": point.id,
        "verdict": point.verdict,
        "text": as_json(point.text),
        "pointers": list(point.pointers),
    }


def _condition(point: OpenPoint) -> JSONObject:
    text = msg("{name}: show that it passes, with evidence.", name=point.id)
    return {"names": point.id, "text": as_json(text)}


def _follows(recommendation: Recommendation, result: Verdict, found: Sequence[Criterion]) -> JSONObject:
    """Runbook 0: no automatic GO. A GO beside a criterion that is not PASS would be a fault of this duty."""
    passed = [one for one in found if one.verdict == "PASS"]
    sound = (recommendation == "GO") == (result == "PASS" and len(passed) == len(found)) and bool(found)
    text = msg(
        "{recommendation}, a recommendation only: {passed} of {count} criteria are PASS.",
        recommendation=recommendation,
        passed=len(passed),
        count=len(found),
    )
    return check("G-RECOMMENDATION", "PASS" if sound else "FAIL", text, hard=True)

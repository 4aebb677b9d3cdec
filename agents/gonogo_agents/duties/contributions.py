"""What others than the duties' code said in a run: kept in words of their own, labelled, and never a measurement.

An objection of any role stands in the way of a GO: FAIL makes it NO-GO, INCONCLUSIVE asks for a condition that names
it. Nothing that is said here can make a check pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.shapes import as_object, check, number_of, objects_of
from gonogo_agents.duty import CONTRIBUTIONS
from gonogo_evidence.text import msg
from gonogo_policies.criteria import OpenPoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.duty import View
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.text import Text
    from gonogo_evidence.verdict import Verdict

LAST = 9
"""The duty whose objection no review before it could know."""


def contributions_of(view: View) -> list[JSONObject]:
    """What was handed in so far, in the order of the duties; nothing in a run that nobody else drives."""
    return objects_of(view.get(CONTRIBUTIONS))


def objections(said: Sequence[JSONObject]) -> list[JSONObject]:
    """A hard check for each role that objected; none where nobody did."""
    return [
        check(_name(one), _verdict(one), _words(one), hard=True, basis="asserted")
        for one in said
        if _verdict(one) != "PASS"
    ]


def objection_points(said: Sequence[JSONObject], verdict: Verdict) -> list[OpenPoint]:
    """What the last duty's own words object: the review before it could not know them."""
    return [
        OpenPoint(_name(one), verdict, _words(one), ())
        for one in said
        if number_of(one.get("duty")) == LAST and _verdict(one) == verdict
    ]


def spoken(said: Sequence[JSONObject], field: str) -> JSONObject:
    """The words of the duty that is being done, for its result: after the seal they have no other place."""
    mine = [one for one in said if _FIELDS.get(number_of(one.get("duty"))) == field]
    return {"said": cast("JSON", mine[0])} if mine else {}


_FIELDS = {8: "risk_review", LAST: "recommendation"}


def _name(one: JSONObject) -> str:
    return f"SAID-{number_of(one.get('duty'))}-{_text(one.get('role'))}"


def _verdict(one: JSONObject) -> Verdict:
    verdict = one.get("verdict")
    return "PASS" if verdict == "PASS" else "FAIL" if verdict == "FAIL" else "INCONCLUSIVE"


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else "?"


def _words(one: JSONObject) -> Text:
    return msg(
        "{role} objected in a chat ({client}, as it said of itself): {reason}",
        role=_text(one.get("role")),
        client=_text(as_object(one.get("by")).get("client")),
        reason=_text(one.get("reason")),
    )

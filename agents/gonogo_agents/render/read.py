"""What the renderers take from a state: words to say, in the order in which they are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from gonogo_evidence.text import Text, msg
from gonogo_policies.results import (
    State,
    as_count,
    as_list,
    as_object,
    as_text,
    desk_of,
    reason_of,
    skipped,
    value_of,
)

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject

Say: TypeAlias = Callable[[Text], str]
"""Says a sentence in the operator's language; ``str`` says it in English."""

PUBLISHED: Final = "data/evidence_packs"
"""Where packs are published, relative to the repository (runbook section 4 D)."""
NOTHING: Final = "-"
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Line:
    """One finding, risk, blocker or condition as it is told."""

    subject: str
    text: Text
    likelihood: int = 0
    impact: int = 0

    def said(self, say: Say) -> str:
        """With what it is about before it."""
        return f"{self.subject}: {say(self.text)}" if self.subject else say(self.text)


def word(value: JSON) -> str:
    """A value as a word; a dash where there is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else NOTHING


def inputs_of(state: State) -> JSONObject:
    """The run's inputs."""
    return as_object(state.get("inputs"))


def branch_of(state: State, say: Say) -> str:
    """The branch of the desk when the run began; words where there is none or it is not known."""
    desk = desk_of(state)
    if desk.get("detached") is True:
        return say(msg("detached"))
    return word(desk.get("branch")) if desk.get("branch") else say(msg("branch not known"))


def result_of(state: State) -> str:
    """PASS, FAIL or INCONCLUSIVE; without a recommendation the last."""
    return word(value_of(state, "recommendation").get("result", "INCONCLUSIVE"))


def recommendation_of(state: State) -> str:
    """GO, NO-GO or GO-WITH-CONDITIONS; without a recommendation NO-GO."""
    return word(value_of(state, "recommendation").get("recommendation", "NO-GO"))


def findings_of(state: State) -> list[Line]:
    """At most five, the gravest first; where there was no review, that."""
    if skipped(state, "risk_review"):
        return [Line("risk_review", reason_of(state, "risk_review"))]
    found = [as_object(one) for one in as_list(value_of(state, "risk_review").get("findings"))]
    return [Line(_about(one), as_text(one.get("text"))) for one in found[:5]]


def findings_more(state: State) -> int:
    """How many findings are not among the five, those dropped for want of evidence included."""
    value = value_of(state, "risk_review")
    return as_count(value.get("findings_more")) + as_count(value.get("findings_dropped"))


def risks_of(state: State) -> list[Line]:
    """The risks, the gravest first."""
    found = [as_object(one) for one in as_list(value_of(state, "risk_review").get("risks"))]
    return [
        Line(_about(one), as_text(one.get("text")), as_count(one.get("likelihood")), as_count(one.get("impact")))
        for one in found
    ]


def texts_of(state: State, field: str, name: str) -> list[Text]:
    """A list of stored sentences in a duty's value."""
    return [as_text(one) for one in as_list(value_of(state, field).get(name))]


def points_of(state: State, name: str) -> list[Line]:
    """Blockers, inconclusive points or conditions of the recommendation, by their ids."""
    found = [as_object(one) for one in as_list(value_of(state, "recommendation").get(name))]
    return [Line(word(one.get("id", one.get("names"))), as_text(one.get("text"))) for one in found]


def evidence_of(pack: JSONObject) -> dict[str, str]:
    """Where the evidence lies once it is published, by what it is; relative to the repository."""
    folder = f"{PUBLISHED}/{word(pack.get('pack_id'))}"
    return {
        "pack": f"{folder}/",
        "report": f"{folder}/core/validator-report.json",
        "manifest": f"{folder}/environment.json",
        "logs": f"{folder}/data/logs/",
        "single": f"{folder}.json",
    }


def scan_of(pack: JSONObject, say: Say) -> list[str]:
    """What the secret scan took out and what it could not look into; nothing where there is nothing to say."""
    told: list[str] = []
    if taken := as_count(pack.get("redactions")):
        told.append(say(msg("{count} places redacted, listed in environment.json", count=taken)))
    if blind := as_count(pack.get("not_scanned")):
        told.append(say(msg("{count} data files could not be searched", count=blind)))
    return told


def day(stamp: JSON, say: Say) -> str:
    """The date of a time stamp as the language writes dates."""
    found = _DAY.match(stamp) if isinstance(stamp, str) else None
    if found is None:
        return NOTHING
    year, month, date = found.groups()
    return say(msg("{year}-{month}-{day}", year=year, month=month, day=date))


def _about(one: JSONObject) -> str:
    subject = word(one.get("subject", ""))
    return word(one.get("rule")) if subject == NOTHING else f"{word(one.get('rule'))} {subject}"

"""What a model or a chat host hands in for a duty: claims with evidence ids, and at most an objection.

It never replaces what the duty's code measured. The code runs in any case and its verdict stands; a contribution adds
what code cannot write (a goal sentence, findings, risks, mitigations), and it may object. A claim that names no
evidence, or evidence that is not there, is dropped and counted (law 3 of the product: a claim without evidence is not
a claim).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_policies.config.base import Many, Model, nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_evidence.ids import JSON, JSONObject

SCHEMA: Final = "gonogo/contribution/v1"
LIMIT: Final = 64 * 1024
"""Bytes of one contribution; what is longer is refused before it is read."""
FINDINGS: Final = 5
"""Runbook section 4 G: at most five."""

Kind: TypeAlias = Literal[
    "goal", "fact", "absent", "non_goal", "abort", "note", "finding", "risk", "mitigation", "action"
]
KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "preflight_snapshot": ("note", "finding"),
    "inventory": ("fact", "absent"),
    "scope_plan": ("goal", "non_goal", "abort", "finding"),
    "gate_plan": ("note", "finding"),
    "execution": ("note", "finding"),
    "validation": ("note", "finding"),
    "pack": ("note", "finding"),
    "risk_review": ("finding", "risk", "mitigation", "action"),
    "recommendation": ("note", "action"),
}
"""Which claims count in which duty, by the state field that it writes."""

SPEAKS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "inventory": ("fact", "absent"),
    "scope_plan": ("goal", "non_goal", "abort"),
    "validation": ("finding", "note"),
    "pack": ("note",),
    "risk_review": ("finding", "risk", "mitigation"),
    "recommendation": ("action", "note"),
}
"""The duties, by the field they write, in which a model plays its role: one for each of the six roles.

In the others there is nothing to rest words on yet, or models are asked by the duty itself (step D).
"""

EvidenceId = Annotated[
    str,
    StringConstraints(min_length=3, max_length=300, pattern=r"^(state|repo|data):[^\x00-\x1f\x7f]+$"),
    AfterValidator(nfc),
]
"""``state:inventory``, ``repo:src/a.py:12``, ``data:gates/lint.json``."""
ClaimText = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True), AfterValidator(nfc)]
Level: TypeAlias = Literal["low", "medium", "high"]


class Claim(Model):
    """One claim and what it rests on."""

    kind: Kind
    text: ClaimText
    evidence: Annotated[Many[EvidenceId], Field(max_length=20)] = ()
    likelihood: Level | None = None
    """Of a risk."""
    impact: Level | None = None


class Contribution(Model):
    """What is handed in."""

    schema_: Literal["gonogo/contribution/v1"] = Field(alias="schema")
    verdict: Literal["PASS", "FAIL", "INCONCLUSIVE"]
    """PASS: no objection. Anything else is an objection, and its reason is needed."""
    reason: Annotated[str, StringConstraints(max_length=500), AfterValidator(nfc)] = ""
    claims: Annotated[Many[Claim], Field(max_length=40)] = ()


class Kept(NamedTuple):
    """What counts of a contribution."""

    contribution: Contribution
    claims: tuple[Claim, ...]
    dropped: tuple[tuple[int, str], ...]
    """Each claim that does not count, and why: ``no-evidence``, ``unknown-evidence``, ``kind`` or ``too-many``."""

    def json(self) -> JSONObject:
        """For evidence: the claims that count, the objection, and what was dropped."""
        claims: list[JSON] = [claim.model_dump(exclude_none=True, mode="json") for claim in self.claims]
        return {
            "schema": SCHEMA,
            "verdict": self.contribution.verdict,
            "reason": self.contribution.reason,
            "claims": claims,
            "dropped": [{"claim": number, "rule": rule} for number, rule in self.dropped],
        }


def kinds_for(field: str) -> tuple[Kind, ...]:
    """The kinds of claims that count for the duty that writes ``field``."""
    return KINDS[field]


def read_contribution(data: bytes) -> Contribution:
    """Read what was handed in: strict JSON of the schema.

    Raises:
        BadInput: ``CONTRIBUTION_TOO_LARGE``, ``CONTRIBUTION_MALFORMED``; the sentence says which field, for a model to
            mend it.
    """
    if len(data) > LIMIT:
        raise BadInput(
            "CONTRIBUTION_TOO_LARGE",
            msg("A contribution may have {limit} bytes; this one has {size}.", limit=LIMIT, size=len(data)),
            next_step=msg("Hand in fewer and shorter claims."),
        )
    try:
        contribution = Contribution.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise BadInput(
            "CONTRIBUTION_MALFORMED",
            msg("{place}: {problem}.", place=place[:200], problem=first["msg"].rstrip(".")[:300]),
            next_step=msg("Hand in one JSON object of the schema gonogo/contribution/v1."),
        ) from error
    if contribution.verdict != "PASS" and not contribution.reason.strip():
        raise BadInput(
            "CONTRIBUTION_MALFORMED",
            msg("An objection ({verdict}) needs its reason.", verdict=contribution.verdict),
            where="reason",
            next_step=msg("Say in one sentence what is wrong and where it shows."),
        )
    return contribution


def keep(field: str, contribution: Contribution, exists: Callable[[str], bool]) -> Kept:
    """Sort out the claims that count for the duty that writes ``field``; ``exists`` knows the evidence ids."""
    claims: list[Claim] = []
    dropped: list[tuple[int, str]] = []
    for number, claim in enumerate(contribution.claims):
        rule = problem(field, claim, claims, exists)
        if rule:
            dropped.append((number, rule))
        else:
            claims.append(claim)
    return Kept(contribution, tuple(claims), tuple(dropped))


def problem(field: str, claim: Claim, so_far: list[Claim], exists: Callable[[str], bool]) -> str:
    """Why a claim does not count in the duty that writes ``field``; empty where it does."""
    if claim.kind not in kinds_for(field):
        return "kind"
    if not claim.evidence:
        return "no-evidence"
    if not all(exists(name) for name in claim.evidence):
        return "unknown-evidence"
    if claim.kind == "finding" and sum(one.kind == "finding" for one in so_far) >= FINDINGS:
        return "too-many"
    return ""

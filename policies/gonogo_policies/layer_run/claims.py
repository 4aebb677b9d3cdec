"""What a model may say in a role: claims of the kinds that count in its duty, each with the evidence it rests on.

The form is a chat host's (:mod:`gonogo_policies.contribution`), and so are the rules; but an answer of a model is not
sent back to be mended: one claim is looked at apart from the others, and what is misshapen, cites evidence that there
is not, or gives an instruction is dropped and counted. It has no verdict: the deterministic checks have them all.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple, cast, get_args

from pydantic import ValidationError

from gonogo_evidence.transcripts import plain
from gonogo_policies.contribution import SCHEMA, SPEAKS, Claim, Kind, Level, problem
from gonogo_policies.layer_run.answers import read_answer
from gonogo_policies.layer_run.meaning import instructions_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gonogo_evidence.ids import JSON, JSONObject

MEANS: Final[Mapping[Kind, str]] = {
    "goal": "what this run is for, in one sentence",
    "fact": "something that a file states and the run should know",
    "absent": "something that one would expect in the files and that is not there",
    "non_goal": "something that this run must leave alone",
    "abort": "when this run should be stopped",
    "note": "something that a later reader of the evidence should know",
    "finding": "something that is wrong, unclear or remarkable",
    "risk": "what could go wrong, with likelihood and impact (low, medium or high)",
    "mitigation": "what makes a risk smaller",
    "action": "what the operator should do next",
}
MOST: Final = 5
"""Claims of a kind (runbook section 4 G names at most five findings); of goals there is one."""
MOST_TEXT: Final = 600
MOST_IDS: Final = 12
ANY: Final[JSONObject] = {"type": "object"}


class Words(NamedTuple):
    """What counts of an answer."""

    claims: tuple[Claim, ...]
    dropped: tuple[tuple[int, str], ...]
    """Each claim that does not count, and why: ``shape``, ``instruction``, or a rule of a contribution."""

    def json(self) -> JSONObject:
        """As a contribution is kept, with no objection: a model in a role has none."""
        claims: list[JSON] = [claim.model_dump(exclude_none=True, mode="json") for claim in self.claims]
        dropped: list[JSON] = [{"claim": number, "rule": rule} for number, rule in self.dropped]
        return {"schema": SCHEMA, "verdict": "PASS", "reason": "", "claims": claims, "dropped": dropped}


def words_schema(field: str, evidence: Sequence[str]) -> JSONObject:
    """The schema that a request carries, where its provider supports one."""
    kinds = SPEAKS[field]
    ids: JSON = {"type": "array", "items": {"enum": list(evidence)}, "minItems": 1, "maxItems": MOST_IDS}
    text: JSON = {"type": "string", "minLength": 1, "maxLength": MOST_TEXT}
    known: dict[str, JSON] = {"kind": {"enum": list(kinds)}, "text": text, "evidence": ids}
    if "risk" in kinds:
        graded: JSON = {"enum": [*get_args(Level), None]}
        known |= {"likelihood": graded, "impact": graded}
    claim: JSON = {"type": "object", "properties": known, "required": list(known), "additionalProperties": False}
    claims: JSON = {"type": "array", "items": claim, "maxItems": MOST * len(kinds)}
    return {"type": "object", "properties": {"claims": claims}, "required": ["claims"], "additionalProperties": False}


def read_words(field: str, content: str, evidence: Collection[str]) -> Words:
    """Keep what is a claim of this duty and cites evidence that there is. What cannot be read is one dropped claim."""
    read = read_answer(content, ANY)
    items = None if read.problem else read.value.get("claims")
    if not isinstance(items, list | tuple):
        return Words((), ((0, "shape"),))
    kept: list[Claim] = []
    dropped = [(len(items), "shape")] if set(read.value) != {"claims"} else list[tuple[int, str]]()
    for number, item in enumerate(cast("Sequence[JSON]", items)):
        claim = _claim(item)
        rule = "shape" if claim is None else _rule(field, claim, kept, evidence)
        if claim is None or rule:
            dropped.append((number, rule))
        else:
            kept.append(claim)
    return Words(tuple(kept), tuple(dropped))


def _claim(item: JSON) -> Claim | None:
    try:
        claim = Claim.model_validate_json(json.dumps(item))
    except (ValidationError, ValueError):
        return None
    return claim.model_copy(update={"text": plain(claim.text)}) if len(claim.text) <= MOST_TEXT else None


def _rule(field: str, claim: Claim, so_far: list[Claim], evidence: Collection[str]) -> str:
    if claim.kind not in SPEAKS[field]:
        return "kind"
    if claim.kind == "risk" and None in {claim.likelihood, claim.impact}:
        return "shape"
    if instructions_in(claim.text):
        return "instruction"
    if sum(one.kind == claim.kind for one in so_far) >= (1 if claim.kind == "goal" else MOST):
        return "too-many"
    return problem(field, claim, so_far, evidence.__contains__)

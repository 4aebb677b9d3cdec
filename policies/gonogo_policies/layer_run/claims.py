"""What a model may add to a run's review: goal, findings, risks, mitigations, each with the evidence it rests on.

One claim is looked at apart from the others: one that is misshapen, or names evidence that there is not, is dropped and
counted. Nothing here has a verdict: the deterministic checks have them all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gonogo_evidence.transcripts import plain
from gonogo_policies.layer_run.answers import read_answer
from gonogo_policies.layer_run.meaning import instructions_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from gonogo_evidence.ids import JSON, JSONObject

MOST: Final = 5
"""Claims of a kind; the runbook's step G names at most five findings."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=600)]


class Claim(BaseModel):
    """A sentence and what it rests on."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    text: Words
    evidence: Annotated[list[Words], Field(min_length=1, max_length=12)]


class Weighed(Claim):
    """A risk, from 1 to 5 each way."""

    likelihood: Annotated[int, Field(ge=1, le=5)]
    impact: Annotated[int, Field(ge=1, le=5)]


KINDS: Final[dict[str, type[Claim]]] = {"goal": Claim, "findings": Claim, "risks": Weighed, "mitigations": Claim}
ANY: Final[JSONObject] = {"type": "object"}
C = TypeVar("C", bound=Claim)


@dataclass(frozen=True, slots=True)
class Claims:
    """What was kept of an answer."""

    kept: JSONObject
    """``goal`` (one, or none), ``findings``, ``risks``, ``mitigations``."""
    dropped: int


def claims_schema(evidence: list[str]) -> JSONObject:
    """The schema that a request carries, where its provider supports one."""
    ids: JSON = {"type": "array", "items": {"enum": evidence}, "minItems": 1, "maxItems": 12}
    text: JSON = {"type": "string", "minLength": 1, "maxLength": 600}
    plainly: dict[str, JSON] = {"text": text, "evidence": ids}
    grade: JSON = {"type": "integer", "minimum": 1, "maximum": 5}
    graded: dict[str, JSON] = {**plainly, "likelihood": grade, "impact": grade}
    fields = {name: graded if kind is Weighed else plainly for name, kind in KINDS.items()}
    lists: dict[str, JSON] = {
        name: {
            "type": "array",
            "items": {"type": "object", "properties": known, "required": list(known), "additionalProperties": False},
            "maxItems": 1 if name == "goal" else MOST,
        }
        for name, known in fields.items()
    }
    return {"type": "object", "properties": lists, "required": list(lists), "additionalProperties": False}


def read_claims(content: str, evidence: Collection[str]) -> Claims:
    """Keep what is a claim and cites evidence that there is. An answer that cannot be read is one dropped claim."""
    read = read_answer(content, ANY)
    if read.problem:
        return Claims({name: [] for name in KINDS}, 1)
    kept: dict[str, JSON] = {}
    dropped = len(set(read.value) - set(KINDS))
    for name, kind in KINDS.items():
        given = read.value.get(name, [])
        items = list(given) if isinstance(given, list | tuple) else [None]
        found = [one for item in items if (one := _claim(kind, item, evidence)) is not None]
        good = found[: 1 if name == "goal" else MOST]
        kept[name] = good
        dropped += len(items) - len(good)
    return Claims(kept, dropped)


def _claim(kind: type[C], item: JSON, evidence: Collection[str]) -> JSONObject | None:
    try:
        claim = kind.model_validate(json.loads(json.dumps(item)))
    except ValidationError:
        return None
    if not set(claim.evidence) <= set(evidence) or instructions_in(claim.text):
        return None
    return cast("JSONObject", {**claim.model_dump(), "text": plain(claim.text)})

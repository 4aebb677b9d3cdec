"""The JSON Schemas of what a proposer and a critic may answer. Strict: no key that is not named, nothing left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSON, JSONObject

DECISIONS: Final = ("APPROVE", "APPROVE_WITH_CHANGES", "REJECT")
SEVERITIES: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
TEXT: Final[JSONObject] = {"type": "string", "minLength": 1, "maxLength": 4000}
MOST_ITEMS: Final = 24
PER_INPUT: Final = 4
"""So many claims an input: who was shown one file has not found twenty things in it."""
CLAIMS: Final = frozenset({"findings", "changes", "hypotheses", "sources"})
"""Fields that are lists of claims: words, and the evidence they rest on."""
LISTS: Final = frozenset({"limitations", "no_trade_triggers", "risk_checklist"})
"""Fields that are lists of words."""


def proposal_schema(
    fields: Sequence[str], types: Sequence[str], evidence: Sequence[str], decisions: Sequence[str]
) -> JSONObject:
    """The schema of a proposer's answer.

    Args:
        fields: what the scope's output contract demands.
        types: the output types that the scope allows.
        evidence: the ids of the inputs (``E1``, ...): nothing else can be cited.
        decisions: the words that a field ``decision`` may hold.
    """
    properties: dict[str, JSON] = {"output_type": {"enum": list(types)}}
    properties |= {name: _field(name, evidence, decisions) for name in fields}
    return _closed(properties)


def critic_schema(evidence: Sequence[str]) -> JSONObject:
    """The schema of a critic's answer. ``P`` cites the proposal itself."""
    return _closed(
        {
            "decision": {"enum": list(DECISIONS)},
            "rationale": TEXT,
            "evidence_ids": _ids([*evidence, "P"]),
            "required_changes": {"type": "array", "items": TEXT, "maxItems": MOST_ITEMS},
        }
    )


def _field(name: str, evidence: Sequence[str], decisions: Sequence[str]) -> JSON:
    if name in CLAIMS:
        return _list(_closed({"text": TEXT, "evidence": _ids(evidence)}), PER_INPUT * len(evidence))
    if name == "scenarios":
        return _list(_closed({"name": TEXT, "text": TEXT, "uncertainty": TEXT, "evidence": _ids(evidence)}))
    if name in LISTS:
        return _list(TEXT)
    match name:
        case "evidence_ids":
            return _ids(evidence)
        case "decision":
            return {"enum": list(decisions)}
        case "severity":
            return {"enum": list(SEVERITIES)}
        case _:
            return TEXT


def _ids(evidence: Sequence[str]) -> JSONObject:
    return {"type": "array", "items": {"enum": list(evidence)}, "minItems": 1, "maxItems": max(1, len(evidence))}


def _list(items: JSON, most: int = MOST_ITEMS) -> JSONObject:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": max(1, min(most, MOST_ITEMS))}


def _closed(properties: JSONObject) -> JSONObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }

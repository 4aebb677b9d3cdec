"""Who did a run, as its pack records it. From sealed bytes alone, so that commit and verify say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import canonical, dsse
from gonogo_policies.separation import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gonogo_evidence.ids import JSON, JSONObject

SIDES: Final = ("proposer", "critic")
SMOKE: Final = "smoke"


ENVELOPES: Final = ("attestations", "review")
"""The folders of a pack in which duties are attested."""
DUTY: Final = "urn:gonogo:duty:v1"
FIELDS: Final = {
    "scope_plan": "planner",
    "execution": "executor",
    "validation": "validator",
    "pack": "scribe",
    "risk_review": "risk_officer",
}
"""Who wrote a field is an actor. The plan of the gates is its executor's own: CI_GUARDIAN plans and runs them."""


def actors_of(core: JSONObject, environment: JSONObject, envelopes: Iterable[bytes] = ()) -> dict[str, tuple[str, ...]]:
    """The actors of a sealed run; what is not recorded is not in it, and so not known.

    ``commit_author`` holds authors and co-authors of the change, ``run_starter`` who is named as the operator; both are
    claims of git and of whoever started the run. Models are those of the recorded responses
    (``execution.value.models.<side>``, ``model`` and ``family``); where no model ran they are ``none``.

    Args:
        core: ``core/pack.json``.
        environment: ``environment.json``, for the mode.
        envelopes: DSSE envelopes of the pack, whose signatures are checked elsewhere. Those of duties name the key of
            the role that did them; all others are passed over.
    """
    found = {
        "commit_author": _words(core.get("commit_authors")),
        "run_starter": _words([core.get("operator_id")]),
        **_roles(envelopes),
        **_models(_object(_object(core.get("execution")).get("value")), environment.get("mode")),
    }
    return {actor: names for actor, names in found.items() if names}


def _roles(envelopes: Iterable[bytes]) -> dict[str, tuple[str, ...]]:
    """The keys of the roles, by what they wrote."""
    found: dict[str, set[str]] = {}
    for data in envelopes:
        envelope = dsse.parse(data)
        if DUTY.encode() not in envelope.payload:  # canonical bytes spell it in this one way
            continue
        statement = canonical.loads_object(envelope.payload)
        actor = FIELDS.get(str(_object(statement.get("predicate")).get("field")))
        if statement.get("predicateType") == DUTY and actor is not None:
            found.setdefault(actor, set()).add(envelope.keyid)
    return {actor: tuple(sorted(keys)) for actor, keys in found.items()}


def _models(execution: JSONObject, mode: JSON) -> dict[str, tuple[str, ...]]:
    skipped = execution.get("skipped") is True and "code" not in execution  # with a code it began, and broke off
    if execution.get("model_ran") is False or skipped or (mode == SMOKE and execution.get("model_ran") is not True):
        return {f"{side}_{what}": (NONE,) for side in SIDES for what in ("model", "family")}
    answered = _object(execution.get("models"))
    return {
        f"{side}_{what}": _words([_object(answered.get(side)).get(what)])
        for side in SIDES
        for what in ("model", "family")
    }


def _object(value: JSON) -> JSONObject:
    return cast("Mapping[str, JSON]", value) if isinstance(value, dict) else {}


def _words(value: JSON) -> tuple[str, ...]:
    """The words of a list; none at all where one of them is no word: half a list is not who did it."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        return ()
    return tuple(str(item) for item in value)

"""Who did a run, as its pack records it. From sealed bytes alone, so that commit and verify say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from gonogo_policies.separation import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON, JSONObject

SIDES: Final = ("proposer", "critic")
SMOKE: Final = "smoke"


def actors_of(core: JSONObject, environment: JSONObject) -> dict[str, tuple[str, ...]]:
    """The actors of a sealed run; what is not recorded is not in it, and so not known.

    ``commit_author`` holds authors and co-authors of the change, ``run_starter`` who is named as the operator; both are
    claims of git and of whoever started the run. Models are those of the recorded responses
    (``execution.value.models.<side>``, ``model`` and ``family``); where no model ran they are ``none``.

    Args:
        core: ``core/pack.json``.
        environment: ``environment.json``, for the mode.
    """
    found = {
        "commit_author": _words(core.get("commit_authors")),
        "run_starter": _words([core.get("operator_id")]),
        **_models(_object(_object(core.get("execution")).get("value")), environment.get("mode")),
    }
    return {actor: names for actor, names in found.items() if names}


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

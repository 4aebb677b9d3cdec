"""Errors as plain values, so that they can cross a pipe: class, code, words with their template, place, next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, Failed, GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.text import Text, from_json, msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON

BRANCHES: Final = {branch.__name__: branch for branch in (Failed, BadInput, Inconclusive, Refused, IntegrityBroken)}
_LONGEST: Final = 4000
"""Characters of one sentence that are taken from a worker."""


def told(error: GonogoError) -> dict[str, object]:
    """An error of ours as JSON."""
    branch = next((name for name, kind in BRANCHES.items() if isinstance(error, kind)), "Inconclusive")
    return {
        "branch": branch,
        "code": error.code,
        "what": error.what.json(),
        "where": error.where,
        "next_step": None if error.next_step is None else error.next_step.json(),
    }


def read(said: Mapping[str, JSON]) -> GonogoError:
    """The error again. What does not fit is left out; an error with nonsense in it is still an error."""
    branch, code = BRANCHES.get(str(said.get("branch")), Inconclusive), str(said.get("code", ""))[:80]
    step = None if said.get("next_step") is None else _sentence(said.get("next_step"))
    return branch(code, _sentence(said.get("what")), where=str(said.get("where", ""))[:_LONGEST], next_step=step)


def _sentence(stored: JSON) -> Text:
    try:
        text = from_json(stored)
    except ValueError:
        return msg("No reason was given.")
    return text if len(str(text)) <= _LONGEST else msg("No reason was given.")

"""What models said in roles of this run, where the driver is ``model``: one soft check about it, and no verdict.

A claim stands only with ids of evidence that its role was shown; the engine dropped the others, and says how many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.shapes import as_object, check, objects_of
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.duty import View
    from gonogo_evidence.ids import JSONObject


def model_words(view: View, said: Sequence[JSONObject]) -> list[JSONObject]:
    """G-MODEL; none in a run with another driver."""
    if as_object(view.get("inputs")).get("driver") != "model":
        return []
    kept = sum(len(objects_of(one.get("claims"))) for one in said)
    dropped = sum(len(objects_of(one.get("dropped"))) for one in said)
    silent = [f"{one.get('role')} ({why})" for one in said if (why := as_object(one.get("by")).get("failure"))]
    if not kept:
        text = msg(
            "No model has said anything that counts; dropped: {dropped}. {why}", dropped=dropped, why=_first(silent)
        )
        return [check("G-MODEL", "INCONCLUSIVE", text, hard=False, basis="absent")]
    text = msg(
        "Claims of models in {roles} roles that cite evidence: {kept}; dropped: {dropped}. {why}",
        roles=len({str(one.get("role")) for one in said}),
        kept=kept,
        dropped=dropped,
        why=_first(silent),
    )
    return [check("G-MODEL", "PASS", text, hard=False, basis="asserted")]


def _first(silent: Sequence[str]) -> str:
    return f"silent: {'; '.join(silent)}"[:300] if silent else ""

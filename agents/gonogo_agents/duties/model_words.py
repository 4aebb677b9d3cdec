"""What a model says of a run's evidence, where the driver is ``model``: beside the deterministic review, never in it.

A claim stands only with ids of checks that there are; the engine dropped the others, and here it is looked at again.
No verdict hangs on it: the checks of the code have run, and they hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from gonogo_agents.duties.facts.shapes import as_object, check, number_of, objects_of, strings_of
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import msg
from gonogo_policies.results import DUTIES, as_json, checks_of

if TYPE_CHECKING:
    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject

KINDS = ("goal", "findings", "risks", "mitigations")


class ModelWords(NamedTuple):
    """The part of the review that a model wrote, and the soft check about it."""

    value: JSONObject
    check: JSONObject


def model_words(view: View, ask: Ask) -> ModelWords | None:
    """Ask, where the run has the driver ``model``; None for any other."""
    if as_object(view.get("inputs")).get("driver") != "model":
        return None
    try:
        told = as_object(ask("model.invoke", side="review"))
    except GonogoError as error:
        return ModelWords({"failure": as_json(error.what)}, _absent(str(error.what)))
    known = {str(one.get("id")) for duty in DUTIES for one in checks_of(view, duty)}
    claims = as_object(told.get("claims"))
    kept: dict[str, JSON] = {
        name: [one for one in objects_of(claims.get(name)) if _cites(one, known)] for name in KINDS
    }
    count = sum(len(cast("list[JSON]", kept[name])) for name in KINDS)
    lost = sum(len(objects_of(claims.get(name))) for name in KINDS) - count
    dropped = number_of(told.get("dropped")) + lost
    value: dict[str, JSON] = {
        "prose": "written by a model; each claim cites checks, none was checked",
        **{name: told.get(name) for name in ("asked", "model", "template", "exchange")},
        **kept,
        "dropped": dropped,
    }
    failure = as_object(as_object(told.get("exchange")).get("failure"))
    if failure:
        return ModelWords(value, _absent(f"{failure.get('kind')}: {failure.get('text')}"[:300]))
    text = msg(
        "Claims of {model} that cite checks: {kept}; dropped: {dropped}.",
        model=str(told.get("model")),
        kept=count,
        dropped=dropped,
    )
    return ModelWords(value, check("G-MODEL", "PASS" if count else "INCONCLUSIVE", text, hard=False, basis="asserted"))


def _cites(claim: JSONObject, known: set[str]) -> bool:
    ids = strings_of(claim.get("evidence"))
    return bool(ids) and set(ids) <= known


def _absent(why: str) -> JSONObject:
    return check(
        "G-MODEL", "INCONCLUSIVE", msg("No model has said anything: {why}", why=why), hard=False, basis="absent"
    )

"""Attacks by a role: it asks for more than its scope, hands back what is not its own, reads what nobody gave it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from gonogo.attacks.interface import Result, allowed, executed, refused, refused_by
from gonogo.attacks.moves import play_run
from gonogo_agents.workers.crew import Workers
from gonogo_evidence.canonical import loads_object
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator

    from gonogo.attacks.interface import Moves
    from gonogo.attacks.stage import Stage
    from gonogo_evidence.ids import JSON, JSONObject

ENEMIES = "gonogo_agents.workers.enemy"
SECRET = "nobody-reads-this"  # noqa: S105 - nobody's
CONFINED = "confined"


def _play(stage: Stage, enemy: str, **options: str) -> Generator[None, None, tuple[JSONObject, list[str], str]]:
    """A run whose facts collector is this enemy: what it handed back, what was refused, and how it was held."""
    with closing(Workers(stage.world, bodies=f"{ENEMIES}:{enemy}")) as crew:
        level = crew.seat("FACTS_COLLECTOR").level
        yield
        run_id = play_run(stage, "HEAD", crew=crew, **options)
    with stage.run(run_id) as context:
        codes = [one.code for one in context.store.refusals(context.run_id)]
        data = (context.folder.results / "inventory.json").read_bytes().partition(b"\n")[0]
    return loads_object(data), codes, level


def _observed(result: JSONObject, name: str) -> JSON:
    observed = result.get("observed")
    return observed.get(name) if isinstance(observed, dict) else None


@refused_by("SCOPE_DENIED")
def beyond_scope(stage: Stage) -> Moves:
    """A role asks for a gate, a secret and the seal."""
    result, codes, _ = yield from _play(stage, "BEYOND")
    if answered := _observed(result, "answered"):
        return executed(msg("the broker did: {verbs}", verbs=str(answered)))
    return refused(codes[0]) if codes else None


@refused_by("WORKER_FOREIGN_RESULT")
def foreign_field(stage: Stage) -> Moves:
    """A role hands back the field of another one."""
    result, codes, _ = yield from _play(stage, "ANOTHER")
    if result["verdict"] == "PASS":
        return executed(msg("it was taken as {field}", field=str(result["field"])))
    return refused(codes[0]) if codes else None


@refused_by(CONFINED)
def role_reads(stage: Stage) -> Moves:
    """A role's code reads a file of the operator's home."""
    place = stage.folder / "home" / "private"
    place.write_text(SECRET)
    result, _, level = yield from _play(stage, "READER", dataset=str(place))
    if _observed(result, "read") != SECRET:
        return refused(CONFINED) if _observed(result, "refused") == "PermissionError" else None
    return _unconfined(level)


def _unconfined(level: str) -> Result:
    """Where the system holds no role, every card says so; the operator may ask for more (--require-isolation)."""
    return executed(msg("a confined role read it")) if level == "sealed" else allowed("isolation", level)

"""The gates that had to be planned: those that the configuration declares, which the core names by digest.

Whether the named files declare just these gates, only their bytes tell: who has them asks further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.attest.parts import listing, mapping
from gonogo_evidence.declared_gates import declares_gates
from gonogo_evidence.seal import CORE
from gonogo_evidence.text import msg
from gonogo_evidence.verify.open import PLAN
from gonogo_evidence.verify.report import Check, broken, every, limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "verdict.gates"


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """The plan names every gate that the configuration declares, and the core's very files. An older plan says less."""
    plan = pack.json(PLAN).get("gates")
    if not isinstance(plan, dict) or "gates" not in plan:
        return ()
    if "declared" not in plan:
        words = msg("The plan does not say which gates its configuration declared: one may have been left out.")
        return (limit(ID, "GATES_NOT_DECLARED", words, area="verdict", where=PLAN),)
    names = planned(plan)
    good = msg("{count} gates were declared, and each of them was planned.", count=len(names))
    return every(ID, _problems(plan, names, mapping(pack.json(CORE).get("config"))), good, area="verdict")


def planned(plan: JSONObject) -> set[str]:
    """The names of the gates in what duty 4 handed back."""
    return {str(mapping(gate).get("name")) for gate in listing(plan.get("gates"))}


def left_out(names: Iterable[JSON], plan: JSONObject, where: str) -> Iterator[Check]:
    """Gates that a file declares and the plan does not name."""
    for name in sorted(set(map(str, names)) - planned(plan)):
        words = msg("The gate {gate} is declared, and was not planned.", gate=name)
        yield broken(ID, "GATE_NOT_PLANNED", words, area="verdict", where=where)


def _problems(plan: JSONObject, names: set[str], config: JSONObject) -> Iterator[Check]:
    said = {str(mapping(one).get("file")): mapping(one) for one in listing(plan.get("declared"))}
    files = {key: mapping(entry) for key, entry in config.items() if declares_gates(key)}
    for key in sorted(said.keys() | files.keys()):
        if _bytes_of(files, key) != _bytes_of(said, key):
            words = msg("The plan was made from another file than the core names.")
            yield broken(ID, "PLAN_CONFIG_DIFFERS", words, area="verdict", where=f"{CORE} $.config.{key}")
    declared = [name for one in said.values() for name in listing(one.get("gates"))]
    yield from left_out(declared, plan, PLAN)
    for name in sorted(names - {str(one) for one in declared}):
        words = msg("The gate {gate} was planned, and no file declares it.", gate=name)
        yield broken(ID, "GATE_NOT_DECLARED", words, area="verdict", where=PLAN)


def _bytes_of(files: dict[str, JSONObject], key: str) -> list[JSON]:
    """Which bytes, and which side's."""
    return [files.get(key, {}).get(name) for name in ("origin", "sha256")]

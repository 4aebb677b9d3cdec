"""Duties that come to a chosen verdict: values with the checks that the criteria read, and the real duty 9."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from gonogo_agents.duties.recommend import recommend
from gonogo_agents.duty import Result
from gonogo_evidence import canonical
from gonogo_graph.table import FIELDS
from gonogo_policies.criteria import before_seal, criteria, inconclusive, overall
from proof.state import AUTHOR, STARTER, Crash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.duty import Ask, DutyBody, View
    from gonogo_evidence.ids import JSON
    from gonogo_evidence.verdict import Verdict
    from proof.world import Disk

CHECKS: Mapping[str, tuple[str, ...]] = {
    "preflight_snapshot": ("A-LIVE",),
    "inventory": ("B-SCHEMA",),
    "scope_plan": ("C-SCOPE",),
    "gate_plan": ("C-GATES",),
    "execution": ("D-INPUTS", "D-OUTPUTS"),
    "validation": ("E-GATES",),
    "pack": ("F-CANONICAL", "F-VERIFY"),
    "risk_review": ("G-RISKS",),
}


class Fault(Exception):
    """A duty's body fell over: the player makes INCONCLUSIVE of it."""


class Script:
    """Says what the next duty comes to; at the one after it the process dies, so that every state is seen."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.verdict: Verdict | None = None
        self.asked = ""
        """The duty that was played last."""

    def bodies(self) -> dict[str, DutyBody]:
        """A body for each field of the table."""
        return {field: cast("DutyBody", self._body(field)) for field in FIELDS}

    def _body(self, field: str) -> Callable[[View, Ask], Result]:
        def body(view: View, ask: Ask, /) -> Result:
            del ask
            verdict, self.verdict = self.verdict, None
            if verdict is None:
                raise Crash(field)
            self.asked = field
            if verdict == "INCONCLUSIVE" and field != "pack":
                raise Fault(field)
            if field == "recommendation":
                return _recommendation(_Known(self._disk.now.results, view), verdict)
            if field == "pack" and self._disk.now.core is None:  # it seals once, whatever is asked again
                self._disk.write("seal", core=_core(_Known(self._disk.now.results, view)))
            return Result(verdict, _value(self._disk, field, verdict), {"versions": {"git": "2"}})

        return body


def _check(name: str, verdict: Verdict) -> dict[str, JSON]:
    return {"id": name, "hard": True, "verdict": verdict, "basis": "measured", "text": "Said.", "pointers": []}


def _value(disk: Disk, field: str, verdict: Verdict) -> dict[str, JSON]:
    value: dict[str, JSON] = {"checks": [_check(name, verdict) for name in CHECKS[field]]}
    if field == "validation":
        value["gates"] = [{"name": "Lint Gate", "hard": True, "verdict": verdict, "checked": 3, "read_change": True}]
    if field == "risk_review":
        value["risks"] = [{"rule": "R-1"}]
    if field == "pack":
        core = disk.now.core or b""
        value |= {"pack_id": "EVP", "core_digest": canonical.digest_of(core), "pack_digest": disk.pack_digest()}
    return value


class _Known:
    """A view, and what it follows from: duties are pure, so each is asked once about the same results."""

    def __init__(self, results: tuple[tuple[str, bytes], ...], view: View) -> None:
        self.results, self.view = tuple(one for one in results if one[0] != "recommendation"), view

    def __hash__(self) -> int:
        return hash(self.results)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and self.results == other.results


@cache
def _core(known: _Known) -> bytes:
    """The core that duty 7 seals, as far as anybody reads it later."""
    found = criteria(known.view)
    core = {
        "verdict": overall(known.view, before_seal(found)),
        "inconclusive": [{"id": point.id} for point in inconclusive(known.view)],
        "operator_id": STARTER,
        "commit_authors": [AUTHOR],
    }
    return canonical.dumps(cast("JSON", core))


@cache
def _recommendation(known: _Known, verdict: Verdict) -> Result:
    made = recommend(known.view, cast("Any", None))
    if verdict == "PASS":
        return made
    return Result(verdict, {**made.value, "checks": [_check("G-RECOMMENDATION", verdict)]}, made.observed)

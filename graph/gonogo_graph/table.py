"""The state machine as a table of nine duties, and the pure functions that read it.

The graph is computed from here, and so is the exhaustive exploration in the tests: what is not in the table cannot
happen.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

from gonogo_evidence.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_agents.duty import Role

SIGN_OFF: Final = "sign_off"
"""The hold point: where :func:`where` sends a run that has no duty left."""


class Duty(NamedTuple):
    """One row: who does what in which step, and which field only that role may write."""

    number: int
    step: str
    role: Role
    writes: str
    name: str
    always: bool = False
    """Runs after a failure too, so that a NO-GO has evidence."""


DUTIES: Final = (
    Duty(1, "A", "ORCHESTRATOR", "preflight_snapshot", "preflight"),
    Duty(2, "B", "FACTS_COLLECTOR", "inventory", "inventory"),
    Duty(3, "C", "SCOPE_KEEPER", "scope_plan", "run plan: scope"),
    Duty(4, "C", "CI_GUARDIAN", "gate_plan", "run plan: gates"),
    Duty(5, "D", "ORCHESTRATOR", "execution", "layer run"),
    Duty(6, "E", "CI_GUARDIAN", "validation", "validate"),
    Duty(7, "F", "EVIDENCE_SCRIBE", "pack", "finalize", always=True),
    Duty(8, "G", "RISK_OFFICER", "risk_review", "risk review", always=True),
    Duty(9, "G", "ORCHESTRATOR", "recommendation", "recommendation", always=True),
)
FIELDS: Final = tuple(duty.writes for duty in DUTIES)


def due(verdicts: Mapping[str, Verdict]) -> Duty | None:
    """The next duty; after a failure only those that always run. None: it is the operator's turn."""
    failed = any(verdict != "PASS" for verdict in verdicts.values())
    return next((d for d in DUTIES if d.writes not in verdicts and (d.always or not failed)), None)


def settle(verdicts: Mapping[str, Verdict], duty: Duty, verdict: Verdict) -> dict[str, Verdict]:
    """The verdicts after this duty. What a failure skips is INCONCLUSIVE, never absent."""
    after: dict[str, Verdict] = {**verdicts, duty.writes: verdict}
    following = due(after)
    for skipped in DUTIES[: following.number - 1 if following else None]:
        after.setdefault(skipped.writes, "INCONCLUSIVE")
    return after


def where(verdicts: Mapping[str, Verdict]) -> str:
    """The one routing function: the role whose duty is next, or the hold point."""
    duty = due(verdicts)
    return duty.role if duty else SIGN_OFF


def paths(verdicts: Mapping[str, Verdict]) -> Iterator[tuple[str, str, dict[str, Verdict]]]:
    """The whole machine from here on: (place, next place, verdicts then)."""
    if duty := due(verdicts):
        for verdict in get_args(Verdict):
            after = settle(verdicts, duty, verdict)
            yield duty.role, where(after), after
            yield from paths(after)


@cache
def edges() -> frozenset[tuple[str, str]]:
    """Every transition between places that some run can take."""
    return frozenset((here, there) for here, there, _ in paths({}))


def graph_version() -> str:
    """A digest over duties, edges and state schema, pinned to a run so that a resume on other code is noticed."""
    shape = repr((DUTIES, sorted(edges()), SCHEMA_VERSION))
    return hashlib.sha256(shape.encode()).hexdigest()[:16]


SCHEMA_VERSION: Final = 1
"""Of the graph's state; raised when a field changes its meaning."""

"""Which drill is next: the predecessor's meta-drill weighting, over what this operator has and has not shown.

Six values of 1 to 5, weighted 3, 3, 2, 2, 2 and 1: at most 65 points (interop.md, part 6). Two of them follow from the
history: what the drill would teach this operator, and how overdue it is.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from gonogo.drills.history import ROUND, standings
from gonogo.drills.registry import DRILLS
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo.drills.interface import Drill
    from gonogo.drills.session import Session

WEIGHTS: Final[Mapping[str, int]] = {"value": 3, "risk": 3, "frequency": 2, "time": 2, "determinism": 2, "load": 1}
MOST: Final = 5
RISK: Final = {"D01": 4, "D02": 5, "D03": 5, "D04": 3, "D05": 2, "D06": 5, "D07": 4, "D08": 3}
"""What it costs in production to be bad at it, 5 the most: what reaches main or passes as evidence weighs most."""
LOAD: Final = {"D03": 3, "D04": 4, "D06": 4, "D07": 4}
"""How little it needs, 5 the least: a stand-in for gh, or keys, is something more that can fail."""


class Choice(NamedTuple):
    """A drill, its points, and the sentence that says why."""

    drill: str
    points: int
    why: Text
    missed: str
    """The criterion that this operator missed most in it; empty for none."""


def ranked(sessions: Sequence[Session], now: datetime) -> list[Choice]:
    """Every drill, the one to do next first; of equals the earlier one."""
    passed = {one.drill: one.passed for one in standings(sessions, now)}
    found = [_choice(drill, sessions, passed[drill.drill_id], now) for drill in DRILLS]
    return sorted(found, key=lambda one: (-one.points, one.drill))


def _choice(drill: Drill, sessions: Sequence[Session], passed: str, now: datetime) -> Choice:
    scored = [one.scored for one in sessions if one.drill == drill.drill_id and one.scored]
    missed = Counter(one["criterion"] for card in scored[-3:] for one in card["criteria"] if one["verdict"] != "PASS")
    worst = max(sorted(missed), key=missed.__getitem__, default="")
    values = {
        "value": min(MOST, (3 if not passed else 1) + sum(missed.values())),
        "risk": RISK[drill.drill_id],
        "frequency": _overdue(passed, now),
        "time": max(1, MOST + 2 - (drill.minutes + 4) // 5),
        "determinism": MOST,
        "load": LOAD.get(drill.drill_id, MOST),
    }
    points = sum(weight * values[name] for name, weight in WEIGHTS.items())
    return Choice(drill.drill_id, points, _why(drill, points, passed, missed[worst] if worst else 0), worst)


def _overdue(passed: str, now: datetime) -> int:
    """1 for just passed, 4 for due, 5 for never or long overdue."""
    if not passed:
        return MOST
    return min(MOST, 1 + int(3 * ((now - datetime.fromisoformat(passed)) / ROUND)))


def _why(drill: Drill, points: int, passed: str, missed: int) -> Text:
    if not passed:
        return msg(
            "{drill} is next, {points} of 65 points: never passed, criteria missed: {missed}, {minutes} minutes.",
            drill=drill.drill_id,
            points=points,
            missed=missed,
            minutes=drill.minutes,
        )
    return msg(
        "{drill} is next, {points} of 65 points: passed on {day}, criteria missed: {missed}, {minutes} minutes.",
        drill=drill.drill_id,
        points=points,
        day=passed[:10],
        missed=missed,
        minutes=drill.minutes,
    )

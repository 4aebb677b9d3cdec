"""What past sessions say: which drills were passed when, which are due, and which criteria fail most."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gonogo.drills.registry import DRILLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo.drills.session import Session

CADENCE = timedelta(days=7)
"""One drill a week at least (runbook, section 3): each comes round after as many weeks as there are drills."""


ROUND = CADENCE * 8
"""After so long each drill is due again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One drill of one operator."""

    drill: str
    tries: int
    passed: str
    """When it was last passed, ISO 8601; empty for never."""
    due: bool


def standings(sessions: Sequence[Session], now: datetime) -> list[Standing]:
    """Every drill, in its order."""
    found: list[Standing] = []
    for drill in DRILLS:
        scored = [one.scored for one in sessions if one.drill == drill.drill_id and one.scored]
        passed = max((str(card["ended"]) for card in scored if card["verdict"] == "PASS"), default="")
        due = not passed or now - datetime.fromisoformat(passed) > ROUND
        found.append(Standing(drill.drill_id, len(scored), passed, due))
    return found


def weakest(sessions: Sequence[Session], count: int = 3) -> list[tuple[str, int]]:
    """The criteria that were missed most often, as ``D01 notes``, with how often."""
    missed = Counter(
        f"{session.drill} {one['criterion']}"
        for session in sessions
        for one in session.scored.get("criteria", ())
        if one["verdict"] != "PASS"
    )
    return sorted(missed.items(), key=lambda one: (-one[1], one[0]))[:count]


def competence(sessions: Sequence[Session]) -> list[tuple[str, int, Session]]:
    """After each scored session: its day, how many drills were passed and not due on it, and the session."""
    scored = sorted((one for one in sessions if one.scored), key=lambda one: str(one.scored["ended"]))
    found: list[tuple[str, int, Session]] = []
    for number, one in enumerate(scored, start=1):
        ended = str(one.scored["ended"])
        standing = standings(scored[:number], datetime.fromisoformat(ended))
        found.append((ended[:10], sum(not drill.due for drill in standing), one))
    return found

"""Everything that can happen to a run, explored; and holes, which the exploration must find.

``python -m tests.proof`` explores more of it (every evidence, every policy) and prints how much was visited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proof import parts
from proof.holes import HOLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from proof.explore import Explored
    from proof.holes import Hole
    from proof.state import State


@pytest.fixture(scope="session")
def duties() -> Explored:
    return parts.duties()


@pytest.fixture(scope="session")
def waiting(duties: Explored) -> tuple[State, ...]:
    """A run at the hold point for each different evidence."""
    return parts.evidence(duties)


def test_every_verdict_of_every_duty_and_every_death(duties: Explored) -> None:
    assert duties.broken == []
    assert len(duties.came) > 4_000
    assert duties.transitions > 60_000
    ways = {state.shown for state in duties.came if state.thread is not None and state.thread.waiting}
    assert len({shown for shown in ways if len(shown) == 9}) == 81, "none skipped: at most the sixth did not pass"
    assert len(ways) == 351, "every path of the table's 525 transitions reached the hold point"


def test_strayed_and_lost_checkpoints_and_another_graph() -> None:
    found = parts.disturbed_duties()
    assert found.broken == []
    assert len(found.came) > 2_000


def test_every_evidence_is_one_of_these(waiting: tuple[State, ...]) -> None:
    assert len(waiting) == 57


@pytest.mark.parametrize("policy", parts.POLICIES)
def test_every_signoff_right_and_wrong(policy: str, waiting: tuple[State, ...]) -> None:
    found = parts.signoffs(parts.POLICIES[policy], parts.by_verdict(waiting))
    assert found.broken == []
    decided = {state.ledger.spent[0].decision for state in found.came if state.ledger.spent}
    assert decided == ({"NO-GO"} if "two" in policy else {"GO", "GO-WITH-CONDITIONS", "NO-GO"})


@pytest.mark.parametrize("policy", parts.POLICIES)
def test_every_course_of_a_decision_and_no_go_is_always_possible(policy: str, waiting: tuple[State, ...]) -> None:
    found = parts.decisions(parts.POLICIES[policy], parts.by_verdict(waiting), most=0)
    assert found.broken == []
    waits = parts.no_go_is_possible(parts.POLICIES[policy], found)
    assert waits.broken == ()
    assert waits.states > 20


def test_whatever_disturbs_a_decision(waiting: tuple[State, ...]) -> None:
    found = parts.decisions(parts.FORMAL, parts.by_verdict(waiting)[:1], signers=("bob",))
    assert found.broken == []
    waits = parts.no_go_is_possible(parts.FORMAL, found)
    assert waits.broken == ()
    assert waits.states > 100


def test_an_intent_is_settled_by_looking(waiting: tuple[State, ...]) -> None:
    """AMBIGUOUS: whatever the clock says by then, the same outcome is finished, and nothing is asked again."""
    found = parts.decisions(parts.FORMAL, parts.by_verdict(waiting), most=0)
    left = [state for state in found.came if state.ledger.spent and state.ledger.spent[0].state == "INTENT"]
    assert len(left) > 20
    for late in (0, 2):
        for before, after in parts.resumed(parts.FORMAL, left, hour=late):
            (was,), (now,) = before.ledger.spent, after.ledger.spent
            assert (now.decision, now.outcome, now.state) == (was.decision, was.outcome, "DONE")
            assert after.ledger.signoffs == before.ledger.signoffs


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.what)
def test_a_planted_hole_is_found_with_the_shortest_way_there(
    hole: Hole, waiting: tuple[State, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    policies, start = parts.POLICIES[hole.policy], parts.by_verdict(waiting)
    monkeypatch.setattr(hole.place, hole.instead)
    explored: dict[str, Callable[[], Explored]] = {
        "duties": parts.duties,
        "sign-offs": lambda: parts.signoffs(policies, (*start, *waiting[:8])),
        "decisions": lambda: parts.decisions(policies, start),
    }
    (broken,) = explored[hole.part]().broken
    assert hole.finds in broken.invariant
    assert len(broken.path) == hole.steps, str(broken)

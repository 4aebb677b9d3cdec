"""No answer of a drill can be learned by heart: over the seeds each is right now and wrong then. Nothing is built."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gonogo.drills import DRILLS
from gonogo.drills.d02 import FAULTS as FAULTS_D02
from gonogo.drills.d03 import FAULTS as FAULTS_D03
from gonogo.drills.d04 import LOGS
from gonogo.drills.d05 import REFS
from gonogo.drills.d06 import REASONS
from gonogo.drills.d07 import INCIDENTS
from gonogo.drills.interface import Dice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gonogo.drills.interface import Drill, Planted

SEEDS = range(50)
MOST = 0.85
"""Of the seeds: as often one answer may be the right one."""


Answers: TypeAlias = "list[tuple[str, str]]"
"""Questions and their right answers on one desk."""


def noted(*facts: str) -> Callable[[Planted], Answers]:
    """Each fact is a question."""
    return lambda drawn: [(fact, drawn[fact][0]) for fact in facts]


def column(*facts: str) -> Callable[[Planted], Answers]:
    """Each column is a question to each row: ``name=word``."""
    return lambda drawn: [(fact, one.rsplit("=", 1)[1]) for fact in facts for one in drawn[fact]]


def among(question: str, known: Iterable[str], drawn: Iterable[str]) -> Answers:
    """Whether each of these is there is a question."""
    there = set(drawn)
    return [(f"{question}: {one}", "yes" if one in there else "no") for one in known]


def d01(drawn: Planted) -> Answers:
    """The notes."""
    branch = drawn["home"][0] if drawn["position"] == ["branch"] else "DETACHED"
    return [*noted("dirty", "unpushed", "status")(drawn), ("branch", branch)]


def d03(drawn: Planted) -> Answers:
    """Is this pack sound, and is there one with this fault?"""
    sound = [("sound", "yes" if kind == "ok" else "no") for kind in drawn["kinds"]]
    return [*sound, *among("fault", FAULTS_D03, drawn["kinds"])]


def d04(drawn: Planted) -> Answers:
    """What is done, how soon, and what there is to be found."""
    kinds = [one.rsplit("=", 1)[1] for one in drawn["classes"]]
    return [*column("actions", "priorities")(drawn), *among("class", [*LOGS, "never-reported"], kinds)]


def d05(drawn: Planted) -> Answers:
    """Is this reference, which stands there, broken?"""
    standing = [target for ref, target in REFS.items() if ref in {*drawn["season"], *drawn["carriers"]}]
    return among("missing", standing, drawn["missing"])


def d06(drawn: Planted) -> Answers:
    """May it be merged, and why not?"""
    kinds = [one.rsplit("=", 1)[1] for one in drawn["reasons"]]
    return [*column("verdicts")(drawn), *among("reason", REASONS, kinds)]


def d07(drawn: Planted) -> Answers:
    """What is it, what is done?"""
    kinds = [one.rsplit("=", 1)[1] for one in drawn["classes"]]
    return [*column("actions")(drawn), *among("class", INCIDENTS, kinds)]


ASKED: Mapping[str, Callable[[Planted], Answers]] = {
    "D01": d01,
    "D02": lambda drawn: [*noted("scope")(drawn), *among("outside", FAULTS_D02, drawn["changes"])],
    "D03": d03,
    "D04": d04,
    "D05": d05,
    "D06": d06,
    "D07": d07,
    "D08": noted("result", "risk", "advice"),
}


def drawn(drill: Drill, difficulty: int) -> list[Planted]:
    """What each seed would seed."""
    return [drill.draw(Dice(drill.drill_id, seed), difficulty) for seed in SEEDS]


def shares(drill: Drill, difficulty: int) -> dict[tuple[str, str], float]:
    """By question and answer, how often it is the right one, of the times that the question is asked."""
    asked = [one for desk in drawn(drill, difficulty) for one in ASKED[drill.drill_id](desk)]
    times = Counter(question for question, _ in asked)
    return {one: count / times[one[0]] for one, count in Counter(asked).items()}


@pytest.mark.parametrize("difficulty", [1, 2, 3])
@pytest.mark.parametrize("drill", DRILLS, ids=[drill.drill_id for drill in DRILLS])
def test_no_answer_is_the_right_one_on_most_desks(drill: Drill, difficulty: int) -> None:
    found = shares(drill, difficulty)
    assert found
    assert {one: share for one, share in found.items() if share > MOST} == {}


@pytest.mark.parametrize("drill", DRILLS, ids=[drill.drill_id for drill in DRILLS])
def test_what_is_drawn_follows_from_the_seed(drill: Drill) -> None:
    again = drawn(drill, 2)
    assert again == drawn(drill, 2)
    assert len({str(one) for one in again}) > len(SEEDS) // 2

"""The port of the drills: a desk with seeded faults, what has to be done there, and how the desk itself shows it.

A drill draws its faults from a seed, plants them and says what it planted; later it judges the desk against that.
Nothing here asks the operator what they did. A criterion that holds before anybody has acted is a guard: it earns
nothing, and breaking it fails the drill. The others are the work (runbook, section 3, "Operator Drill Pack").
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from gonogo.drills.bench import Bench
    from gonogo_evidence.text import Text

Verdict: TypeAlias = Literal["PASS", "FAIL", "PARTIAL"]
"""The runbook's three words for a criterion and for a drill."""

Planted: TypeAlias = "dict[str, list[str]]"
"""What a drill planted: names of facts and their values. It is kept outside the desk."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Look:
    """What one criterion came to, and where that can be seen."""

    verdict: Verdict
    expected: str
    actual: str
    pointer: str
    """The command, run in the drill's folder, or the file that shows it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a guided drill: what it is for, and commands that a newcomer can paste, run in ``work/``."""

    criterion: str
    """The step is done when this criterion passes."""
    why: Text
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill of the runbook's pack."""

    drill_id: str
    name: Text
    objective: Text
    preconditions: Text
    task: tuple[Text, ...]
    """What has to be done, as the operator reads it."""
    criteria: Mapping[str, Text]
    minutes: int
    hints: tuple[Text, ...]
    debrief: Text
    draw: Callable[[Dice, int], Planted]
    """What is seeded, and with it the right answers; nothing is built. The number is the difficulty, 1 to 3."""
    plant: Callable[[Bench, Planted], Planted]
    """Builds the desk that was drawn; what was drawn, with what only the desk shows."""
    judge: Callable[[Bench, Planted], Mapping[str, Look]]
    guide: tuple[Step, ...] = ()
    """The steps of the guided drill; most drills have none."""


class Dice:
    """Choices that follow from a seed alone, on every machine and in every version of Python."""

    def __init__(self, drill_id: str, seed: int) -> None:
        self._name = f"gonogo-drill/{drill_id}/{seed}"
        self._thrown = 0

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit`` - 1."""
        self._thrown += 1
        drawn = hashlib.sha256(f"{self._name}/{self._thrown}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") % limit

    def pick(self, options: Sequence[_T]) -> _T:
        """One of them."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[_T], count: int) -> list[_T]:
        """So many of them, each once, in a drawn order; all of them where there are fewer."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]


def graded(done: int, of: int) -> Verdict:
    """All done, some, or none."""
    return "PASS" if done == of else "PARTIAL" if done > 0 else "FAIL"


def overlap(expected: Collection[str], named: Collection[str], pointer: str) -> Look:
    """A list against what belongs on it: all and nothing else passes, something right is partial."""
    right, wrong = set(expected) & set(named), set(named) - set(expected)
    verdict: Verdict = "PASS" if right == set(expected) and not wrong else "PARTIAL" if right else "FAIL"
    actual = f"{len(right)} of {len(set(expected))} right, {len(wrong)} wrong"
    return Look(verdict, f"{len(set(expected))} entries, no other", actual, pointer)


def holds(truth: object, pointer: str, *, expected: str, actual: str) -> Look:
    """A criterion that holds or does not."""
    return Look("PASS" if truth else "FAIL", expected, actual, pointer)


def overall(looks: Mapping[str, Look], before: Mapping[str, Verdict], *, in_time: bool) -> Verdict:
    """The drill's verdict.

    FAIL where a guard broke or none of the work is done; PASS where all of it is done in time; PARTIAL for the rest:
    over the timebox is partial by the pack's own rule.
    """
    guards = [look.verdict for name, look in looks.items() if before[name] == "PASS"]
    work = [look.verdict for name, look in looks.items() if before[name] != "PASS"]
    better = [name for name, look in looks.items() if look.verdict != before[name]]
    if any(verdict != "PASS" for verdict in guards) or not better or not work:
        return "FAIL"
    return "PASS" if in_time and all(verdict == "PASS" for verdict in work) else "PARTIAL"

"""Breadth first through everything that can happen: to each state the path with the fewest disturbances and steps."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gonogo_graph.table import FIELDS
from proof.loop import Loop, graph
from proof.moves import Hands
from proof.ports import in_place
from proof.state import State, begun
from proof.world import Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gonogo_policies.trust import Trust
    from proof.moves import Done, Move

    Moves = Callable[[Hands, State], Iterable[Move]]
    Judge = Callable[[Disk, State, Done], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, and the shortest way there."""

    invariant: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        steps = "".join(f"\n  {number}. {step}" for number, step in enumerate(self.path, start=1))
        return f"{self.invariant}{steps}"


@dataclass(slots=True)
class Explored:
    """What was visited."""

    came: dict[State, tuple[State, str] | None]
    """For each state the one before it on the shortest path, and the step between."""
    transitions: int = 0
    broken: list[Broken] = field(default_factory=list)

    def path(self, state: State) -> tuple[str, ...]:
        """The steps to a state."""
        steps: list[str] = []
        while (before := self.came[state]) is not None:
            state, step = before
            steps.append(step)
        return tuple(reversed(steps))


def explore(
    policies: tuple[Trust, Trust],
    moves: Moves,
    judges: Iterable[Judge],
    *,
    start: Iterable[State] = (),
    most: int = 1,
    free: Iterable[str] = FIELDS,
    signers: tuple[str, ...] = ("ada", "bob"),
    stop: bool = True,
) -> Explored:
    """Visit every state that ``moves`` reach from ``start`` (a fresh run); ``most`` disturbances on a path.

    The duties in ``free`` come to every verdict, the others to PASS.
    """
    graph()
    disk = Disk(policies)
    found = Explored({**dict.fromkeys(start)} or {begun(): None})
    with in_place(disk, lambda play, commit: Loop(disk, play, commit)):
        for _ in _walk(Hands(disk, most=most, free=frozenset(free), signers=signers), moves, tuple(judges), found):
            if stop and found.broken:
                break
    return found


def _in_turn(levels: list[deque[State]]) -> Iterator[State]:
    """What is reached without a disturbance first, then with one, and so on; in each, the nearest first."""
    for level in levels:
        while level:
            yield level.popleft()


def _walk(hands: Hands, moves: Moves, judges: tuple[Judge, ...], found: Explored) -> Iterator[None]:
    levels = [deque(found.came), *(deque[State]() for _ in range(hands.most))]
    for state in _in_turn(levels):
        for move in moves(hands, state):
            for done in hands.play(state, move):
                found.transitions += 1
                if done.after not in found.came:
                    found.came[done.after] = (state, done.move)
                    levels[done.after.disturbed].append(done.after)
                for judge in judges:
                    for words in judge(hands.disk, state, done):
                        found.broken.append(Broken(words, (*found.path(state), done.move)))
                        yield

"""The port of the attacks: what one is, what it may come to, and how that is found out.

An attack makes its moves on a stage and returns nothing. What it came to is not its word: a refusal of the house that
it ran into is ``refused``, unless the stage shows that it got what it wanted; that is ``EXECUTED``, whatever was said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_agents.repository import open_repository
from gonogo_evidence.text import Text, msg
from gonogo_graph.places import places

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gonogo.attacks.stage import Stage
    from gonogo_agents.repository import Repository
    from gonogo_agents.world import World
    from gonogo_graph.places import Places

Outcome: TypeAlias = Literal["refused", "EXECUTED", "allowed", "not-applicable", "broken"]
"""``allowed``: a policy of the operator's lets it through. ``broken``: the attack itself failed; nothing is known."""

Family: TypeAlias = Literal["graph", "state", "answer", "ledger", "pack", "trust", "content"]
FAMILIES: dict[Family, Text] = {
    "graph": msg("the graph in an attacker's hands"),
    "state": msg("stored state, edited"),
    "answer": msg("answers that are none"),
    "ledger": msg("the ledger, edited"),
    "pack": msg("pack and review, edited"),
    "trust": msg("trust roots and policy"),
    "content": msg("what a branch brings along"),
}

Mount: TypeAlias = "Callable[[Stage], Result | None]"


@dataclass(frozen=True, slots=True)
class Seat:
    """What the operator has here. It is read; not even the ledger is opened, which would touch its files."""

    world: World
    repository: Repository
    places: Places


def seat_at(world: World, start: Path) -> Seat:
    """The seat at the repository around ``start``."""
    repository = open_repository(world, start)
    return Seat(world, repository, places(world, repository.repository_id))


@dataclass(frozen=True, slots=True)
class Result:
    """What an attack came to."""

    outcome: Outcome
    code: str = ""
    """The refusal's code, or in lower case what makes words harmless; the policy's key where it is allowed."""
    why: Text | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Attack:
    """One bypass, under a name that stays."""

    name: str
    family: Family
    text: Text
    """What is tried, in one line."""
    mount: Mount


def refused(code: str) -> Result:
    """Something of the house said no."""
    return Result("refused", code)


def executed(why: Text) -> Result:
    """It got what it wanted."""
    return Result("EXECUTED", "", why)


def allowed(key: str, value: str) -> Result:
    """It went through, because this policy says so."""
    return Result("allowed", key, msg("{key} = {value}", key=key, value=value))


def not_applicable(why: Text) -> Result:
    """There is nothing here that it could be mounted on."""
    return Result("not-applicable", "", why)

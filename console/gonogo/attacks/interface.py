"""The port of the attacks: what one is, what it may come to, and how that is found out.

An attack makes its moves on a stage and names the codes that keep it out. What it came to is not its word: it is
``refused`` where the house said no with one of those codes, unless the stage shows that it got what it wanted; that is
``EXECUTED``, whatever was said. Any other refusal, and one that its own preparation ran into, says nothing about the
defence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_agents.repository import open_repository
from gonogo_evidence.text import Text, msg
from gonogo_graph.places import places

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from gonogo.attacks.stage import Stage
    from gonogo_agents.repository import Repository
    from gonogo_agents.world import World
    from gonogo_graph.places import Places

Outcome: TypeAlias = Literal["refused", "EXECUTED", "allowed", "not-applicable", "broken"]
"""``allowed``: a policy of the operator's lets it through. ``broken``: the attack itself failed; nothing is known."""

Family: TypeAlias = Literal["graph", "state", "answer", "ledger", "pack", "trust", "content", "role", "host"]
FAMILIES: dict[Family, Text] = {
    "graph": msg("the graph in an attacker's hands"),
    "state": msg("stored state, edited"),
    "answer": msg("answers that are none"),
    "ledger": msg("the ledger, edited"),
    "pack": msg("pack and review, edited"),
    "trust": msg("trust roots and policy"),
    "content": msg("what a branch brings along"),
    "role": msg("roles that want more than their duty"),
    "host": msg("chat hosts and their agents"),
}

Moves: TypeAlias = "Generator[None, None, Result | None]"
"""What an attacker does. Up to its one ``yield`` it prepares; behind it is the act, and only there a refusal counts."""
Wordless: TypeAlias = "Generator[None, None, None]"
"""Moves that return nothing: what they came to is looked at."""


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
class Mount:
    """An attacker's moves, and what has to stop them."""

    moves: Callable[[Stage], Moves]
    codes: frozenset[str]
    """Of the refusals that count; in lower case what makes words harmless. Empty: it can only be not applicable."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One bypass, under a name that stays."""

    name: str
    family: Family
    text: Text
    """What is tried, in one line."""
    mount: Mount


def refused_by(*codes: str) -> Callable[[Callable[[Stage], Moves]], Mount]:
    """Name, beside an attacker's moves, the codes that have to stop them."""
    return lambda moves: Mount(moves, frozenset(codes))


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


def broken(why: Text) -> Result:
    """The attack did not come as far as the defence that it is about, or met another one: nothing is known."""
    return Result("broken", "", why)

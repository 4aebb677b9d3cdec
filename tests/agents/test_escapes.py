"""Thirty ways out of a worker, and what each layer is good for: with one switched off, exactly this is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo_agents import confine
from gonogo_agents.workers import Task, Workers
from gonogo_agents.world import World
from gonogo_evidence import canonical
from support import hostile
from support.baits import laid
from support.escapes import ESCAPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from support.escapes import Bait

TABLE = Path(__file__).parents[1] / "assets" / "escapes-by-layer.json"
KERNEL = confine.offered()
pytestmark = pytest.mark.skipif("filter" not in KERNEL, reason="Linux alone has these layers")


@pytest.fixture(scope="module")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bait]:
    with laid(tmp_path_factory.mktemp("b")) as found:
        yield found


def went_through(bait: Bait, layers: Sequence[confine.Layer]) -> list[str]:
    """What a worker with these layers got away with."""
    view = {"inputs": canonical.dumps({hostile.BAIT: hostile.baited(bait)})}
    crew = Workers(World(env={}), bodies="support.hostile:TALK", layers=layers)
    try:
        played = crew.play(Task("run", 2, "FACTS_COLLECTOR", "get out"), view, hostile.nobody)
    finally:
        crew.close()
    attempts = json.loads(played.record)["value"]["attempts"]
    assert set(attempts) == set(ESCAPES)
    return [name for name, answer in attempts.items() if answer == "WENT THROUGH"]


def test_thirty_of_thirty_are_refused(bait: Bait) -> None:
    assert len(ESCAPES) == 30
    assert went_through(bait, KERNEL) == []
    assert went_through(bait, [layer for layer in KERNEL if layer != "landlock"]) == [], "a kernel without Landlock"


def test_the_enemy_is_one(bait: Bait) -> None:
    """Without any layer most of it works: what refuses it is not this machine."""
    through = set(went_through(bait, []))
    assert through >= {
        "read ~/.ssh", "TCP to this machine", "UDP to this machine", "a Unix socket", "write into the repository",
        "write a git hook", "write into the ledger", "signal the engine", "start a thread", "start a program",
        "one GiB of memory", "change a file's mode", "look whether a file exists",
    }  # fmt: skip


def test_each_layer_switched_off_loses_exactly_what_the_table_says(bait: Bait) -> None:
    """The table has a part for root and one for others; ``docs/isolation.md`` shows it."""
    assert {off: went_through(bait, [layer for layer in KERNEL if layer != off]) for off in KERNEL} == table("without")


def test_each_layer_alone_refuses_exactly_what_the_table_says(bait: Bait) -> None:
    nothing = set(went_through(bait, []))
    found: dict[str, list[str]] = {}
    for layer in KERNEL:
        needs: list[confine.Layer] = ["no-new-privileges", layer] if layer == "filter" else [layer]
        found[layer] = sorted(nothing - set(went_through(bait, needs)))
    assert found == table("alone")


def table(part: str) -> dict[str, list[str]]:
    """The part of the table that is about this user, and about the layers that this kernel has."""
    whole = json.loads(TABLE.read_text())["root" if os.geteuid() == 0 else "user"][part]
    return {layer: whole[layer] for layer in KERNEL}

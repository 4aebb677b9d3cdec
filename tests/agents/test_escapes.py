"""Thirty ways out of a worker, and what each layer is good for: with one switched off, exactly this is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gonogo_agents import confine
from gonogo_agents.workers import Task
from gonogo_agents.workers.client import Worker
from gonogo_agents.workers.start import Zygote
from gonogo_agents.world import World
from gonogo_evidence import canonical
from support import hostile
from support.baits import laid
from support.escapes import ESCAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from support.escapes import Bait

    WentThrough: TypeAlias = Callable[[Sequence[confine.Layer]], list[str]]

TABLE = Path(__file__).parents[1] / "assets" / "escapes-by-layer.json"
KERNEL = confine.offered()
pytestmark = pytest.mark.skipif("filter" not in KERNEL, reason="Linux alone has these layers")


@pytest.fixture(scope="module")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bait]:
    with laid(tmp_path_factory.mktemp("b")) as found:
        yield found


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote(World(env={}), "support.hostile:TALK")
    assert made.up(60)
    yield made
    made.close()


@pytest.fixture
def went_through(bait: Bait, zygote: Zygote) -> Callable[[Sequence[confine.Layer]], list[str]]:
    """What a worker with these layers got away with."""
    view = {"inputs": canonical.dumps({hostile.BAIT: hostile.baited(bait)})}

    def tried(layers: Sequence[confine.Layer]) -> list[str]:
        forked = zygote.fork(("ORCHESTRATOR", "FACTS_COLLECTOR"), layers)  # the second meets the first one's pipes
        worker = Worker("FACTS_COLLECTOR", forked["FACTS_COLLECTOR"][1])
        played = worker.play(Task("run", 2, "FACTS_COLLECTOR", "get out"), view, hostile.nobody)
        for token, line in forked.values():
            zygote.kill(token)
            line.close()
        attempts = json.loads(played.record)["value"]["attempts"]
        assert set(attempts) == set(ESCAPES)
        return [name for name, answer in attempts.items() if answer == "WENT THROUGH"]

    return tried


def test_thirty_of_thirty_are_refused(went_through: WentThrough) -> None:
    assert len(ESCAPES) == 30
    assert went_through(KERNEL) == []
    assert went_through([layer for layer in KERNEL if layer != "landlock"]) == [], "a kernel without Landlock"


def test_the_enemy_is_one(went_through: WentThrough) -> None:
    """Without any layer most of it works: what refuses it is not this machine."""
    through = set(went_through([]))
    assert through >= {
        "read ~/.ssh", "TCP to this machine", "UDP to this machine", "a Unix socket", "write into the repository",
        "write a git hook", "write into the ledger", "signal the engine", "start a thread", "start a program",
        "one GiB of memory", "change a file's mode", "look whether a file exists",
    }  # fmt: skip


def test_each_layer_switched_off_loses_exactly_what_the_table_says(went_through: WentThrough) -> None:
    """The table has a part for root and one for others; ``docs/isolation.md`` shows it."""
    assert {off: went_through([layer for layer in KERNEL if layer != off]) for off in KERNEL} == table("without")


def test_each_layer_alone_refuses_exactly_what_the_table_says(went_through: WentThrough) -> None:
    nothing = set(went_through([]))
    found: dict[str, list[str]] = {}
    for layer in KERNEL:
        needs: list[confine.Layer] = ["no-new-privileges", layer] if layer == "filter" else [layer]
        found[layer] = sorted(nothing - set(went_through(needs)))
    assert found == table("alone")


def table(part: str) -> dict[str, list[str]]:
    """The part of the table that is about this user, and about the layers that this kernel has."""
    whole = json.loads(TABLE.read_text())["root" if os.geteuid() == 0 else "user"][part]
    return {layer: whole[layer] for layer in KERNEL}

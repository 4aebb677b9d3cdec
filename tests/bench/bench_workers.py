"""What confinement costs: one duty in a sealed worker, and a whole graph of them against one that forks at every node.

A duty here reads a view of 22 KB, asks twice, and hands back 20 KB, signed and checked. The zygote is up before the
clock starts: in a run it starts while langgraph is imported. The bare graph's child computes the same, unsigned.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.bench_engine import plain_saver
from bench.measure import rounds, row
from gonogo_agents.workers import NoIsolation, Task, Workers
from gonogo_agents.world import World
from gonogo_evidence import canonical
from gonogo_graph import machine  # the first sets strict msgpack before the second brings langgraph
from support import weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gonogo_agents.workers import Crew
    from gonogo_evidence.ids import JSON
    from gonogo_graph.state import Run
    from gonogo_graph.table import Duty

ROUNDS = 60
RUNS = 15
MOST = 8.0
"""Milliseconds that a sealed duty may add at the median."""
BODIES = "support.weights:BODIES"
VIEW = {"inputs": canonical.dumps({"words": "x" * 22_000})}


def rows() -> Iterator[str]:
    """A row a comparison, each interleaved."""
    here = NoIsolation(weights.BODIES)
    world = World(env={})
    with (
        closing(Workers(world, bodies=BODIES)) as sealed,
        closing(Workers(world, bodies=BODIES, layers=())) as open_,
    ):
        sides: Sequence[Callable[[], float | None]] = (lambda: _duty(sealed), lambda: _duty(here))
        fresh: Sequence[Callable[[], float | None]] = (lambda: _fresh(sealed), lambda: _fresh(open_))
        for side in (*sides, *fresh):
            side()
        yield _adds("a duty in a sealed worker / in this process", rounds(sides, ROUNDS))
        yield _adds("a fresh sealed worker / a fresh open one", rounds(fresh, ROUNDS))
    with tempfile.TemporaryDirectory() as folder:
        graphs = (Sealed(Path(folder) / "sealed.db").once, Forking(Path(folder) / "forking.db").once)
        for graph in graphs:
            graph()
        yield row("nine sealed duties / bare graph, os.fork a node", rounds(graphs, RUNS), 1.0)


def _adds(name: str, lines: list[list[float]]) -> str:
    added = statistics.median(ours - other for ours, other in lines)
    ours, other = (statistics.median(line[side] for line in lines) for side in (0, 1))
    p95 = statistics.quantiles((line[0] - line[1] for line in lines), n=20)[-1]
    noise = f"ms; p95 +{p95:.1f}, {len(lines)} rounds"
    return f"{name:<46} {ours:>9.1f} {other:>9.1f} {f'+{added:.1f}':>7} {f'+{MOST:.0f}':>7}  {noise}"


def _duty(crew: Crew) -> None:
    crew.play(Task("bench", 2, "FACTS_COLLECTOR", "weight"), VIEW, _ask)


def _fresh(crew: Workers) -> None:
    """A worker is forked, confines itself, plays the duty and is ended."""
    crew._end("FACTS_COLLECTOR")
    _duty(crew)


def _ask(verb: str, /, **arguments: JSON) -> JSON:
    return {"verb": verb, "words": "y" * 2000, "count": len(arguments)}


class Graph:
    """The real graph over the real saver, with a hold point and one resume; subclasses say who plays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0

    def legs(self) -> None:
        """One run to the interrupt, and on."""
        from langgraph.types import Command

        self._number += 1
        config: Any = {"configurable": {"thread_id": str(self._number)}, "recursion_limit": 24}
        start: Any = {"schema_version": 1, "run_id": "bench", "verdicts": {}}
        legs: tuple[Any, ...] = (start, Command(resume={"decision": "go"}))
        for given in legs:
            with plain_saver(self._path) as saver:
                graph = machine.build(self._play, lambda _: "done").compile(checkpointer=saver)
                graph.invoke(given, config, durability="sync")

    def _play(self, duty: Duty, state: Run) -> Any:  # noqa: ANN401 - more than the engine's own references
        del state
        return "PASS", {"path": self.play(duty)[:1500].decode("ascii", "replace")}

    def play(self, duty: Duty) -> bytes:
        """Do the duty."""
        raise NotImplementedError


class Sealed(Graph):
    """One sealed worker a role, as a run has them."""

    def once(self) -> float:
        """Milliseconds from the first fork to the last worker's end."""
        with closing(Workers(World(env={}), bodies=BODIES)) as self._crew:
            self._crew.warm()
            zygote = self._crew._zygote
            assert zygote is not None
            assert zygote.up(60)
            began = time.perf_counter()
            self.legs()
            for role in list(self._crew._at_work):
                self._crew._end(role)
            return (time.perf_counter() - began) * 1000

    def play(self, duty: Duty) -> bytes:
        """In the role's worker."""
        return self._crew.play(Task("bench", duty.number, duty.role, "weight"), VIEW, _ask).record


class Forking(Graph):
    """``os.fork`` at every node, the result through a pipe, nothing confined and nothing signed."""

    def once(self) -> float:
        """Milliseconds of a run."""
        began = time.perf_counter()
        self.legs()
        return (time.perf_counter() - began) * 1000

    def play(self, duty: Duty) -> bytes:
        """In a child of this process."""
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            played = NoIsolation(weights.BODIES).play(Task("bench", duty.number, duty.role, "weight"), VIEW, _ask)
            left = memoryview(played.record)
            while left:
                left = left[os.write(writing, left) :]
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            data = pipe.read()
        os.waitpid(child, 0)
        return data

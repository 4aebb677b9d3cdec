"""langgraph's loop over the product's own nodes and routing, without its threads and serializers.

It stops where langgraph stops and stores what langgraph stores: a checkpoint after each node, and the question at the
hold point. ``test_loop.py`` plays the same runs on the compiled graph and compares.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import orjson

from gonogo_graph import machine
from gonogo_graph.table import SIGN_OFF
from proof.state import Saved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.state import Ref, Run
    from gonogo_graph.table import Duty
    from proof.world import Disk

INTERRUPT = "__interrupt__"


class Question(NamedTuple):
    """What waits at the hold point."""

    id: str
    value: Mapping[str, str]
    """What the node asked with."""


class Snapshot(NamedTuple):
    """What is known of a thread."""

    values: dict[str, Any]
    interrupts: tuple[Question, ...]


class Graph:
    """The product's graph, taken apart: nodes, routing with path maps, edges. Built once; who plays is exchanged."""

    def __init__(self) -> None:
        self.play: Any = None
        self.commit: Any = None
        graph = machine.build(self._play, self._commit)
        self.nodes: dict[str, Any] = {name: cast("Any", node.runnable).func for name, node in graph.nodes.items()}
        branches = {name: next(iter(found.values())) for name, found in graph.branches.items()}
        self.branches = {name: (cast("Any", one.path).func, one.ends or {}) for name, one in branches.items()}
        self.edges: dict[str, str] = dict(graph.edges)

    def _play(self, duty: Duty, state: Run) -> tuple[Verdict, Ref]:
        return cast("tuple[Verdict, Ref]", self.play(duty, state))

    def _commit(self, state: Run) -> str:
        return str(self.commit(state))


@cache
def graph() -> Graph:
    """The one graph; to be taken apart before ``machine.build`` is replaced."""
    return Graph()


class Loop:
    """What ``build(play, commit).compile(checkpointer=...)`` gives, on the disk's one thread."""

    def __init__(self, disk: Disk, play: machine.Play, commit: machine.Commit) -> None:
        self._disk, self._graph, self._thread = disk, graph(), ""
        self._graph.play, self._graph.commit = play, commit

    def compile(self, *, checkpointer: object) -> Loop:
        del checkpointer
        return self

    def get_state(self, config: Mapping[str, Any]) -> Snapshot:
        saved = self._saved(config)
        if saved is None:
            return Snapshot({}, ())
        values = orjson.loads(saved.values)
        return Snapshot(values, (Question("hold", {"run_id": str(values["run_id"])}),) if saved.waiting else ())

    def invoke(self, given: Any, config: Mapping[str, Any], *, durability: str) -> dict[str, Any]:  # noqa: ANN401
        assert durability == "sync"
        answer = None
        self._thread = config["configurable"]["thread_id"]
        if isinstance(given, dict):
            self._save(given, self._next("__start__", given))
        elif given is not None:
            (answer,) = given.resume.values()
        while True:
            saved = self._saved(config)
            assert saved is not None
            values = orjson.loads(saved.values)
            if saved.place is None:
                return cast("dict[str, Any]", values)
            if saved.place == SIGN_OFF and answer is None:
                if not saved.waiting:
                    self._save(values, SIGN_OFF, waiting=True)
                return {**values, INTERRUPT: ()}
            self._step(values, saved.place, answer)
            answer = None

    def _step(self, values: dict[str, Any], place: str, answer: Any) -> None:  # noqa: ANN401 - as resumed
        if place == SIGN_OFF:
            written = {"decision": answer["decision"]}
        else:
            written = self._graph.nodes[place](cast("Run", values))
        after = {**values, **written}
        self._save(after, self._next(place, after))

    def _next(self, place: str, values: dict[str, Any]) -> str | None:
        if place in self._graph.edges:
            there = self._graph.edges[place]
            return None if there == "__end__" else there
        route, ends = self._graph.branches[place]
        return ends[route(values)]  # an unknown place is a KeyError, as in langgraph

    def _save(self, values: Mapping[str, Any], place: str | None, *, waiting: bool = False) -> None:
        kept = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
        self._disk.write("checkpoint", thread=Saved(self._thread, kept, place, waiting))

    def _saved(self, config: Mapping[str, Any]) -> Saved | None:
        self._thread = config["configurable"]["thread_id"]
        saved = self._disk.now.thread
        return saved if saved is not None and saved.thread == self._thread else None

"""Engine overhead of a whole run, against a bare LangGraph graph with as many nodes and the same saver.

The run: ``advance`` to the hold point, and from the signed decision to the commit, less the time inside the duties'
bodies; the seal's sync counts as engine.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict
from unittest import mock

from bench.measure import rounds, row
from gonogo_graph import checkpoints  # sets strict msgpack before langgraph is imported
from support.desk import Desk, make_desk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_agents.duty import Ask, DutyBody, Result, View
    from gonogo_graph.session import Session

ROUNDS = 15
NODES = 11


def rows() -> Iterator[str]:
    """One row."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder))
        desk.enrol()
        desk.let_unproven_sign()
        bare = Bare(Path(folder) / "bare.db")
        engine = Engine(desk)
        lines = rounds([engine.once, bare.once], ROUNDS)
        yield row("run less duty bodies / bare LangGraph, FULL, sync", lines, 1.4)


class State(TypedDict, total=False):
    """A field for each node, as the engine has one for each duty."""

    field_0: str
    field_1: str
    field_2: str
    field_3: str
    field_4: str
    field_5: str
    field_6: str
    field_7: str
    field_8: str
    field_9: str
    field_10: str


class Bare:
    """Eleven nodes in a line, an interrupt in the tenth, 1.5 KB of state a node."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0

    def once(self) -> float:
        """One run to the interrupt, and on."""
        from langgraph.graph import END, START, StateGraph
        from langgraph.types import Command, interrupt

        graph = StateGraph(State)

        def node(index: int) -> Any:  # noqa: ANN401 - langgraph's own type
            def act(state: Any) -> Any:  # noqa: ANN401 - langgraph's own type
                del state
                if index == NODES - 2:
                    interrupt("wait")
                return {f"field_{index}": "x" * 1500}

            return act

        for index in range(NODES):
            graph.add_node(f"node_{index}", node(index))
            graph.add_edge(START if index == 0 else f"node_{index - 1}", f"node_{index}")
        graph.add_edge(f"node_{NODES - 1}", END)
        self._number += 1
        config: Any = {"configurable": {"thread_id": str(self._number)}}
        with checkpoints.saver(self._path) as saver:
            app = graph.compile(checkpointer=saver)
            began = time.perf_counter()
            app.invoke({}, config, durability="sync")
            app.invoke(Command(resume="go"), config, durability="sync")
            return (time.perf_counter() - began) * 1000


class Engine:
    """The real loop in this process, with a clock around every duty's body."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bodies = 0.0
        self._synced = 0.0

    def once(self) -> float:
        """A run to the hold point, a signature (not counted), and the commit."""
        from gonogo_agents.world import World
        from gonogo_graph.session import open_session

        self._bodies = self._synced = 0.0
        with self._timed(), open_session(World(env=self._desk.environment()), self._desk.repo.path) as session:
            return self._legs(session)

    def _legs(self, session: Session) -> float:
        from gonogo_graph.drive import carry_on
        from gonogo_graph.start import Options, start_run
        from gonogo_policies.packaged import packaged_config

        context = start_run(
            Options(layer="L0", reason="bench", operator="ada"),
            world=session.world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        with mock.patch("gonogo_graph.drive.publish", return_value=Path()):
            began = time.perf_counter()
            carry_on(context)
            first = time.perf_counter() - began
            done = self._desk.gonogo("sign", context.run_id, "--decision", "GO", "--reason", "bench", "--no-resume")
            assert done.returncode == 4, done.stderr
            began = time.perf_counter()
            carry_on(context)
            second = time.perf_counter() - began
        return (first + second - self._bodies + self._synced) * 1000

    @contextmanager
    def _timed(self) -> Iterator[None]:
        from gonogo_agents.duties import BODIES
        from gonogo_evidence import files

        sync = files.sync_tree

        def synced(folder: Path) -> None:
            began = time.perf_counter()
            sync(folder)
            self._synced += time.perf_counter() - began

        bodies: Mapping[str, DutyBody] = {name: self._around(body) for name, body in BODIES.items()}
        with mock.patch("gonogo_graph.drive.BODIES", bodies), mock.patch("gonogo_evidence.pack.sync_tree", synced):
            yield

    def _around(self, body: DutyBody) -> DutyBody:
        def timed(view: View, ask: Ask) -> Result:
            began = time.perf_counter()
            try:
                return body(view, ask)
            finally:
                self._bodies += time.perf_counter() - began

        return timed

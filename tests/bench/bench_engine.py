"""Engine overhead of a whole run, against a bare LangGraph graph (``bare.py``) with the same nodes and transitions.

The run: ``carry_on`` to the hold point, and from the signed decision to the commit, less the time inside the duties'
bodies. What counts as a body: the duty's own code and whatever it asks of the broker (git, gates, the search for
secrets, the comparison of work trees around gates and at the seal, the pack's contents, its check in a fresh process),
and what the table of duties names and the driver does for them: the first look at the work trees (duty 1), the pack's
entry in the index (duty 7), rendering and writing ``review/`` (duty 9). What counts as engine: langgraph, checkpoints
and their MACs, ledger, the index's entries of intent and decision, results, views, request, the proof before and at the
commit, and every wait for the disk inside a body too. Not in it: the workers (``bench_workers``), the published copy.

A body mostly waits for programs, and what runs after a wait runs on a processor that slept: so the nodes of the bare
graph wait as long as the bodies of the run before did, and that is taken off too. Without it the same bare graph can be
two to three times as fast, which the last row shows; that says nothing about the engine. Processor time is what a busy
machine disturbs least: a row of its own; it leaves out the waits for the disk, of which a run has about as many as the
bare graph (see docs/how-it-works.md).
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from bench.bare import bare_graph
from bench.measure import rounds, row
from gonogo_graph import checkpoints, machine
from gonogo_graph.macs import SIZE, MacKey
from gonogo_graph.store.database import connect
from support.desk import Desk, make_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from langgraph.graph import StateGraph

    from bench.bare import Nap
    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.context import RunContext
    from gonogo_graph.session import Session
    from gonogo_graph.state import Ref, Run
    from gonogo_graph.table import Duty

ROUNDS = 15


def rows() -> Iterator[str]:
    """Rows from the same rounds."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder))
        desk.enrol()
        desk.let_unproven_sign()
        engine = Engine(desk)
        bare = Bare(Path(folder) / "bare.db", engine.bodies, bare_graph, plain_saver)
        ours = Bare(Path(folder) / "ours.db", engine.bodies, house_graph, house_saver)
        hot = Bare(Path(folder) / "hot.db", {}, bare_graph, plain_saver)
        sides = [engine.once, bare.once, ours.once, hot.once]
        for once in sides:
            once()
        lines = rounds(sides, ROUNDS)
        yield row("run less duty bodies / bare LangGraph", [line[:2] for line in lines], 1.4)
        proofs = engine.proofs[-ROUNDS:]
        less = [[line[0] - proof, line[1]] for line, proof in zip(lines, proofs, strict=True)]
        yield row("the same, less the proof at the commit", less, None)
        yield row("run less bodies / the house's graph and saver", [[line[0], line[2]] for line in lines], None)
        spent = [list(pair) for pair in zip(engine.processor[-ROUNDS:], bare.processor[-ROUNDS:], strict=True)]
        yield row("run less duty bodies / bare, processor time", spent, None)
        yield row("run less duty bodies / bare, never waiting", [[line[0], line[3]] for line in lines], None)


class Bare:
    """A graph with nothing in it: every node writes a reference, the hold point pauses, the commit says a word.

    Like the engine it makes and compiles its graph once for each leg, as two processes must.
    """

    def __init__(
        self,
        path: Path,
        waits: dict[str, float],
        graph: Callable[[Nap], StateGraph[Run]],
        saver: Callable[[Path], AbstractContextManager[Any]],
    ) -> None:
        self._path = path
        self._graph = graph
        self._saver = saver
        self.processor: list[float] = []
        self._number = 0
        self._waits = waits
        """Seconds that each node waits, by the field that its duty writes; as the engine measured them last."""
        self._waited = 0.0

    def once(self) -> float:
        """One run to the interrupt, and on."""
        from langgraph.types import Command

        self._number += 1
        self._waited = 0.0
        config: Any = {"configurable": {"thread_id": str(self._number)}, "recursion_limit": 24}
        start = {"schema_version": 1, "run_id": "bare", "verdicts": {}}
        began, worked = time.perf_counter(), time.process_time()
        legs: tuple[Any, ...] = (start, Command(resume={"decision": "go"}))
        for given in legs:
            with self._saver(self._path) as saver:
                self._graph(self._nap).compile(checkpointer=saver).invoke(given, config, durability="sync")
        self.processor.append((time.process_time() - worked) * 1000)
        return (time.perf_counter() - began - self._waited) * 1000

    def _nap(self, field: str) -> None:
        if wait := self._waits.get(field):
            began = time.perf_counter()
            time.sleep(wait)  # as a body waits for a program; how long it really took is taken off
            self._waited += time.perf_counter() - began


def house_graph(nap: Nap) -> StateGraph[Run]:
    """The engine's own graph."""

    def play(duty: Duty, state: Run) -> tuple[Verdict, Ref]:
        del state
        nap(duty.writes)
        path = f"results/{duty.writes}.json"
        return "PASS", {"path": path, "sha256": "0" * 64, "size": 1000, "media_type": "application/json"}

    return machine.build(play, lambda _: "done")


@contextmanager
def plain_saver(path: Path) -> Iterator[Any]:
    """The saver of langgraph itself, without the MACs that the engine pays for; the database is opened as usual."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = connect(path)
    connection.isolation_level = "IMMEDIATE"
    try:
        yield SqliteSaver(connection)
    finally:
        connection.close()


def house_saver(path: Path) -> AbstractContextManager[Any]:
    """The engine's own: MACs, and one wait for the disk a step."""
    return checkpoints.saver(path, MacKey(bytes(SIZE)))


class Engine:
    """The real loop in this process, with clocks around the duties' bodies, the seal's sync and the commit's proof."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._spent: dict[str, float] = {}
        self._inside = False
        """Whether a body runs: a wait for the disk in one is taken off with it, and added again."""
        self.proofs: list[float] = []
        self.processor: list[float] = []
        self.bodies: dict[str, float] = {}
        """Seconds of each duty's body in the last run."""

    def once(self) -> float:
        """A run to the hold point, a signature (not counted), and the commit."""
        from gonogo_agents.world import World
        from gonogo_graph.session import open_session

        self._spent = dict.fromkeys(("body", "body work", "sync", "sync work", "proof", "proof work"), 0.0)
        with self._clocks(), open_session(World(env=self._desk.environment()), self._desk.repo.path) as session:
            total, work = self._legs(session)
        self.proofs.append(self._spent["proof"] * 1000)
        self.processor.append((work - self._spent["body work"] + self._spent["sync work"]) * 1000)
        return (total - self._spent["body"] + self._spent["sync"]) * 1000

    def _legs(self, session: Session) -> tuple[float, float]:
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
        first, worked = self._leg(context)
        sign = ("sign", context.run_id, "--decision", "GO", "--reason", "bench", "--no-resume")
        done = self._desk.gonogo(*sign)
        assert done.returncode == 4, done.stderr
        second, more = self._leg(context)
        return first + second, worked + more

    @staticmethod
    def _leg(context: RunContext) -> tuple[float, float]:
        """Seconds by the clock, and of the processor."""
        from gonogo_graph.drive import carry_on

        began, worked = time.perf_counter(), time.process_time()
        carry_on(context, tell=print)
        return time.perf_counter() - began, time.process_time() - worked

    @contextmanager
    def _clocks(self) -> Iterator[None]:
        from gonogo_agents.duties.bodies import BODIES
        from gonogo_agents.watch import Watch
        from gonogo_agents.workers import NoIsolation
        from gonogo_evidence import files
        from gonogo_evidence.review import write_review
        from gonogo_evidence.verify import verify_pack
        from gonogo_graph import hold
        from gonogo_graph.index import record_pack

        bodies = {name: self._clock("body", body, name) for name, body in BODIES.items()}
        with (
            mock.patch("gonogo_graph.drive.publish", return_value=Path()),
            mock.patch("gonogo_graph.drive.open_crew", side_effect=lambda _: nullcontext(NoIsolation(bodies))),
            mock.patch("gonogo_graph.hold.review_files", self._clock("body", hold.review_files)),
            mock.patch("gonogo_graph.hold.write_review", self._clock("body", write_review)),
            mock.patch("gonogo_graph.hold.record_pack", self._clock("body", record_pack)),
            mock.patch.object(Watch, "begin", self._clock("body", Watch.begin)),
            mock.patch("gonogo_evidence.files._sync_file_system", self._clock("sync", files._sync_file_system)),
            mock.patch("os.fsync", self._clock("sync", os.fsync)),
            mock.patch("gonogo_graph.proof.verify_pack", self._clock("proof", verify_pack)),
        ):
            yield

    def _clock(self, name: str, function: Callable[..., Any], duty: str = "") -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes
            if name == "sync" and not self._inside:
                return function(*given, **named)
            self._inside = self._inside or name == "body"
            began, worked = time.perf_counter(), time.process_time()
            try:
                return function(*given, **named)
            finally:
                spent = time.perf_counter() - began
                self._spent[name] += spent
                self._spent[f"{name} work"] += time.process_time() - worked
                self._inside = self._inside and name != "body"
                if duty:
                    self.bodies[duty] = spent

        return timed

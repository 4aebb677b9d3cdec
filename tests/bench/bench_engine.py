"""Engine overhead of a whole run, against a bare LangGraph graph with as many nodes and langgraph's own saver.

The run: ``carry_on`` to the hold point, and from the signed decision to the commit, less the time inside the duties'
bodies (rendering notes and cards is duty 9's); the seal's sync, the proof at the commit and the evidence index count
as engine. A duty's body mostly waits for programs, and what runs after a wait runs on a processor that slept: so the
nodes of the bare graph wait as long as the bodies of the run before did, and that is taken off too. Without it the
same bare graph is two to three times as fast, which the last row shows; that says nothing about the engine.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from bench.measure import rounds, row
from gonogo_graph import checkpoints, machine  # noqa: F401 - the first sets strict msgpack before langgraph comes
from gonogo_graph.store.database import connect
from support.desk import Desk, make_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gonogo_graph.session import Session
    from gonogo_graph.state import Run
    from gonogo_graph.table import Duty

ROUNDS = 15


def rows() -> Iterator[str]:
    """Rows from the same rounds."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder))
        desk.enrol()
        desk.let_unproven_sign()
        engine = Engine(desk)
        bare, hot = Bare(Path(folder) / "bare.db", engine.bodies), Bare(Path(folder) / "hot.db", {})
        for once in (engine.once, bare.once, hot.once):
            once()
        lines = rounds([engine.once, bare.once, hot.once], ROUNDS)
        yield row("run less duty bodies / bare LangGraph", [[ours, other] for ours, other, _ in lines], 1.4)
        proofs = engine.proofs[-ROUNDS:]
        less = [[ours - proof, other] for (ours, other, _), proof in zip(lines, proofs, strict=True)]
        yield row("the same, less the proof at the commit", less, None)
        yield row("run less duty bodies / bare, never waiting", [[ours, other] for ours, _, other in lines], None)


class Bare:
    """The same graph with nothing in it: every node writes 1.5 KB, the hold point pauses, the commit says a word.

    Like the engine it makes and compiles its graph once for each leg, as two processes must.
    """

    def __init__(self, path: Path, waits: dict[str, float]) -> None:
        self._path = path
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
        began = time.perf_counter()
        legs: tuple[Any, ...] = (start, Command(resume={"decision": "go"}))
        for given in legs:
            with plain_saver(self._path) as saver:
                machine.build(self._play, self._commit).compile(checkpointer=saver).invoke(
                    given, config, durability="sync"
                )
        return (time.perf_counter() - began - self._waited) * 1000

    def _play(self, duty: Duty, state: Run) -> Any:  # noqa: ANN401 - more than the engine's own references
        del state
        if wait := self._waits.get(duty.writes):
            began = time.perf_counter()
            time.sleep(wait)  # as a body waits for a program; how long it really took is taken off
            self._waited += time.perf_counter() - began
        return "PASS", {"path": "x" * 1500}

    @staticmethod
    def _commit(state: Run) -> str:
        del state
        return "done"


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


class Engine:
    """The real loop in this process, with clocks around the duties' bodies, the seal's sync and the commit's proof."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._spent: dict[str, float] = {}
        self.proofs: list[float] = []
        self.bodies: dict[str, float] = {}
        """Seconds of each duty's body in the last run."""

    def once(self) -> float:
        """A run to the hold point, a signature (not counted), and the commit."""
        from gonogo_agents.world import World
        from gonogo_graph.session import open_session

        self._spent = {"body": 0.0, "sync": 0.0, "proof": 0.0}
        with self._clocks(), open_session(World(env=self._desk.environment()), self._desk.repo.path) as session:
            total = self._legs(session)
        self.proofs.append(self._spent["proof"] * 1000)
        return (total - self._spent["body"] + self._spent["sync"]) * 1000

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
        began = time.perf_counter()
        carry_on(context, tell=print)
        first = time.perf_counter() - began
        sign = ("sign", context.run_id, "--decision", "GO", "--reason", "bench", "--no-resume")
        done = self._desk.gonogo(*sign)
        assert done.returncode == 4, done.stderr
        began = time.perf_counter()
        carry_on(context, tell=print)
        return first + time.perf_counter() - began

    @contextmanager
    def _clocks(self) -> Iterator[None]:
        from gonogo_agents.duties import BODIES
        from gonogo_agents.workers import NoIsolation
        from gonogo_evidence import files
        from gonogo_evidence.verify import verify_pack
        from gonogo_graph import hold

        bodies = {name: self._clock("body", body, name) for name, body in BODIES.items()}
        with (
            mock.patch("gonogo_graph.drive.publish", return_value=Path()),
            mock.patch("gonogo_graph.drive.open_crew", side_effect=lambda _: nullcontext(NoIsolation(bodies))),
            mock.patch("gonogo_graph.hold.review_files", self._clock("body", hold.review_files)),
            mock.patch("gonogo_evidence.pack.sync_tree", self._clock("sync", files.sync_tree)),
            mock.patch("gonogo_graph.proof.verify_pack", self._clock("proof", verify_pack)),
        ):
            yield

    def _clock(self, name: str, function: Callable[..., Any], duty: str = "") -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes
            began = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                spent = time.perf_counter() - began
                self._spent[name] += spent
                if duty:
                    self.bodies[duty] = spent

        return timed

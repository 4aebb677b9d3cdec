# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# langgraph ships no stubs and leaves generics of its own unnamed.
"""The graph in the hands of whoever can import it: all of langgraph's moves, the real commit, no operator.

Only ``gonogo attack`` uses this. It is what the orchestrator, an agent in the editor and CI have anyway: code on this
machine, the graph, the checkpoints, the key of the MACs. What langgraph itself says to a move is no defence and is not
counted as one: errors of its own are swallowed here, refusals of the house come out.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast

from gonogo_evidence.errors import GonogoError
from gonogo_graph.checkpoints import config_for, saver
from gonogo_graph.table import DUTIES, FIELDS, SCHEMA_VERSION, graph_version

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from langgraph.graph.state import CompiledStateGraph

    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import RunContext

Hold: TypeAlias = Literal["asks", "swallows", "renamed"]
"""The hold point as it is; one whose code swallows the interrupt; one that was renamed while the run was paused."""

ROLE = DUTIES[7].role
"""A role that has no duty at the hold point."""


@dataclass(frozen=True, slots=True)
class RawGraph:
    """The compiled graph of one run, on its own thread."""

    app: CompiledStateGraph[Any]
    config: dict[str, Any]

    def edit(self, **values: JSON) -> Self:
        """``update_state`` as if the hold point had been left, then on."""
        with _langgraphs_own():
            self.app.update_state(cast("Any", self.config), self._all_pass(values), as_node="sign_off")
        return self.go_on()

    def go_on(self) -> Self:
        """``invoke(None)``."""
        return self._invoke(None)

    def goto(self, place: str) -> Self:
        """``Command(goto=…)``."""
        from langgraph.types import Command  # noqa: PLC0415 - after the variable is set

        return self._invoke(Command(goto=place))

    def answer(self, value: Any, *, goto: str = "", **update: JSON) -> Self:  # noqa: ANN401 - any answer at all
        """``Command(resume=…)``, with a goto or changed state beside it."""
        from langgraph.types import Command  # noqa: PLC0415 - after the variable is set

        more: dict[str, Any] = {"goto": goto} if goto else {}
        return self._invoke(Command(resume=value, update=self._all_pass(update) if update else None, **more))

    def begin(self) -> Self:
        """A fresh input on the paused thread: everything passed, says the caller."""
        return self._invoke(
            {"schema_version": SCHEMA_VERSION, "run_id": self.config["configurable"]["thread_id"], "verdicts": {}}
        )

    def replay(self) -> int:
        """Go on from every earlier checkpoint, oldest first; returns how many there were."""
        with _langgraphs_own():
            past = list(self.app.get_state_history(cast("Any", self.config)))
        for state in reversed(past):
            self._invoke(None, {**self.config, **cast("dict[str, Any]", state.config)})
            self._answer_from(cast("dict[str, Any]", state.config))
        return len(past)

    def parts(self) -> list[str]:
        """Names of the graph's parts that are graphs of their own."""
        return [part[0] for part in cast("Any", self.app.get_subgraphs())]

    def _answer_from(self, config: dict[str, Any]) -> None:
        from langgraph.types import Command  # noqa: PLC0415 - after the variable is set

        self._invoke(Command(resume={"decision": "GO"}), {**self.config, **config})

    def _invoke(self, given: Any, config: dict[str, Any] | None = None) -> Self:  # noqa: ANN401 - langgraph's own
        with _langgraphs_own():
            self.app.invoke(given, cast("Any", config or self.config), durability="sync")
        return self

    @staticmethod
    def _all_pass(values: Mapping[str, JSON]) -> dict[str, Any]:
        return {"verdicts": dict.fromkeys(FIELDS, "PASS"), **values}


@contextlib.contextmanager
def raw_graph(context: RunContext, *, hold: Hold = "asks") -> Generator[RawGraph, None, None]:
    """The graph of a run, compiled over its checkpoints. Duties that somebody plays with it all claim PASS."""
    from gonogo_graph import commit, machine  # noqa: PLC0415 - langgraph, after the variable is set

    def play(*_: object) -> Any:  # noqa: ANN401 - langgraph's own
        return "PASS", {"path": "nowhere", "sha256": "0" * 64, "size": 0, "media_type": "text/plain"}

    graph = machine.build(play, lambda _: commit.commit(context))
    if hold == "swallows":
        graph.nodes["sign_off"] = _another(graph, _swallows)
    if hold == "renamed":
        graph.nodes["approved"] = graph.nodes.pop("sign_off")
        graph.edges = {("approved" if a == "sign_off" else a, b) for a, b in graph.edges}
        for branches in graph.branches.values():
            for branch in branches.values():
                ends = cast("dict[Any, str]", branch.ends)
                ends.update({name: "approved" for name, end in ends.items() if end == "sign_off"})
    row = context.store.row(context.run_id)
    thread = row.thread if row else context.run_id
    with saver(context.places.checkpoints, context.store.key) as checkpointer:
        yield RawGraph(graph.compile(checkpointer=checkpointer), config_for(thread, machine.RECURSION_LIMIT))


def _another(graph: Any, action: Any) -> Any:  # noqa: ANN401 - langgraph's own
    """A node like the hold point's, with other code."""
    from langgraph.graph import StateGraph  # noqa: PLC0415 - after the variable is set

    fresh: Any = StateGraph(graph.state_schema)
    fresh.add_node("sign_off", action)
    return fresh.nodes["sign_off"]


def _swallows(state: Any) -> dict[str, Any]:  # noqa: ANN401 - langgraph's own
    from langgraph.types import interrupt  # noqa: PLC0415 - after the variable is set

    try:
        return {"decision": interrupt({"run_id": state["run_id"]})}
    except Exception:  # noqa: BLE001 - the mistake that is mounted here
        return {"decision": "GO"}


def another_version() -> str:
    """The version that a graph with one more duty would have."""
    return graph_version()[::-1]


@contextlib.contextmanager
def _langgraphs_own() -> Generator[None, None, None]:
    """Swallow what langgraph says; refusals of the house come out."""
    try:
        yield
    except GonogoError:
        raise
    except Exception:  # noqa: BLE001, S110 - an error of langgraph is not a defence that anybody may count on
        pass


def code_in_bytes(command: str) -> bytes:
    """What a permissive deserializer runs as a command: an extension that names ``os.system`` and its argument."""
    import ormsgpack  # noqa: PLC0415 - it comes with langgraph's checkpointer
    from langgraph.checkpoint.serde.jsonplus import EXT_CONSTRUCTOR_SINGLE_ARG  # noqa: PLC0415 - the same

    inner = ormsgpack.packb(("os", "system", command))
    return ormsgpack.packb(ormsgpack.Ext(EXT_CONSTRUCTOR_SINGLE_ARG, inner))

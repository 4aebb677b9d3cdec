# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# langgraph ships no stubs and leaves generics of its own unnamed.
"""The compiled graph: six role nodes, the hold point, the commit. Nothing here decides anything.

Routing is one pure function used as conditional edges with a path map computed from the table, START included; an
unknown place is a KeyError, not a quiet end. There is no ``Command(goto)``. The position in the graph is never the
authority: a role node refuses when its role has no duty, and ``commit`` proves for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from langchain_core.runnables import Runnable
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from pydantic import BaseModel, ConfigDict

from gonogo_agents.duty import ROLES, Role
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg
from gonogo_graph.state import Ref, Run
from gonogo_graph.table import SIGN_OFF, Duty, due, edges, settle, where

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo_evidence.verdict import Verdict

RECURSION_LIMIT = 24
"""The longest run has eleven steps."""


class Answer(BaseModel):
    """What the hold point takes: which signed decision to look at, never the decision itself."""

    model_config = ConfigDict(extra="forbid", strict=True)
    decision: str


class Play(Protocol):
    """Does a duty and stores its result."""

    def __call__(self, duty: Duty, state: Run, /) -> tuple[Verdict, Ref]:
        """Play the duty on the state so far."""
        ...


class Commit(Protocol):
    """Proves the decision from outside the graph's state and commits it once."""

    def __call__(self, state: Run, /) -> str:
        """Return the outcome's digest."""
        ...


class Step(Runnable[Any, Any]):
    """A node or the routing, as a runnable of our own.

    From a plain function langgraph reads annotations, signature and bytecode whenever it compiles a graph, and traces
    each call of it. There is nothing in ours that it could find so.
    """

    def __init__(self, act: Callable[[Run], Any]) -> None:
        self.name = act.__name__
        self.func = act

    def invoke(self, input: Run, config: object = None, **kwargs: object) -> Any:  # noqa: A002, ANN401 - langgraph's own
        """Call it with the state."""
        del config, kwargs
        return self.func(input)


def build(play: Play, commit: Commit) -> StateGraph[Run]:
    """The graph, not yet compiled. ``play`` and ``commit`` bring the world in."""
    graph, transitions, place = StateGraph(Run), edges(), Step(_place)
    for role in ROLES:
        graph.add_node(role, Step(_role_node(role, play)))
        graph.add_conditional_edges(role, place, sorted(there for here, there in transitions if here == role))
    graph.add_node(SIGN_OFF, Step(_sign_off))
    graph.add_node("commit", Step(_commit_node(commit)))
    graph.add_conditional_edges(START, place, [*ROLES, SIGN_OFF])  # a run can be seeded with the results it has
    graph.add_edge(SIGN_OFF, "commit")
    graph.add_edge("commit", END)
    return graph


def _place(state: Run) -> str:
    return where(state["verdicts"])


def _role_node(role: Role, play: Play) -> Callable[[Run], dict[str, Any]]:
    def act(state: Run) -> dict[str, Any]:
        duty = due(state["verdicts"])
        if duty is None or duty.role != role:
            raise Refused(
                "ROLE_HAS_NO_DUTY",
                msg("{role} was called out of turn: a place in the graph is not a permission.", role=role),
                where=state["run_id"],
                next_step=msg("gonogo resume {run}", run=state["run_id"]),
            )
        verdict, ref = play(duty, state)
        return {duty.writes: ref, "verdicts": settle(state["verdicts"], duty, verdict)}

    return act


def _sign_off(state: Run) -> dict[str, Any]:
    return {"decision": interrupt({"run_id": state["run_id"]}, response_schema=Answer).decision}


def _commit_node(commit: Commit) -> Callable[[Run], dict[str, Any]]:
    def outcome(state: Run) -> dict[str, Any]:
        return {"outcome": commit(state)}

    return outcome

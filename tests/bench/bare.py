"""The bare graph: the same places and transitions, written as langgraph's documentation writes them. Nothing in it."""

import os
from collections.abc import Callable
from typing import Any, Protocol

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # as the engine has it, in the same process

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

from gonogo_agents.duty import ROLES
from gonogo_graph.state import Run
from gonogo_graph.table import SIGN_OFF, due, edges, settle, where

Nap = Callable[[str], None]
"""Waits as the body of the duty that writes this field did."""


class Node(Protocol):
    """A node, in the shape that langgraph asks for."""

    def __call__(self, state: Run) -> dict[str, Any]:
        """Return the fields to write."""
        ...


def bare_graph(nap: Nap) -> StateGraph[Run]:
    """Not yet compiled. Each node writes a reference; the hold point pauses; the commit says a word."""
    graph = StateGraph(Run)
    for role in ROLES:
        graph.add_node(role, _node(nap))
        graph.add_conditional_edges(role, _next, sorted(there for here, there in edges() if here == role))
    graph.add_node(SIGN_OFF, _pause)
    graph.add_node("commit", _end)
    graph.add_conditional_edges(START, _next, [*ROLES, SIGN_OFF])
    graph.add_edge(SIGN_OFF, "commit")
    graph.add_edge("commit", END)
    return graph


def _next(state: Run) -> str:
    return where(state["verdicts"])


def _node(nap: Nap) -> Node:
    def node(state: Run) -> dict[str, Any]:
        duty = due(state["verdicts"])
        assert duty is not None
        nap(duty.writes)
        path = f"results/{duty.writes}.json"
        ref = {"path": path, "sha256": "0" * 64, "size": 1000, "media_type": "application/json"}
        return {duty.writes: ref, "verdicts": settle(state["verdicts"], duty, "PASS")}

    return node


def _pause(state: Run) -> dict[str, Any]:
    return {"decision": interrupt({"run_id": state["run_id"]})["decision"]}


def _end(state: Run) -> dict[str, Any]:
    del state
    return {"outcome": "done"}

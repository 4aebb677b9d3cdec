"""LangGraph Studio may draw the graph, and nothing else."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

from langgraph.types import Command

from gonogo_agents.duty import ROLES
from gonogo_evidence.errors import Refused
from gonogo_graph.checkpoints import config_for, saver
from gonogo_graph.table import edges
from support.crash import rows

if TYPE_CHECKING:
    from gonogo_graph.context import RunContext
    from support.desk import Desk

CONFIG = Path(__file__).parents[2] / "config" / "langgraph.json"
MOVES: dict[str, Any] = {
    "edit the state": None,
    "go to the commit": Command(goto="commit"),
    "resume": Command(resume={"decision": "GO"}),
}


def loaded() -> Any:  # noqa: ANN401 - langgraph's own types
    """The graph as LangGraph's server takes it: a file beside the configuration, and a name in it."""
    stated = json.loads(CONFIG.read_bytes())
    assert all((CONFIG.parent / place / "pyproject.toml").is_file() for place in stated["dependencies"])
    path, _, name = stated["graphs"]["gonogo"].partition(":")
    found = importlib.util.spec_from_file_location("studio_of_the_configuration", (CONFIG.parent / path).resolve())
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return getattr(module, name)


def test_what_the_configuration_names_is_loaded_and_drawn() -> None:
    graph = loaded()
    drawn = {(edge.source, edge.target) for edge in graph.get_graph().edges}
    assert edges() <= drawn
    picture = graph.get_graph().draw_mermaid()
    assert all(name in picture for name in (*ROLES, "sign_off", "commit"))


def test_it_plays_nothing() -> None:
    with pytest.raises(Refused, match="GRAPH_IS_DRAWN_ONLY"):
        loaded().invoke({"schema_version": 1, "run_id": "r", "verdicts": {}})


@pytest.mark.parametrize("move", MOVES)
def test_over_a_run_that_waits_it_commits_nothing(desk: Desk, context: RunContext, move: str) -> None:
    config: Any = config_for(context.run_id, 24)
    with saver(context.places.checkpoints, context.store.key) as checkpointer:
        graph = loaded().copy(update={"checkpointer": checkpointer})
        if MOVES[move] is None:
            graph.update_state(config, {"decision": "GO", "outcome": "0" * 64}, as_node="sign_off")
        with pytest.raises(Refused, match="GRAPH_IS_DRAWN_ONLY"):
            graph.invoke(MOVES[move], config)
    assert rows(desk, "SELECT * FROM spent") == []
    assert desk.gonogo("resume", "latest").returncode == 4, "gonogo's own commit does not believe it either"
    assert rows(desk, "SELECT * FROM spent") == []

"""LangGraph Studio may draw the graph, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gonogo_evidence.errors import Refused
from gonogo_graph.studio import graph
from gonogo_graph.table import edges

CONFIG = Path(__file__).parents[2] / "config" / "langgraph.json"


def test_the_configuration_names_the_graph() -> None:
    stated = json.loads(CONFIG.read_bytes())
    path, _, name = stated["graphs"]["gonogo"].partition(":")
    assert (CONFIG.parent / path).resolve().name == "studio.py"
    assert name == "graph"
    assert all((CONFIG.parent / place).is_dir() for place in stated["dependencies"])


def test_it_draws_the_edges_of_the_table_and_plays_nothing() -> None:
    drawn = {(edge.source, edge.target) for edge in graph.get_graph().edges}
    assert edges() <= drawn
    with pytest.raises(Refused, match="GRAPH_IS_DRAWN_ONLY"):
        graph.invoke({"schema_version": 1, "run_id": "r", "verdicts": {}})

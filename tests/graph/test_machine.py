"""The compiled graph is the table, pauses at the hold point, and refuses whoever calls a role out of turn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from gonogo_evidence.errors import Refused
from gonogo_graph.machine import RECURSION_LIMIT, build
from gonogo_graph.table import DUTIES, Duty, edges

if TYPE_CHECKING:
    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.state import Ref, Run

REF: Ref = {"path": "results/x.json", "sha256": "0" * 64, "size": 1, "media_type": "application/json"}
CONFIG: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": RECURSION_LIMIT}
START: Run = {"schema_version": 1, "run_id": "r", "verdicts": {}}


class Table:
    """Plays every duty with one verdict and remembers what was asked of it."""

    def __init__(self, verdicts: dict[int, Verdict] | None = None) -> None:
        self.verdicts = verdicts or {}
        self.played: list[int] = []
        self.committed: list[str] = []

    def play(self, duty: Duty, state: Run) -> tuple[Verdict, Ref]:
        del state
        self.played.append(duty.number)
        return self.verdicts.get(duty.number, "PASS"), REF

    def commit(self, state: Run) -> str:
        self.committed.append(state.get("decision", ""))
        return "0" * 64


def compiled(table: Table) -> Any:  # noqa: ANN401 - langgraph's own type
    return build(table.play, table.commit).compile(checkpointer=InMemorySaver())


def test_the_drawn_edges_are_the_tables() -> None:
    drawn = {(edge.source, edge.target) for edge in compiled(Table()).get_graph().edges}
    fixed = {("sign_off", "commit"), ("commit", "__end__")}
    assert {edge for edge in drawn if edge[0] != "__start__"} - fixed == edges()
    assert fixed <= drawn


def test_it_stops_before_anything_is_committed() -> None:
    table = Table()
    state = compiled(table).invoke(START, CONFIG, durability="sync")
    assert table.played == [duty.number for duty in DUTIES]
    assert table.committed == []
    assert state["__interrupt__"][0].value == {"run_id": "r"}


def test_a_failure_in_step_a_still_reaches_the_hold_point() -> None:
    table = Table({1: "FAIL"})
    compiled(table).invoke(START, CONFIG, durability="sync")
    assert table.played == [1, 7, 8, 9]


@pytest.mark.parametrize("answer", ["yes", {"decision": "MAYBE", "more": 1}, {"decision": 1}])
def test_the_hold_point_takes_only_a_reference(answer: object) -> None:
    table = Table()
    app = compiled(table)
    app.invoke(START, CONFIG, durability="sync")
    with pytest.raises(ValueError, match="Answer"):
        app.invoke(Command(resume=answer), CONFIG, durability="sync")
    assert table.committed == []


def test_an_empty_answer_decides_nothing() -> None:
    table = Table()
    app = compiled(table)
    app.invoke(START, CONFIG, durability="sync")
    app.invoke(Command(resume={}), CONFIG, durability="sync")
    assert table.committed == []
    assert app.get_state(CONFIG).next == ("sign_off",)


def test_a_stray_goto_to_a_role_is_refused() -> None:
    table = Table()
    app = compiled(table)
    app.invoke(START, CONFIG, durability="sync")
    with pytest.raises(Refused, match="ROLE_HAS_NO_DUTY"):
        app.invoke(Command(goto="ORCHESTRATOR"), CONFIG, durability="sync")


def test_the_gate_module_swallows_nothing() -> None:
    import inspect

    from gonogo_graph import machine

    source = inspect.getsource(machine)
    assert "except" not in source
    assert source.count("interrupt(") == 1
    assert inspect.getsource(machine._sign_off).count("\n") == 2

"""The stand-in for langgraph's loop does what langgraph does: the same runs on the compiled graph, compared."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import pytest

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

import orjson
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from gonogo_graph import machine
from gonogo_graph.table import DUTIES, SCHEMA_VERSION
from proof.loop import Loop
from proof.parts import FORMAL
from proof.state import RUN
from proof.world import Disk

if TYPE_CHECKING:
    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.state import Ref, Run
    from gonogo_graph.table import Duty

CONFIG: Any = {"configurable": {"thread_id": RUN}, "recursion_limit": machine.RECURSION_LIMIT}
START: Any = {"schema_version": SCHEMA_VERSION, "run_id": RUN, "verdicts": {}}
FIRST = [(number, verdict) for number in range(1, 7) for verdict in ("FAIL", "INCONCLUSIVE")]


class Played:
    """Plays duties to chosen verdicts and keeps which."""

    def __init__(self, verdicts: dict[int, Verdict]) -> None:
        self.verdicts, self.numbers = verdicts, list[int]()

    def __call__(self, duty: Duty, state: Run) -> tuple[Verdict, Ref]:
        del state
        self.numbers.append(duty.number)
        ref: Ref = {"path": duty.writes, "sha256": "0" * 64, "size": 1, "media_type": "application/json"}
        return self.verdicts.get(duty.number, "PASS"), ref


def _commit(state: Run) -> str:
    return f"of {state['run_id']}"


@pytest.mark.parametrize("late", [{}, {7: "FAIL"}, {8: "INCONCLUSIVE"}, {7: "INCONCLUSIVE", 9: "FAIL"}], ids=str)
@pytest.mark.parametrize("first", [{}, *({number: verdict} for number, verdict in FIRST)], ids=str)
def test_both_loops_take_the_same_way(first: dict[int, Verdict], late: dict[int, Verdict]) -> None:
    ours, theirs = Played({**first, **late}), Played({**first, **late})
    disk = Disk(FORMAL)
    loop = Loop(disk, ours, _commit)
    compiled: Any = machine.build(theirs, _commit).compile(checkpointer=InMemorySaver())
    for app in (loop, compiled):
        assert "__interrupt__" in app.invoke(START, CONFIG, durability="sync")
    assert ours.numbers == theirs.numbers
    for app in (loop, compiled):
        assert "__interrupt__" in app.invoke(None, CONFIG, durability="sync"), "asked again, it still waits"
    assert ours.numbers == theirs.numbers
    snapshot = compiled.get_state(CONFIG)
    saved = disk.now.thread
    assert saved is not None
    assert orjson.loads(saved.values) == snapshot.values == loop.get_state(CONFIG).values
    assert (saved.place,) == snapshot.next
    for app in (loop, compiled):
        resume: Any = {app.get_state(CONFIG).interrupts[0].id: {"decision": RUN}}
        ended = cast("dict[str, Any]", app.invoke(Command(resume=resume), CONFIG, durability="sync"))
        assert ended["outcome"] == f"of {RUN}"
    assert len(DUTIES) >= len(ours.numbers)

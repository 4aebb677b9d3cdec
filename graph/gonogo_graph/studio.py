# pyright: reportUnknownMemberType=false
# langgraph leaves generics of its own unnamed.
"""The graph for LangGraph Studio to draw (``config/langgraph.json``). It plays no duty and commits nothing.

Who has Studio sees nodes and edges as they are. A run goes on by ``gonogo`` alone; what is resumed or edited from
elsewhere meets the same proof at ``commit`` as every other bypass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg
from gonogo_graph.machine import build

if TYPE_CHECKING:
    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.state import Ref, Run
    from gonogo_graph.table import Duty


def _play(duty: Duty, state: Run) -> tuple[Verdict, Ref]:
    del duty
    raise _drawn(state)


def _commit(state: Run) -> str:
    raise _drawn(state)


def _drawn(state: Run) -> Refused:
    return Refused(
        "GRAPH_IS_DRAWN_ONLY",
        msg("This graph is for looking at: no duty is played and nothing is committed from here."),
        where=str(state.get("run_id", "")),
        next_step=msg("gonogo inbox"),
    )


graph = build(_play, _commit).compile()
"""What Studio loads."""

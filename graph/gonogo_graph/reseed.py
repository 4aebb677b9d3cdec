"""Seeding: a run begins, or begins again on a new thread, with the results it already has.

START is routed like every other place, so a lost checkpoint, a stray goto that bricked a thread and a new version of
the graph all end the same way: thread ``RUN/2``, seeded from the result files, on from the first duty that has none.
A result counts with its MAC only. An edited checkpoint and another graph version are refused first; the operator says
``--migrate`` or ends the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_evidence import canonical
from gonogo_graph.context import RESULT_LIMIT, stored_result
from gonogo_graph.table import DUTIES, SCHEMA_VERSION, due, graph_version, settle

if TYPE_CHECKING:
    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.context import RunContext
    from gonogo_graph.state import Ref, Run
    from gonogo_graph.store import RunRow


def seed(context: RunContext, *, whole: bool = False) -> Run:
    """The state to start from: empty for a new run, stored results in duty order for one that begins again.

    The last duty is left out unless ``whole``: it is the one that asks the operator, so it is always done anew.
    """
    verdicts: dict[str, Verdict] = {}
    refs: dict[str, Ref] = {}
    for duty in DUTIES if whole else DUTIES[:-1]:
        if due(verdicts) != duty:
            continue
        stored = _stored(context, duty.writes)
        if stored is None:
            break
        ref, verdict = stored
        refs[duty.writes] = ref
        verdicts = settle(verdicts, duty, verdict)
    start = {"schema_version": SCHEMA_VERSION, "run_id": context.run_id, "verdicts": verdicts}
    return cast("Run", {**start, **refs})


def reseed(context: RunContext) -> RunRow:
    """Move the run to its next thread, pinned to today's graph."""
    row = context.store.run(context.run_id)
    number = int(row.thread.partition("/")[2] or 1) + 1 if row else 2
    context.store.update_run(
        context.run_id, thread=f"{context.run_id}/{number}", graph_version=graph_version(), updated=context.stamp()
    )
    return cast("RunRow", context.store.run(context.run_id))


def _stored(context: RunContext, field: str) -> tuple[Ref, Verdict] | None:
    """A result file appears whole, by a rename, so one that does not verify was edited and is no crash's half."""
    found = stored_result(context, field)
    if found is None:
        return None
    ref, data = found
    return ref, cast("Verdict", canonical.loads_object(data, limit=RESULT_LIMIT)["verdict"])

"""Seeding: a run begins, or begins again on a new thread, with the results it already has.

START is routed like every other place, so a lost checkpoint, a stray goto that bricked a thread and a new version of
the graph all end the same way: thread ``RUN/2``, seeded from the result files, on from the first duty that has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_graph.context import RESULT_LIMIT
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
    path = context.folder.results / f"{field}.json"
    if not path.exists():
        return None
    try:
        data = read_bytes(path, limit=RESULT_LIMIT)
        body = canonical.loads_object(data, limit=RESULT_LIMIT)
    except GonogoError:  # half a file from a crash: that duty is done again
        return None
    ref: Ref = {
        "path": f"results/{path.name}",
        "sha256": canonical.digest_of(data),
        "size": len(data),
        "media_type": "application/json",
    }
    return ref, cast("Verdict", body["verdict"])

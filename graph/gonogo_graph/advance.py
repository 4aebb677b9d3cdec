# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# langgraph ships no stubs and leaves generics of its own unnamed.
"""``advance(run)``: the only way in. Take the run's lock, look, do one leg, update the index.

It is idempotent: called again after a crash it goes on where the checkpoint stands; called on a waiting run it answers
that it waits; called on a decided run it answers with the decision. It resumes only from the ledger, never from input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from gonogo_evidence.errors import Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.text import msg
from gonogo_graph.chat import WAITS
from gonogo_graph.checkpoints import config_for, saver
from gonogo_graph.commit import commit
from gonogo_graph.conditions import place_closes
from gonogo_graph.hold import renew
from gonogo_graph.index import catch_up, record_intent
from gonogo_graph.lock import single_writer
from gonogo_graph.proof import answered, record_refusal, sealed_as_named
from gonogo_graph.reseed import reseed, seed
from gonogo_graph.table import graph_version
from gonogo_policies.signoff import Waiting, sign_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langgraph.graph.state import CompiledStateGraph

    from gonogo_graph.context import RunContext
    from gonogo_graph.play import Player
    from gonogo_graph.state import Run
    from gonogo_graph.store import RunRow, RunState

STALE = frozenset({"CHECKPOINT_CHANGED", "GRAPH_VERSION_OTHER", "REVIEW_CHANGED"})
"""Refusals of stored state, which go on the record; what is refused of a decision is recorded where it is judged."""

PATIENCE = 30.0
"""Seconds to wait for another process that works on the same run."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The graph of one run, compiled over its saver, and the thread it runs on."""

    app: CompiledStateGraph[Any]
    config: dict[str, Any]


def advance(context: RunContext, player: Player, *, patience: float = PATIENCE, migrate: bool = False) -> RunRow:
    """Do what can be done for this run now, and return its row. Raises what the operator must know.

    ``migrate``: the operator's answer to stored state that was refused (edited, of another graph version): leave it,
    and begin again on a new thread from the results that verify.
    """
    with single_writer(context.places.lock(context.run_id), patience=patience):
        row = _row(context)
        if row.state == "ABANDONED":
            catch_up(context)
            return row
        if context.store.spent(context.run_id) is not None:
            commit(context)  # settles an INTENT that a crash left; a finished outcome is only read
            place_closes(context)
            return _settle(context)
        if row.graph_version != graph_version() and _answers(context):
            raise _graph_changed(context)
        if context.store.request(context.run_id) is None:
            record_intent(context)  # before the first duty, so that a hidden run shows as a gap
        if migrate and not _at_home(context):
            row = reseed(context)
            player.log.warning("migrated", thread=row.thread)
        with saver(context.places.checkpoints, context.store.key) as checkpointer:
            try:
                arrived = _one_leg(context, _compile(context, row, player, checkpointer))
            except (Refused, IntegrityBroken) as error:
                if error.code in STALE:
                    record_refusal(context, error)
                if error.code != "ROLE_HAS_NO_DUTY":
                    raise
                arrived = False
            if not arrived:  # a stray goto or half of a duty's writes lies in the thread for good: on with the next one
                reseed(context)
                _one_leg(context, _compile(context, _row(context), player, checkpointer))
        return _settle(context)


def _graph_changed(context: RunContext) -> Refused:
    """What was signed under another graph is asked again: whoever signed did not see what this one does with it."""
    renew(context, why="GRAPH_CHANGED", force=True)
    reseed(context)
    error = Refused(
        "GRAPH_CHANGED",
        msg("gonogo's own steps are not those under which it was signed; a sign-off before that no longer counts."),
        where=context.run_id,
        next_step=sign_again(context.run_id),
    )
    record_refusal(context, error)
    return error


def _compile(context: RunContext, row: RunRow, player: Player, checkpointer: Any) -> Leg:  # noqa: ANN401 - langgraph's own type
    from gonogo_graph.machine import RECURSION_LIMIT, build  # noqa: PLC0415 - langgraph, only where a run goes on

    def committer(state: Run) -> str:
        del state  # the state is not believed
        first = context.store.spent(context.run_id) is None
        outcome = commit(context)
        player.committed = first
        return outcome

    if row.graph_version != graph_version():
        raise Refused(
            "GRAPH_VERSION_OTHER",
            msg(
                "The run stopped in another version of the state machine than this gonogo's. It can begin again from"
                " the results that verify, or be abandoned."
            ),
            where=context.run_id,
            next_step=msg("gonogo resume {run} --migrate", run=context.run_id),
        )
    app = build(player, committer).compile(checkpointer=checkpointer)
    return Leg(app, config_for(row.thread, RECURSION_LIMIT))


def _at_home(context: RunContext) -> bool:
    """Whether the stored state can be gone on from: of this graph's version, every row as it was written here."""
    row = _row(context)
    if row.graph_version != graph_version():
        return False
    with saver(context.places.checkpoints, context.store.key) as checkpointer:
        try:
            checkpointer.get_tuple(cast("Any", config_for(row.thread, 1)))
        except IntegrityBroken:
            return False
    return True


def _one_leg(context: RunContext, leg: Leg) -> bool:
    """Start, go on, or resume with the ledger's decision: whichever is due. False: it ended short of both."""
    state = leg.app.get_state(cast("Any", leg.config))
    if not state.interrupts or _for_chat(state.interrupts):
        if "decision" in (state.values or {}) and not _decided(context):
            return False  # it stopped between hold point and commit, and what was signed no longer counts: asked anew
        start = None if state.values else seed(context)
        ended = leg.app.invoke(start, cast("Any", leg.config), durability="sync")
        if _for_chat(ended.get("__interrupt__", ())):
            return True
        arrived = "__interrupt__" in ended
        if not arrived or not _answers(context):
            return arrived or context.store.spent(context.run_id) is not None
        state = leg.app.get_state(cast("Any", leg.config))
    if _decided(context):
        from langgraph.types import Command  # noqa: PLC0415 - langgraph, only where a run goes on

        answer = {state.interrupts[0].id: {"decision": context.run_id}}
        leg.app.invoke(Command(resume=answer), cast("Any", leg.config), durability="sync")
    return True


def _for_chat(interrupts: Sequence[Any]) -> bool:
    """Whether the graph waits for a role's words, which the run's folder will hold, and not at the hold point."""
    return any(WAITS in one.value for one in interrupts)


def _decided(context: RunContext) -> bool:
    """Whether the ledger holds a decision that fits. A stale request without an answer is renewed, on the record.

    It looks at signatures and digests only, to keep refused decisions out of the graph; the proof is ``commit``'s.
    """
    request = context.store.request(context.run_id)
    if request is None or not _answers(context):
        renew(context, why="the earlier request had expired, or its policy changed")
        return False
    try:
        return not isinstance(answered(context, request, sealed_as_named(context)), Waiting)
    except Refused as error:
        renew(context, why=error.code, force=True)  # what was signed can no longer be taken: ask again, on the record
        raise


def _answers(context: RunContext) -> bool:
    """Whether anybody has answered the newest request."""
    request = context.store.request(context.run_id)
    return request is not None and bool(context.store.signoffs(context.run_id, request.request_id))


def _row(context: RunContext) -> RunRow:
    row = context.store.run(context.run_id)
    if row is None:
        raise Inconclusive("RUN_LOST", msg("The run is not in the index."), where=context.run_id)
    return row


def _settle(context: RunContext) -> RunRow:
    """Bring run index and evidence index up to what the ledger says; usually they are there already."""
    row = _settle_row(context, _row(context))
    if row.state == "COMMITTED":
        catch_up(context)
    return row


def _settle_row(context: RunContext, row: RunRow) -> RunRow:
    spent = context.store.spent(context.run_id)
    state: RunState = "AWAITING_OPERATOR" if context.store.request(context.run_id) else "RUNNING"
    if spent is not None:
        state = "COMMITTED" if spent.state == "DONE" else "AMBIGUOUS"
    decision = spent.decision if spent is not None else None
    if (row.state, row.decision) != (state, decision):
        context.store.update_run(context.run_id, state=state, decision=decision, updated=context.stamp())
        return _row(context)
    return row

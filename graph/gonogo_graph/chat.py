"""The ``chat`` driver: at each duty a run waits for what a chat host hands in for its role, as it waits for a decision.

What is handed in is words (:mod:`gonogo_policies.contribution`): the duty's own code runs after it in any case, and its
verdict stands. Words go into the pack as evidence of class ``none``; an objection stands in the way of a GO. Who
answered is what the host said of itself: asserted, not measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_graph.lock import single_writer
from gonogo_graph.refusals import record_attempt
from gonogo_graph.reseed import seed
from gonogo_graph.said import CHAT, STORED_LIMIT, said, store
from gonogo_graph.table import Duty, due
from gonogo_policies.contribution import LIMIT, Kept, keep, read_contribution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gonogo_evidence.errors import GonogoError
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import RunContext

WAITS: Final = "waits_for_chat"
"""In the value of an interrupt: whose words a run waits for."""
PROPOSALS: Final = "proposals.jsonl"
PATIENCE: Final = 30.0
"""Seconds that one who writes waits for another."""
MOST_HOOK_LINES: Final = 500
"""Decisions of the host's hook that are kept with a duty's words, the newest."""


class By(NamedTuple):
    """Who answered, as the host said it: asserted, not measured."""

    host: str
    client: str
    model: str
    binding: str
    """How the role was bound: ``process`` (the server was started for this role alone) or ``asserted``."""

    def json(self) -> JSONObject:
        """For evidence."""
        return {**self._asdict(), "basis": "asserted"}


def waits_for_chat(context: RunContext) -> Duty | None:
    """The duty that waits for a chat host; None where the run has another driver, or waits for something else."""
    if context.inputs["driver"] != CHAT or context.store.request(context.run_id) is not None:
        return None
    if context.store.spent(context.run_id) is not None or context.store.abandoned(context.run_id) is not None:
        return None
    duty = due(seed(context, whole=True)["verdicts"])
    return duty if duty is not None and said(context, duty) is None else None


def turn(context: RunContext, role: str) -> Duty:
    """The duty that is due, if it is this role's.

    Raises:
        Refused: ``CHAT_NOT_DUE`` (nothing waits for a chat), ``CHAT_OUT_OF_TURN``; what is due, and why, is said.
    """
    duty = waits_for_chat(context)
    if duty is None:
        raise _not_due(context)
    if duty.role != role:
        raise Refused(
            "CHAT_OUT_OF_TURN",
            msg(
                "{due} is due: duty {number}, step {step} ({name}). {role} is not, and nothing was taken.",
                due=duty.role,
                number=duty.number,
                step=duty.step,
                name=duty.name,
                role=role[:40],
            ),
            where=context.run_id,
            next_step=msg("Stop here; the agent of {due} takes the duty.", due=duty.role),
        )
    return duty


def turn_recorded(context: RunContext, role: str) -> Duty:
    """The same, and a call out of turn is a ledger entry."""
    try:
        return turn(context, role)
    except Refused as error:
        record_attempt(context, error)
        raise


def record(context: RunContext, error: GonogoError) -> None:
    """Put a refused call of a chat host on the record."""
    record_attempt(context, error)


def propose(context: RunContext, decision: str, reason: str, by: By) -> None:
    """Write down what somebody in a chat would decide. Nothing reads it but people: it is no sign-off."""
    with single_writer(context.places.lock(context.run_id), patience=PATIENCE):
        _propose(context, decision, reason, by)


def _propose(context: RunContext, decision: str, reason: str, by: By) -> None:
    path = context.folder.root / PROPOSALS
    line = canonical.dumps({"at": context.stamp(), "decision": decision, "reason": reason[:2000], "by": by.json()})
    before = read_bytes(path, limit=STORED_LIMIT) if path.exists() else b""
    if len(before) + len(line) > LIMIT:
        raise Refused(
            "PROPOSALS_FULL",
            msg("So many proposals were made for this run that no more are kept."),
            where=context.run_id,
            next_step=msg("gonogo show {run}", run=context.run_id),
        )
    write_atomic(path, before + line + b"\n")


def hand_in(
    context: RunContext,
    role: str,
    data: bytes,
    by: By,
    exists: Callable[[str], bool],
    *,
    hook: Sequence[JSON] = (),
    looks: Sequence[JSON] = (),
) -> tuple[Duty, Kept]:
    """Take what a chat host hands in for the due duty. The caller holds the run's lock, and goes on with the run.

    ``hook`` is what the host's hook decided meanwhile, ``looks`` what looks at gates saw: ``gate`` and ``verdict``.

    Raises:
        Refused: as :func:`turn`, on the record.
        BadInput: ``CONTRIBUTION_TOO_LARGE``, ``CONTRIBUTION_MALFORMED``, on the record.
    """
    try:
        duty = turn(context, role)
        kept = keep(duty.writes, read_contribution(data), exists)
    except (Refused, BadInput) as error:
        record_attempt(context, error)
        raise
    seen: JSONObject = {"looks": list(looks)} if looks else {}
    document: JSONObject = {**kept.json(), "role": duty.role, "duty": duty.number, "by": by.json(), **seen}
    store(context, duty, _with_hook(document, list(hook)[-MOST_HOOK_LINES:]))
    return duty, kept


def _with_hook(document: JSONObject, lines: list[JSON]) -> bytes:
    """The document with as many of the newest lines as can be read again: nothing that is logged stops a run."""
    while lines:
        data = canonical.dumps({**document, "hook": lines})
        if len(data) <= STORED_LIMIT - LIMIT:
            return data
        lines = lines[len(lines) // 2 + 1 :]
    return canonical.dumps(document)


def _not_due(context: RunContext) -> Refused:
    if context.inputs["driver"] != CHAT:
        words = msg("This run is not driven by a chat (driver {driver}).", driver=str(context.inputs["driver"]))
    elif context.store.request(context.run_id) is not None:
        words = msg("The run stands at its hold point: it waits for the operator, and for no agent.")
    else:
        words = msg("No duty of this run waits for a chat.")
    step = msg("gonogo show {run}", run=context.run_id)
    return Refused("CHAT_NOT_DUE", words, where=context.run_id, next_step=step)

"""The ``chat`` driver: at each duty a run waits for what a chat host hands in for its role, as it waits for a decision.

What is handed in is words (:mod:`gonogo_policies.contribution`): the duty's own code runs after it in any case, and its
verdict stands. Words go into the pack as evidence of class ``none``; an objection stands in the way of a GO. Who
answered is what the host said of itself: asserted, not measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_graph.context import stored_result
from gonogo_graph.lock import single_writer
from gonogo_graph.refusals import record_attempt
from gonogo_graph.reseed import seed
from gonogo_graph.table import DUTIES, Duty, due
from gonogo_policies.contribution import LIMIT, Kept, keep, read_contribution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gonogo_evidence.errors import GonogoError
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import RunContext

DRIVER: Final = "chat"
WAITS: Final = "waits_for_chat"
"""In the value of an interrupt: whose words a run waits for."""
STORED_LIMIT: Final = 16 * LIMIT
LATE: Final = (8, 9)
"""Duties after the seal: their words lie in the review alone."""
PROPOSALS: Final = "proposals.jsonl"
PATIENCE: Final = 30.0
"""Seconds that one who writes waits for another."""
MOST_HOOK_LINES: Final = 500
"""Decisions of the host's hook that are kept with a duty's words, the newest."""
REASON: Final = "words that a chat host handed in"


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
    if context.inputs["driver"] != DRIVER or context.store.request(context.run_id) is not None:
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
    _store(context, duty, _with_hook(document, list(hook)[-MOST_HOOK_LINES:]))
    return duty, kept


def _with_hook(document: JSONObject, lines: list[JSON]) -> bytes:
    """The document with as many of the newest lines as can be read again: nothing that is logged stops a run."""
    while lines:
        data = canonical.dumps({**document, "hook": lines})
        if len(data) <= STORED_LIMIT - LIMIT:
            return data
        lines = lines[len(lines) // 2 + 1 :]
    return canonical.dumps(document)


def said(context: RunContext, duty: Duty) -> JSONObject | None:
    """What was handed in for a duty. Raises :class:`IntegrityBroken` ``CONTRIBUTION_CHANGED``."""
    path = context.folder.said / f"{duty.writes}.json"
    if not path.exists():
        return None
    data, _, mac = read_bytes(path, limit=STORED_LIMIT).partition(b"\n")
    try:
        fits = context.store.key.fits(bytes.fromhex(mac.decode("ascii")), "said", context.run_id, duty.writes, data)
    except ValueError:
        fits = False
    if not fits:
        raise _changed(context, path.name)
    return canonical.loads_object(data)


def all_said(context: RunContext) -> list[JSON]:
    """Everything that was handed in so far, in the order of the duties; raises as :func:`said`."""
    if context.inputs["driver"] != DRIVER:
        return []
    return [cast("JSON", found) for duty in DUTIES if (found := _heard(context, duty)) is not None]


def _heard(context: RunContext, duty: Duty) -> JSONObject | None:
    """What was handed in for a duty. One that was done had its words: where they are gone, an objection may be."""
    found = said(context, duty)
    if found is None and stored_result(context, duty.writes) is not None:
        raise _changed(context, f"{duty.writes}.json")
    return found


WEIGHT: Final = ("finding", "risk", "goal", "mitigation", "action")
"""Kinds of claims that a reader wants first; the others follow."""


def in_short(said_so_far: Sequence[JSON]) -> tuple[str, ...]:
    """One line a claim for a card: who, what kind, the words, and what they rest on."""
    lines: list[tuple[int, str]] = []
    for document in reversed(cast("Sequence[Mapping[str, Any]]", said_so_far)):  # the risk review before the plan
        for claim in document["claims"]:
            rank = WEIGHT.index(claim["kind"]) if claim["kind"] in WEIGHT else len(WEIGHT)
            ids = ", ".join(claim["evidence"])
            lines.append((rank, f"{document['role']}, {claim['kind']}: {claim['text']} [{ids}]"))
    return tuple(line for _, line in sorted(lines, key=lambda one: one[0]))


def as_evidence(duty: Duty, document: JSONObject) -> Mapping[str, JSON]:
    """The arguments of ``evidence.append`` that put a contribution into the pack."""
    return {
        "path": _path(duty),
        "content": document,
        "media_type": "application/json",
        "determinism": "none",
        "reason": REASON,
    }


def take_over(context: RunContext, pack: Path) -> None:
    """Take what the sealed pack of a run that was handed over holds of it, under this machine's MAC."""
    for duty in DUTIES if context.inputs["driver"] == DRIVER else ():
        path = pack / "data" / _path(duty)
        if path.exists():
            _store(context, duty, canonical.dumps(canonical.loads_object(read_bytes(path, limit=STORED_LIMIT))))


def late_objections(context: RunContext) -> tuple[JSONObject, ...]:
    """What was objected after the seal: it stands in the review, which another machine makes anew."""
    told = cast("Sequence[JSONObject]", all_said(context))
    return tuple(one for one in told if one["duty"] in LATE and one["verdict"] != "PASS")


def take_objections(context: RunContext, objections: Sequence[JSONObject]) -> None:
    """Keep what was objected elsewhere in step G: the role has spoken, and is not asked again.

    Raises:
        BadInput: CONTRIBUTION_MALFORMED, CONTRIBUTION_TOO_LARGE: it is no objection of such a duty.
    """
    for document in objections if context.inputs["driver"] == DRIVER else ():
        words = {name: document.get(name) for name in ("schema", "verdict", "reason", "claims")}
        read = read_contribution(canonical.dumps(words))
        duty = next((one for one in DUTIES if one.number in LATE and one.number == document.get("duty")), None)
        if duty is None or document.get("role") != duty.role or read.verdict == "PASS":
            raise BadInput(
                "CONTRIBUTION_MALFORMED",
                msg("The letter of the hand-over holds words that are no objection of step G."),
                where=context.run_id,
            )
        _store(context, duty, canonical.dumps(document))


def _path(duty: Duty) -> str:
    return f"contributions/{duty.number}-{duty.writes}.json"


def _store(context: RunContext, duty: Duty, data: bytes) -> None:
    context.folder.said.mkdir(parents=True, exist_ok=True, mode=0o700)
    mac = context.store.key.of("said", context.run_id, duty.writes, data)
    write_atomic(context.folder.said / f"{duty.writes}.json", b"%b\n%b\n" % (data, mac.hex().encode()))


def _changed(context: RunContext, name: str) -> IntegrityBroken:
    return IntegrityBroken(
        "CONTRIBUTION_CHANGED",
        msg("What a chat host handed in was changed afterwards."),
        where=str(context.folder.said / name),
        next_step=msg('gonogo abandon {run} --reason "contribution changed"', run=context.run_id),
    )


def _not_due(context: RunContext) -> Refused:
    if context.inputs["driver"] != DRIVER:
        words = msg("This run is not driven by a chat (driver {driver}).", driver=str(context.inputs["driver"]))
    elif context.store.request(context.run_id) is not None:
        words = msg("The run stands at its hold point: it waits for the operator, and for no agent.")
    else:
        words = msg("No duty of this run waits for a chat.")
    step = msg("gonogo show {run}", run=context.run_id)
    return Refused("CHAT_NOT_DUE", words, where=context.run_id, next_step=step)

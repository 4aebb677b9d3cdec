"""The conditions of a GO-WITH-CONDITIONS, and closing them: each by a signature over evidence that it was met."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_agents.redact_run import refuse_secrets
from gonogo_evidence import sshsig
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken, Refused
from gonogo_evidence.files import hash_file
from gonogo_evidence.ids import Principal
from gonogo_evidence.statement import CloseStatement, Evidence, SignoffStatement, parse_time
from gonogo_evidence.text import msg
from gonogo_graph.commit import place, signoff_name
from gonogo_graph.lock import single_writer
from gonogo_graph.proof import pack_folder, record_refusal, sealed_as_named, sealed_now
from gonogo_graph.revoked import refuse_revoked_close, told_of
from gonogo_graph.signing import PATIENCE
from gonogo_graph.standing import check_stands
from gonogo_graph.store import Close
from gonogo_policies.closing import judge_close

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import Digest
    from gonogo_evidence.statement import Condition
    from gonogo_graph.context import RunContext


@dataclass(frozen=True, slots=True)
class Point:
    """One condition of the committed decision, numbered over all who approved."""

    number: int
    """As ``gonogo close --condition`` names it; from 1."""
    signoff: Digest
    """The statement that made it."""
    issued: str
    """When that was signed, ``YYYY-MM-DDTHH:MM:SSZ``."""
    condition: Condition


def conditions_of(context: RunContext) -> tuple[Point, ...]:
    """The conditions of everybody who approved, by principal and statement: the order that verify numbers them in."""
    spent, request = context.store.spent(context.run_id), context.store.request(context.run_id)
    if spent is None or request is None or spent.decision != "GO-WITH-CONDITIONS":
        return ()
    answers = context.store.signoffs(context.run_id, request.request_id)
    chosen = sorted(
        (row for row in answers if row.decision == spent.decision), key=lambda row: (row.principal, row.digest)
    )
    said = [(row.digest, SignoffStatement.from_bytes(row.statement)) for row in chosen]
    found = [(digest, one.issued, item) for digest, one in said for item in one.conditions]
    return tuple(Point(number, *parts) for number, parts in enumerate(found, start=1))


def close_statement(context: RunContext, *, number: int, evidence: Path, principal: str) -> bytes:
    """The canonical bytes to sign for one met condition. Empty evidence shows nothing and is refused."""
    point = next((point for point in conditions_of(context) if point.number == number), None)
    if point is None:
        raise BadInput(
            "CONDITION_UNKNOWN",
            msg("The run's decision has no condition {number}.", number=number),
            where=context.run_id,
            next_step=msg("gonogo show {run}", run=context.run_id),
        )
    if number in {close.number for close in context.store.closes(context.run_id)}:
        raise Refused("CONDITION_CLOSED", msg("Condition {number} is closed already.", number=number))
    if not evidence.is_file():
        raise BadInput("FILE_NOT_FOUND", msg("There is no such file."), where=str(evidence))
    digest, size = hash_file(evidence)
    if size == 0:
        raise BadInput("EVIDENCE_EMPTY", msg("An empty file shows nothing."), where=str(evidence))
    refuse_secrets(context.world, [evidence.name])
    return CloseStatement(
        run_id=context.run_id,
        pack_digest=sealed_now(context).pack_digest,
        signoff_digest=point.signoff,
        condition=point.condition.number,
        evidence=Evidence(evidence.name, digest, size),
        principal=Principal(principal),
        issued=context.stamp(),
    ).to_bytes()


def submit_close(context: RunContext, statement: bytes, signature: bytes) -> Close:
    """Take a signed close: judged, recorded once, placed beside the pack."""
    trust, sealed, points = context.trust(), sealed_now(context), conditions_of(context)
    if spent := context.store.spent(context.run_id):
        check_stands(context, spent)
    if not points:
        raise Refused("NOT_CONDITIONAL", msg("The run was not decided with conditions."), where=context.run_id)
    try:
        judged = judge_close(
            statement,
            signature,
            trust=trust,
            run_id=context.run_id,
            pack_digest=sealed.pack_digest,
            signoffs={point.signoff: parse_time(point.issued) for point in points},
            at=context.now(),
            now=context.now(),
        )
        refuse_revoked_close(told_of(context.places, context.run_id), signature, now=context.stamp())
    except Refused as error:
        record_refusal(context, error)
        raise
    named = (judged.statement.signoff_digest, judged.statement.condition)
    number = next(point.number for point in points if (point.signoff, point.condition.number) == named)
    row = Close(context.run_id, number, judged.signer.principal, statement, signature, context.stamp())
    with single_writer(context.places.lock(context.run_id), patience=PATIENCE):
        if not context.store.add_close(row):
            raise Refused("CONDITION_CLOSED", msg("Condition {number} is closed already.", number=number))
        place_closes(context)
    return row


def closed_numbers(context: RunContext) -> set[int]:
    """Which conditions are met, by closes that are borne by a signature; a row in the ledger alone closes nothing."""
    closed: set[int] = set()
    for close in context.store.closes(context.run_id):
        with suppress(GonogoError):
            _check(context, close)
            closed.add(close.number)
    return closed


def _check(context: RunContext, close: Close) -> None:
    """Judge a close of the ledger from its bytes, as of the time that it claims. Raises as :func:`judge_close`."""
    points = conditions_of(context)
    said = judge_close(
        close.statement,
        close.signature,
        trust=context.trust(),
        run_id=context.run_id,
        pack_digest=sealed_as_named(context).pack_digest,
        signoffs={point.signoff: parse_time(point.issued) for point in points},
        at=min(parse_time(CloseStatement.from_bytes(close.statement).issued), context.now()),
        now=context.now(),
    ).statement
    named = (close.number, said.signoff_digest, said.condition)
    if named not in {(point.number, point.signoff, point.condition.number) for point in points}:
        raise IntegrityBroken(
            "CLOSE_DIFFERS",
            msg("The ledger calls condition {number} closed by a statement about another.", number=close.number),
            where=context.run_id,
            next_step=msg("gonogo verify {run}", run=context.run_id),
        )


def place_closes(context: RunContext) -> None:
    """Put every close of the ledger beside the pack; what lies there stays. It mends what a crash left half.

    One that does not count is refused, on the record, before anything of it is placed.
    """
    folder = pack_folder(context)
    for close in context.store.closes(context.run_id):
        try:
            _check(context, close)
        except GonogoError as error:
            record_refusal(context, error)
            raise
        fingerprint = sshsig.parse(close.signature).key.fingerprint
        name = signoff_name(close.principal, fingerprint).replace(".signoff.", f".close-{close.number}.")
        place(folder, name, close.statement)
        place(folder, f"{name}.sig", close.signature)

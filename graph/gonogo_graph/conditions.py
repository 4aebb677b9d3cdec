"""The conditions of a GO-WITH-CONDITIONS, and closing them: each by a signature over evidence that it was met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence import canonical, sshsig
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.files import hash_file
from gonogo_evidence.ids import Principal
from gonogo_evidence.statement import CloseStatement, Evidence, SignoffStatement
from gonogo_evidence.text import msg
from gonogo_graph.commit import place, signoff_name
from gonogo_graph.lock import single_writer
from gonogo_graph.proof import pack_folder, record_refusal, sealed_now
from gonogo_graph.signing import PATIENCE
from gonogo_graph.standing import check_stands
from gonogo_graph.store import Close
from gonogo_policies.closing import judge_close

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.statement import Condition
    from gonogo_graph.context import RunContext
    from gonogo_graph.store import SignOff


def deciding_signoff(context: RunContext) -> SignOff | None:
    """The first sign-off that carries the committed decision."""
    spent, request = context.store.spent(context.run_id), context.store.request(context.run_id)
    if spent is None or request is None:
        return None
    answers = context.store.signoffs(context.run_id, request.request_id)
    return next((answer for answer in answers if answer.decision == spent.decision), None)


def conditions_of(context: RunContext) -> tuple[Condition, ...]:
    """The conditions that the committed decision carries, in their order."""
    signoff = deciding_signoff(context)
    return SignoffStatement.from_bytes(signoff.statement).conditions if signoff else ()


def close_statement(context: RunContext, *, number: int, evidence: Path, principal: str) -> bytes:
    """The canonical bytes to sign for one met condition."""
    signoff = deciding_signoff(context)
    known = [condition.number for condition in conditions_of(context)]
    if signoff is None or number not in known:
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
    return CloseStatement(
        run_id=context.run_id,
        pack_digest=sealed_now(context).pack_digest,
        signoff_digest=canonical.digest_of(signoff.statement),
        condition=number,
        evidence=Evidence(evidence.name, digest, size),
        principal=Principal(principal),
        issued=context.stamp(),
    ).to_bytes()


def submit_close(context: RunContext, statement: bytes, signature: bytes) -> Close:
    """Take a signed close: judged, recorded once, placed beside the pack."""
    trust, sealed, signoff = context.trust(), sealed_now(context), deciding_signoff(context)
    if spent := context.store.spent(context.run_id):
        check_stands(context, spent)
    if signoff is None:
        raise Refused("NOT_CONDITIONAL", msg("The run was not decided with conditions."), where=context.run_id)
    try:
        judged = judge_close(
            statement,
            signature,
            trust=trust,
            run_id=context.run_id,
            pack_digest=sealed.pack_digest,
            signoff_digest=canonical.digest_of(signoff.statement),
            at=context.now(),
        )
    except Refused as error:
        record_refusal(context, error)
        raise
    number, principal = judged.statement.condition, judged.signer.principal
    row = Close(context.run_id, number, principal, statement, signature, context.stamp())
    with single_writer(context.places.lock(context.run_id), patience=PATIENCE):
        if not context.store.add_close(row):
            raise Refused("CONDITION_CLOSED", msg("Condition {number} is closed already.", number=number))
        place_closes(context)
    return row


def place_closes(context: RunContext) -> None:
    """Put every close of the ledger beside the pack; what lies there stays. It mends what a crash left half."""
    folder = pack_folder(context)
    for close in context.store.closes(context.run_id):
        fingerprint = sshsig.parse(close.signature).key.fingerprint
        name = signoff_name(close.principal, fingerprint).replace(".signoff.", f".close-{close.number}.")
        place(folder, name, close.statement)
        place(folder, f"{name}.sig", close.signature)

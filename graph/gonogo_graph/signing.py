"""Around the operator's signature: what is asked, the statement to sign, and taking the signed answer.

Nothing here can sign. The statement is built for the key's holder, and what comes back is judged like a stranger's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gonogo_agents.redact_run import refuse_secrets
from gonogo_evidence import canonical, dsse
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes
from gonogo_evidence.ids import Principal
from gonogo_evidence.statement import Card, Condition, Decision, IndexSeen, Presence, SignoffStatement, format_time
from gonogo_evidence.text import msg
from gonogo_graph.commit import place_signoffs
from gonogo_graph.hold import edit_review, renew, review_files
from gonogo_graph.hold_names import CARDS
from gonogo_graph.index import latest_checkpoint
from gonogo_graph.lock import single_writer
from gonogo_graph.proof import Sealed, expected_of, record_refusal
from gonogo_graph.store import SignOff
from gonogo_policies.signoff import check_drills, check_duties, check_remote, check_replay, judge, releasable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gonogo_agents.texts import Language
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.sshwire import PublicKey
    from gonogo_graph.context import RunContext
    from gonogo_graph.store import Request, Spent
    from gonogo_policies.signoff import Judged
    from gonogo_policies.trust import Trust

PATIENCE = 30.0
CARD_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """What lies before the operator: the request, the sealed evidence, the card in their language, today's policy."""

    request: Request
    sealed: Sealed
    trust: Trust
    card_name: str
    card: str


def ask(context: RunContext, language: Language) -> Asked:
    """Open the newest request; one that expired or no longer fits policy is renewed, on the record."""
    refuse_decided(context)
    with single_writer(context.places.lock(context.run_id), patience=PATIENCE):
        if context.store.request(context.run_id) is None:
            raise Refused(
                "NO_REQUEST",
                msg("The run has not reached the hold point yet."),
                where=context.run_id,
                next_step=msg("gonogo resume {run}", run=context.run_id),
            )
        trust = context.trust()
        try:
            request, sealed = renew(context, why="the earlier request no longer fits")
        except IntegrityBroken as error:
            record_refusal(context, error)
            raise
    name = CARDS[language]
    card = read_bytes(sealed.folder / "review" / name, limit=CARD_LIMIT).decode()
    return Asked(request, sealed, trust, name, card)


def refuse_decided(context: RunContext) -> None:
    """A decided or abandoned run takes no further signature; the answer says who decided what and when."""
    row, spent = context.store.run(context.run_id), context.store.spent(context.run_id)
    if spent is not None:
        who = ", ".join(deciders(spent))
        raise Refused(
            "ALREADY_DECIDED",
            msg("{who} decided {decision} on {when}.", who=who, decision=spent.decision, when=spent.at),
            where=context.run_id,
            next_step=msg("gonogo verify {run}", run=context.run_id),
        )
    if row is not None and row.state == "ABANDONED":
        raise Refused("RUN_ABANDONED", msg("The run was abandoned."), where=context.run_id)


def deciders(spent: Spent) -> Sequence[str]:
    """Who decided, by the outcome: whoever else signed did not."""
    predicate = canonical.loads_object(dsse.parse(spent.outcome).payload).get("predicate")
    named = predicate.get("principals") if isinstance(predicate, dict) else None
    return [str(name) for name in named] if isinstance(named, list) else ["?"]


@dataclass(frozen=True, slots=True)
class Said:
    """What an operator says of what they were asked."""

    decision: Decision
    reason: str
    conditions: tuple[Condition, ...]
    principal: str
    presence: Presence
    drills: tuple[JSONObject, ...] = ()
    """Signed results of drills, where policy requires some."""


def take_back(context: RunContext, key: PublicKey) -> bool:
    """Ask anew where this key approved what is asked: whoever approved can still say no, as long as it is undecided.

    Returns whether it did. The approval, and what others said to the same request, stay on the ledger and lapse.
    """
    with single_writer(context.places.lock(context.run_id), patience=PATIENCE):
        refuse_decided(context)
        request = context.store.request(context.run_id)
        rows = context.store.signoffs(context.run_id, request.request_id) if request else []
        approved = any(row.fingerprint == key.fingerprint and row.decision != "NO-GO" for row in rows)
        if approved:
            renew(context, why="an approval was taken back", force=True)
        return approved


def statement_for(context: RunContext, asked: Asked, said: Said) -> bytes:
    """The canonical bytes that the operator's key signs. Raises where the evidence cannot be released so."""
    try:
        refuse_secrets(context.world, words_of(said))
        return draft(asked, said, at=context.now(), seen=latest_checkpoint(context.places))
    except GonogoError as error:
        record_refusal(context, error)
        raise


def words_of(said: Said | SignoffStatement) -> list[str]:
    """What an operator wrote by themselves."""
    return [said.reason, *(f"{one.text} {one.owner}" for one in said.conditions)]


def draft(asked: Asked, said: Said, *, at: datetime, seen: IndexSeen | None = None) -> bytes:
    """The same without a record of it."""
    request, sealed, trust = asked.request, asked.sealed, asked.trust
    statement = SignoffStatement(
        run_id=sealed.run_id,
        pack_id=sealed.pack_id,
        pack_digest=sealed.pack_digest,
        review_digest=sealed.review_digest,
        request_id=request.request_id,
        decision=said.decision,
        reason=said.reason,
        conditions=said.conditions,
        principal=Principal(said.principal),
        presence=said.presence,
        policy_digest=trust.policy_digest,
        card=Card(f"review/{asked.card_name}", canonical.digest_of(asked.card.encode())),
        issued=format_time(at),
        not_after=format_time(at + timedelta(hours=trust.signoff.decision_valid_hours)),
        index_seen=seen,
        drills=said.drills,
    )
    expected = expected_of(sealed, request, trust)
    releasable(statement, expected)
    check_remote(statement, expected, trust.signoff)
    check_drills(statement, trust)
    check_replay(statement, expected, trust.signoff)
    if said.decision != "NO-GO":
        check_duties(sealed.run_id, sealed.actors, said.principal, trust)
    return statement.to_bytes()


def check_statement(context: RunContext, asked: Asked, statement: bytes, signature: bytes) -> Judged:
    """Judge an answer; a refused one goes on the record before it is raised."""
    expected = expected_of(asked.sealed, asked.request, asked.trust)
    try:
        return judge(statement, signature, trust=asked.trust, expected=expected, at=context.now())
    except GonogoError as error:
        record_refusal(context, error)
        raise


def submit(context: RunContext, asked: Asked, statement: bytes, signature: bytes) -> Judged:
    """Take a signed answer: judged, recorded once, placed beside the pack. Deciding is ``commit``'s."""
    judged = check_statement(context, asked, statement, signature)
    row = SignOff(
        digest=canonical.digest_of(statement),
        run_id=context.run_id,
        request_id=asked.request.request_id,
        fingerprint=judged.signer.key.fingerprint,
        principal=judged.signer.principal,
        decision=judged.statement.decision,
        statement=statement,
        signature=signature,
        received=context.stamp(),
    )
    with single_writer(context.places.lock(context.run_id), patience=PATIENCE):
        refuse_decided(context)
        if not context.store.add_signoff(row):
            raise Refused(
                "ALREADY_SIGNED",
                msg("This key has answered this request already."),
                where=context.run_id,
                next_step=msg("gonogo resume {run}", run=context.run_id),
            )
        place_signoffs(context)
    return judged


def edit_notes(context: RunContext, results: Mapping[str, JSON], notes: bytes) -> None:
    """The operator's own review notes: a new review and a superseding request, on the record."""
    if not notes.strip():
        raise BadInput("NOTES_EMPTY", msg("The review notes are empty; nothing was changed."), where=context.run_id)
    with single_writer(context.places.lock(context.run_id), patience=PATIENCE):
        refuse_decided(context)
        files = review_files(context, results, notes=notes)
        edit_review(context, files, why="the operator edited the review notes")

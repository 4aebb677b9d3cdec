"""Whether a row that says "decided" is borne by signatures: the ledger is not believed either (law 1).

A commit proves before it writes its single-use row. Whoever comes later finds only the row, and anybody who can open
the database can write one; so it counts with the sign-offs that it names, judged again from their bytes, or not at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo_evidence import canonical, dsse, sshsig
from gonogo_evidence.allowed_signers import find
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.statement import SIGNOFF_NAMESPACE, SignoffStatement, parse_time
from gonogo_evidence.text import msg
from gonogo_graph.proof import expected_of, sealed_as_named
from gonogo_graph.revoked import refuse_revoked, told_of
from gonogo_policies.signoff import Decision, Expected, decide, judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import RunContext
    from gonogo_graph.store import SignOff, Spent
    from gonogo_policies.trust import Trust


def check_stands(context: RunContext, spent: Spent) -> None:
    """Raise unless the sign-offs that the outcome names amount to the row's decision about this run's evidence.

    They are judged as at the time of the commit. A policy that was replaced since cannot count them again; then each
    must still be a trusted signer's, over this evidence under that policy.

    Raises:
        IntegrityBroken: ``OUTCOME_DIFFERS``, or bytes that are no outcome, no sign-off or another signature's.
        Refused: a sign-off that is good, and by the wrong one or about something else; ``REVOKED``.
    """
    outcome = _predicate(context, spent)
    digests, answers = outcome.get("signoffs"), context.store.signoffs(context.run_id, str(outcome.get("request_id")))
    named: dict[str, SignOff] = {canonical.digest_of(row.statement): row for row in answers}
    if not isinstance(digests, list) or not digests or not set(map(str, digests)) <= set(named):
        raise _unborne(context)
    chosen, trust = [named[str(digest)] for digest in digests], context.trust()
    at = parse_time(str(outcome.get("committed")))
    same_policy = trust.policy_digest == outcome.get("policy_digest")
    decided = (_counted if same_policy else _signed)(context, chosen, trust, at)
    if not spent.decision == outcome.get("decision") == decided:
        raise _unborne(context)
    sealed, said = sealed_as_named(context), told_of(context.places, context.run_id)
    digest = canonical.digest_of(spent.outcome)
    refuse_revoked(said, sealed.folder, sealed.pack_digest, chosen, now=context.stamp(), outcome=digest)


def _counted(context: RunContext, chosen: Sequence[SignOff], trust: Trust, at: datetime) -> str | None:
    judged = [
        judge(row.statement, row.signature, trust=trust, expected=_expected(context, row, trust), at=at)
        for row in chosen
    ]
    decided = decide(judged, trust=trust)
    return decided.decision if isinstance(decided, Decision) else None


def _signed(context: RunContext, chosen: Sequence[SignOff], trust: Trust, at: datetime) -> str | None:
    said: set[str] = set()
    for row in chosen:
        key = sshsig.verify(row.statement, row.signature, namespace=SIGNOFF_NAMESPACE)
        statement, expected = SignoffStatement.from_bytes(row.statement), _expected(context, row, trust)
        owner = find(trust.signers, key, SIGNOFF_NAMESPACE, at).principal
        about = (statement.principal, statement.run_id, statement.pack_digest, statement.review_digest)
        if about != (owner, expected.run_id, expected.pack_digest, expected.review_digest):
            return None
        said.add(statement.decision)
    return next((word for word in ("NO-GO", "GO-WITH-CONDITIONS", "GO") if word in said), None)


def _expected(context: RunContext, row: SignOff, trust: Trust) -> Expected:
    """What lies there now; the request's times are past, so the statement's own stand for them."""
    request, said = context.store.request(context.run_id), SignoffStatement.from_bytes(row.statement)
    if request is None or request.request_id != said.request_id:
        raise _unborne(context)
    expected = expected_of(sealed_as_named(context), request, trust)
    return replace(expected, requested_at=said.issued, expires=said.not_after)


def _predicate(context: RunContext, spent: Spent) -> Mapping[str, JSON]:
    found = canonical.loads_object(dsse.parse(spent.outcome).payload).get("predicate")
    if not isinstance(found, dict) or found.get("run_id") != context.run_id:
        raise _unborne(context)
    return found


def _unborne(context: RunContext) -> IntegrityBroken:
    words = msg("The outcome is not what the sign-offs say.")
    return IntegrityBroken("OUTCOME_DIFFERS", words, where=context.run_id)

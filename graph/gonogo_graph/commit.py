"""Committing a decision, exactly once, on proof.

Order: prove from bytes; write INTENT under the unique constraint; act (the outcome file); mark DONE. A crash between
leaves INTENT, which is settled by looking at the outcome file, never by deciding again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes, slug
from gonogo_evidence.review import OUTCOME, REQUEST, add_later
from gonogo_evidence.text import msg
from gonogo_graph.engine import attest_outcome, attest_request
from gonogo_graph.index import refuse_forgotten
from gonogo_graph.proof import Proven, pack_folder, prove, record_refusal
from gonogo_graph.standing import check_stands
from gonogo_graph.store import Spent
from gonogo_policies.signoff import Waiting

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSON, Digest
    from gonogo_graph.context import RunContext

OUTCOME_LIMIT = 1024 * 1024
REQUEST_WORDS = ("run_id", "request_id", "review_digest", "policy_digest", "issued", "expires", "why")
FINGERPRINT_WORDS = 8
"""Characters of the key's fingerprint in a sign-off's file name."""


def commit(context: RunContext) -> Digest:
    """Commit the signed decision of the run; return the outcome's digest. Asked again, it answers with the first."""
    spent = context.store.spent(context.run_id)
    if spent is None:
        spent = _intend(context, prove(context))
    else:
        check_stands(context, spent)
    if spent.state == "INTENT":
        _act(context, spent)
    return canonical.digest_of(spent.outcome)


def place_signoffs(context: RunContext) -> None:
    """Put every sign-off of the newest request beside the pack, from the ledger's bytes; what lies there stays."""
    request, folder = context.store.request(context.run_id), pack_folder(context)
    for row in context.store.signoffs(context.run_id, request.request_id) if request else []:
        name = signoff_name(row.principal, row.fingerprint)
        place(folder, name, row.statement)
        place(folder, f"{name}.sig", row.signature)


def place_request(context: RunContext) -> None:
    """Put the newest request beside the pack, in the place of an older one, so that a copy of it can be signed."""
    request, folder = context.store.request(context.run_id), pack_folder(context)
    if request is None:
        return
    asked: dict[str, JSON] = {name: getattr(request, name) for name in REQUEST_WORDS}
    data = attest_request(context.places, pack_id=folder.name, pack_digest=request.pack_digest, request=asked)
    if _look(folder / "review" / REQUEST) != data:
        add_later(folder, REQUEST, data)


def withdraw_signoffs(context: RunContext) -> None:
    """Take the sign-offs of a request that is being replaced from beside the pack; the ledger keeps their bytes."""
    request, folder = context.store.request(context.run_id), pack_folder(context) / "review"
    for row in context.store.signoffs(context.run_id, request.request_id) if request else []:
        name = signoff_name(row.principal, row.fingerprint)
        for path, data in ((folder / name, row.statement), (folder / f"{name}.sig", row.signature)):
            if _look(path) == data:
                path.unlink()


def signoff_name(principal: str, fingerprint: str) -> str:
    """The file name of a sign-off: who, and the first characters of the key's fingerprint."""
    return f"{slug(principal)}-{slug(fingerprint.removeprefix('SHA256:')[:FINGERPRINT_WORDS])}.signoff.json"


def _intend(context: RunContext, proven: Proven) -> Spent:
    outcome = proven.outcome
    if isinstance(outcome, Waiting):
        raise Inconclusive(
            "SIGNOFF_WAITS",
            msg("Sign-offs are still missing."),
            where=context.run_id,
            next_step=msg("gonogo inbox"),
        )
    try:
        refuse_forgotten(context, proven.sealed.pack_digest)
    except GonogoError as error:
        record_refusal(context, error)
        raise
    at = context.stamp()
    predicate = {
        "run_id": context.run_id,
        "review_digest": proven.sealed.review_digest,
        "verdict": proven.sealed.verdict,
        "decision": outcome.decision,
        "principals": list(outcome.principals),
        "signoffs": list(outcome.digests),
        "policy_digest": proven.trust.policy_digest,
        "request_id": proven.request.request_id,
        "committed": at,
    }
    sealed = proven.sealed
    body = attest_outcome(context.places, pack_id=sealed.pack_id, pack_digest=sealed.pack_digest, outcome=predicate)
    spent = context.store.spend(Spent(context.run_id, outcome.decision, "INTENT", body, at))
    if spent is None:
        raise Refused("RUN_ABANDONED", msg("The run was abandoned before it was decided."), where=context.run_id)
    return spent


def _act(context: RunContext, spent: Spent) -> None:
    place_signoffs(context)
    place(pack_folder(context), OUTCOME, spent.outcome)
    context.store.finish(context.run_id, context.stamp())


def place(folder: Path, name: str, data: bytes) -> None:
    """Put a file beside the pack if it is not there; other bytes under its name are an integrity error."""
    target = folder / "review" / name
    found = _look(target)
    if found is None:
        add_later(folder, name, data)
    elif found != data:
        raise IntegrityBroken(
            "OUTCOME_CHANGED",
            msg("A file lies in the pack that is not the one on the ledger."),
            where=str(target),
            next_step=msg("gonogo explain OUTCOME_CHANGED"),
        )


def _look(path: Path) -> bytes | None:
    with contextlib.suppress(BadInput):
        return read_bytes(path, limit=OUTCOME_LIMIT)
    return None

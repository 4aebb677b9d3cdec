"""Whether a signed close of a condition counts. Pure: bytes, trust and a time in, an answer out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence import sshsig
from gonogo_evidence.allowed_signers import find
from gonogo_evidence.errors import Refused
from gonogo_evidence.statement import CLOSE_NAMESPACE, CloseStatement, parse_time
from gonogo_evidence.text import msg
from gonogo_policies.signoff import SKEW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gonogo_evidence.allowed_signers import Signer
    from gonogo_evidence.ids import Digest, RunId
    from gonogo_policies.trust import Trust


@dataclass(frozen=True, slots=True)
class JudgedClose:
    """A close that counts, and whose it is."""

    statement: CloseStatement
    signer: Signer


def judge_close(
    statement: bytes,
    signature: bytes,
    *,
    trust: Trust,
    run_id: RunId,
    pack_digest: Digest,
    signoffs: Mapping[Digest, datetime],
    at: datetime,
    now: datetime,
) -> JudgedClose:
    """Check one close from its bytes: a trusted key, made for closing, about this run's own decision, in its time.

    Args:
        statement: the close.
        signature: over it.
        trust: who may close.
        run_id: the run that was decided.
        pack_digest: of its pack.
        signoffs: the sign-offs that decided it, and when each was signed (aware).
        at: when the key must be valid (aware).
        now: the clock (aware): nobody closed what they close later than that.

    Raises:
        IntegrityBroken: the signature does not belong to the bytes, or the bytes are no close.
        Refused: it is good, and by the wrong one or about something else.
    """
    parsed = sshsig.parse(signature)
    if parsed.namespace != CLOSE_NAMESPACE:
        raise Refused(
            "SIGNATURE_NAMESPACE",
            msg("The signature was made for {given}: it closes nothing here.", given=parsed.namespace),
            where=run_id,
        )
    sshsig.check(statement, parsed, namespace=CLOSE_NAMESPACE)
    said = CloseStatement.from_bytes(statement)
    signer = find(trust.signers, parsed.key, CLOSE_NAMESPACE, at)
    if said.principal != signer.principal:
        raise Refused(
            "PRINCIPAL_MISMATCH",
            msg("It was closed as {said} with the key of {owner}.", said=said.principal, owner=signer.principal),
            where=run_id,
        )
    if (said.run_id, said.pack_digest) != (run_id, pack_digest) or said.signoff_digest not in signoffs:
        raise Refused("CLOSE_OTHER_RUN", msg("This close is about another decision."), where=run_id)
    if not signoffs[said.signoff_digest] - SKEW <= parse_time(said.issued) <= now + SKEW:
        words = msg("It says that it was closed at {time}: before the decision, or still to come.", time=said.issued)
        raise Refused("CLOSE_TIME", words, where=run_id)
    return JudgedClose(said, signer)

"""Whether a signed close of a condition counts. Pure: bytes, trust and a time in, an answer out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence import sshsig
from gonogo_evidence.allowed_signers import find
from gonogo_evidence.errors import Refused
from gonogo_evidence.statement import CLOSE_NAMESPACE, CloseStatement
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    signoffs: Sequence[Digest],
    at: datetime,
) -> JudgedClose:
    """Check one close from its bytes: a trusted key, made for closing, about this run's own decision.

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
    return JudgedClose(said, signer)

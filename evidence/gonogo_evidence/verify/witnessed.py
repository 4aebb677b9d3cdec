"""Whether enough witnesses saw a checkpoint, by the verifier's own policy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import note
from gonogo_evidence.index.cosignature import cosigned
from gonogo_evidence.index.cosigned import NAME as COSIGNED
from gonogo_evidence.index.cosigned import read_cosigned, require_own
from gonogo_evidence.index.witness_policy import NONE
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, of_error, passed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_evidence.index.cosignature import Cosigned
    from gonogo_evidence.index.log import Log
    from gonogo_evidence.index.note import VerifierKey
    from gonogo_evidence.index.witness_policy import WitnessPolicy

ID = "index.witnesses"
YEAR_9999 = 253_402_300_799
"""POSIX seconds: the latest time that can be said as a date."""


def check_witnessed(id_: str, checkpoint: bytes, policy: WitnessPolicy, *, where: str) -> Check:
    """The quorum of the policy over one checkpoint. Fewer witnesses are INCONCLUSIVE: who knows what others were shown.

    A line of a known witness that is not over this checkpoint is an integrity error, as is a log that the policy does
    not have.
    """
    try:
        found = cosigned(note.parse(checkpoint), policy.witnesses.values())
        log = checkpoints.verify(checkpoint, policy.logs) if policy.logs else checkpoints.parse(checkpoint)
    except GonogoError as error:
        error.where = where
        return of_error(id_, error, area="authentic")
    if log is None:
        words = msg(
            "The policy of witnesses has no key for the log {origin}.", origin=checkpoints.parse(checkpoint).origin
        )
        return broken(id_, "INDEX_FOREIGN_LOG", words, where=where)
    if policy.met([one.key for one in found]):
        if policy.quorum == NONE:
            return passed(id_, msg("The policy of witnesses asks for none."), where=where)
        words = msg(
            "Cosigned at {size} entries by {witnesses}: the quorum {quorum} is met.",
            size=log.size,
            witnesses=said(found),
            quorum=policy.quorum,
        )
        return passed(id_, words, where=where)
    return _short(id_, found, policy, where)


def check_log(log: Log, keys: Sequence[VerifierKey], policy: WitnessPolicy | None) -> Iterator[Check]:
    """Of a log: what witnesses countersigned last is a beginning of it, and with a policy its quorum is met.

    A log that was cut back or rewritten since contradicts what lies beside it; it is an integrity error.
    """
    where = str(log.where / COSIGNED)
    try:
        data = read_cosigned(log.where)
        named = require_own(log, data, keys) if data is not None and keys else None
    except GonogoError as error:
        error.where = where
        yield of_error(ID, error, area="authentic")
        return
    if named is not None:
        words = msg("The log begins with the {size} entries that witnesses were shown last.", size=named.size)
        yield passed(ID, words, where=where)
    if policy is not None and data is None:
        words = msg("No witness was asked yet.")
        yield Check(ID, "INCONCLUSIVE", "INDEX_NOT_WITNESSED", words, where)
    elif policy is not None and data is not None:
        yield check_witnessed(ID, data, policy, where=where)


def _short(id_: str, found: Sequence[Cosigned], policy: WitnessPolicy, where: str) -> Check:
    if not found:
        words = msg("No witness of the policy cosigned the checkpoint; the quorum is {quorum}.", quorum=policy.quorum)
    else:
        words = msg(
            "Cosigned by {witnesses} alone: the quorum {quorum} is not met.",
            witnesses=said(found),
            quorum=policy.quorum,
        )
    return Check(id_, "INCONCLUSIVE", "INDEX_NOT_WITNESSED", words, where)


def said(found: Sequence[Cosigned]) -> str:
    """Names and times."""
    return ", ".join(f"{one.key.name} ({_when(one.time)})" for one in found)


def _when(time: int) -> str:
    return datetime.fromtimestamp(min(time, YEAR_9999), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

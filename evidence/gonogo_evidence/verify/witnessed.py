"""Whether enough witnesses saw a checkpoint, by the verifier's own policy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import note
from gonogo_evidence.index.cosignature import cosigned
from gonogo_evidence.index.cosigned import NAME as COSIGNED
from gonogo_evidence.index.cosigned import begins_with, read_cosigned, require_own
from gonogo_evidence.index.witness_policy import NONE
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, of_error, passed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_evidence.index.checkpoint import Checkpoint
    from gonogo_evidence.index.cosignature import Cosigned
    from gonogo_evidence.index.log import Log
    from gonogo_evidence.index.note import VerifierKey
    from gonogo_evidence.index.witness_policy import WitnessPolicy

ID = "index.witnesses"
YEAR_9999 = 253_402_300_799
"""POSIX seconds: the latest time that can be said as a date."""


def check_witnessed(
    id_: str, checkpoint: bytes, policy: WitnessPolicy, known: Sequence[VerifierKey] = (), *, where: str
) -> Check:
    """The quorum of the policy over one checkpoint. Fewer witnesses are INCONCLUSIVE: who knows what others were shown.

    A line of a known witness that is not over this checkpoint is an integrity error, as is a log that the policy does
    not have. A policy without logs leaves it to the keys that are ``known``: where none of them is for this log, nobody
    says that it is the right one, and the quorum over it is INCONCLUSIVE. The log's own key is no witness of it.
    """
    keys = policy.logs or known
    own = {key.public.public_bytes_raw() for key in keys}
    others = [key for key in policy.witnesses.values() if key.public.public_bytes_raw() not in own]
    try:
        found = cosigned(note.parse(checkpoint), others)
        log = checkpoints.verify(checkpoint, keys)
    except GonogoError as error:
        error.where = where
        return of_error(id_, error, area="authentic")
    if log is None:
        return _another_log(id_, checkpoints.parse(checkpoint).origin, policy, where)
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
    named: Checkpoint | None = None
    try:
        data = read_cosigned(log.where)
        if data is not None:
            named = require_own(log, data, keys) if keys else begins_with(log, data)
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
        yield check_witnessed(ID, data, policy, keys, where=where)


def in_no_index(id_: str) -> Check:
    """Of a pack that does not say where it stands in an index."""
    words = msg("No checkpoint lies in the pack: no witness can have seen it.")
    return Check(id_, "INCONCLUSIVE", "INDEX_NOT_WITNESSED", words)


def _another_log(id_: str, origin: str, policy: WitnessPolicy, where: str) -> Check:
    """No key at hand is for this log: an error where the policy says which logs count, else nobody knows."""
    if policy.logs:
        words = msg("The policy of witnesses has no key for the log {origin}.", origin=origin)
        return broken(id_, "INDEX_FOREIGN_LOG", words, where=where)
    words = msg("Neither the policy of witnesses nor --vkey names the log {origin}: any log would do.", origin=origin)
    return Check(id_, "INCONCLUSIVE", "INDEX_KEY_UNKNOWN", words, where)


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

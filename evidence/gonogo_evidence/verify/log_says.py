"""What an evidence index that the verifier has says about a pack: what was revoked, and what was decided.

The pack carries a proof of its own entry, and none of what was written after it. So this is asked of a log: the one of
this machine, or one that the verifier brings. Without one the report says that nobody asked: a stated limit.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gonogo_evidence import dsse, sshsig
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index.about import HANDED_OVER, signer_key_id, told
from gonogo_evidence.index.log import open_log
from gonogo_evidence.review import ENGINE_PUB, FOLDER, HANDOFF, OUTCOME
from gonogo_evidence.seal import ENVIRONMENT
from gonogo_evidence.statement_fields import format_time
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, limit, of_error, passed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from gonogo_evidence.ids import Digest
    from gonogo_evidence.index import VerifierKey
    from gonogo_evidence.index.about import Thing, Told, Use
    from gonogo_evidence.verify.open import UnverifiedPack

ID, REVOKED, DECISION = "decision.index", "decision.revoked", "decision.recorded"
OUTCOME_PATH = f"{FOLDER}/{OUTCOME}"


def check(
    pack: UnverifiedPack,
    folder: Path | None,
    keys: Sequence[VerifierKey],
    *,
    now: datetime,
    brought: bool = False,
) -> Iterator[Check]:
    """Hold a pack against a log.

    Args:
        pack: the pack.
        folder: the log's folder; None where there is none to ask.
        keys: the log keys that the verifier trusts.
        now: when it is judged, aware, UTC.
        brought: whether the verifier named the folder, so that a log must lie there.

    Raises:
        BadInput: ``INDEX_NOT_FOUND`` where the folder was named and holds no log.
        IntegrityBroken: the log is malformed, or its checkpoint is not signed as it says.
    """
    if folder is None:
        yield _not_asked()
        return
    try:
        with open_log(folder) as log:
            named = checkpoints.verify(log.note, keys)
            said = told(log, str(pack.json(ENVIRONMENT).get("run_id")))
    except BadInput as error:
        if brought or error.code != "INDEX_NOT_FOUND":
            raise
        yield _not_asked()
        return
    if named is None:
        words = msg("No key that you brought is for the log: who signed its checkpoint is not known.")
        yield limit(ID, "INDEX_KEY_UNKNOWN", words, where=str(folder), area="decision")
    yield _revoked(pack, said, now)
    yield from _recorded(pack, said, where=str(folder))


def things_of(pack: UnverifiedPack) -> list[tuple[Thing, Use]]:
    """What of a pack can be revoked: its seal, its engine's key, each sign-off and each key that people signed with."""
    found: list[tuple[Thing, Use]] = [(("pack", pack.pack_digest), "seal")]
    for name in pack.names(FOLDER):
        with suppress(GonogoError):  # what cannot be read is reported where it is judged
            data = pack.read(f"{FOLDER}/{name}")
            if name == ENGINE_PUB:
                found.append((("key", dsse.key_id(dsse.load_public(data))), "seal"))
            elif name.endswith(".signoff.json"):
                found.append((("sign-off", digest_of(data)), "sign-off"))
            elif name.endswith(".sig"):
                use: Use = "sign-off" if name.endswith(".signoff.json.sig") else "close"
                found.append((("key", signer_key_id(sshsig.parse(data).key)), use))
    return found


def _revoked(pack: UnverifiedPack, said: Told, now: datetime) -> Check:
    error = said.refusal(things_of(pack), outcome=_outcome(pack), now=format_time(now))
    if error is not None:
        return of_error(REVOKED, error, area="decision")
    words = msg("Nothing of it was revoked in the index that was asked.")
    return passed(REVOKED, words, area="decision")


def _recorded(pack: UnverifiedPack, said: Told, *, where: str) -> Iterator[Check]:
    """Pack and decision are those that the log has of the run."""
    sealed, decided, outcome = said.newest("pack"), said.newest("decision"), _outcome(pack)
    if not said.of_run:
        words = msg("The index that was asked has nothing of this run.")
        yield limit(DECISION, "INDEX_RUN_UNKNOWN", words, where=where, area="decision")
    elif sealed is not None and sealed[1].digest != pack.pack_digest:
        words = msg("The index has another pack of this run, entry {number}.", number=sealed[0])
        yield broken(DECISION, "INDEX_OTHER_PACK", words, where=where, area="decision")
    elif outcome is None and decided is None:
        yield passed(DECISION, msg("The index has no decision of this run either."), where=where, area="decision")
    elif outcome is None:
        words = msg("The index has a decision of this run that is not in this copy of the pack.")
        yield limit(DECISION, "INDEX_DECISION_ABSENT", words, where=where, area="decision")
    elif decided is None and said.newest("abandoned") is None:
        words = msg("The index has no decision of this run: what the pack says of one is not in it.")
        yield limit(DECISION, "INDEX_DECISION_UNKNOWN", words, where=where, area="decision")
    elif decided is None and _handed_over(pack, said):
        words = msg("The index has this run as handed over: what was decided elsewhere is not in it.")
        yield limit(DECISION, "INDEX_HANDED_OVER", words, where=where, area="decision")
    elif decided is None or decided[1].details["outcome_digest"] != outcome:
        number, entry = decided or said.of_run[-1]
        what = str(entry.details.get("decision", entry.kind))
        words = msg("The index has another ending of this run: {what}, entry {number}.", what=what, number=number)
        yield broken(DECISION, "INDEX_OTHER_DECISION", words, where=OUTCOME_PATH, area="decision")
    else:
        words = msg("The decision is entry {number} of the index.", number=decided[0])
        yield passed(DECISION, words, where=where, area="decision")


def _handed_over(pack: UnverifiedPack, said: Told) -> bool:
    """Whether the run left this log for another, and the pack is one that came from there."""
    ending = said.newest("abandoned")
    left = ending is not None and str(ending[1].details["reason"]).startswith(HANDED_OVER)
    return left and pack.entries.get(f"{FOLDER}/{HANDOFF}") == "file"


def _outcome(pack: UnverifiedPack) -> Digest | None:
    return digest_of(pack.read(OUTCOME_PATH)) if pack.entries.get(OUTCOME_PATH) == "file" else None


def _not_asked() -> Check:
    words = msg("No index was asked whether something was revoked, or decided otherwise. Bring one: --index DIR")
    return limit(ID, "INDEX_NOT_ASKED", words, area="decision")

"""Of a replay: which sealed live run recorded what it answered from, or that nobody vouches for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_evidence.replayed import REPLAY, SEALED, replay_in
from gonogo_evidence.seal import ENVIRONMENT
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, limit, passed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.verify.open import UnverifiedPack

ID: Final = "authentic.replay"


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """Nothing for a pack of another mode. An unproven provenance is a limit: policy says whether it may count."""
    around = pack.json(ENVIRONMENT)
    if around.get("mode") != REPLAY:
        return ()
    told = replay_in(around)
    if told["provenance"] != SEALED:
        words = msg("provenance: unproven. No sealed run vouches for the transcripts that this replay answered from.")
        return (limit(ID, "REPLAY_UNPROVEN", words, where=ENVIRONMENT),)
    words = msg(
        "The layer run took its answers from run {run}, whose seal the replaying engine verified: {pack}, {digest}.",
        run=told["run_id"],
        pack=told["pack_id"],
        digest=told["pack_digest"],
    )
    return (passed(ID, words, where=ENVIRONMENT),)

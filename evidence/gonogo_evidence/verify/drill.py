"""Whether a pack is a drill's: then it is sound, and no evidence of production, whatever it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.attest.parts import mapping
from gonogo_evidence.drill import FIELD
from gonogo_evidence.seal import CORE
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, passed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.verify.open import UnverifiedPack

ID = "verdict.drill"
REFUSED = 5


def check(pack: UnverifiedPack, *, wanted: bool) -> Iterator[Check]:
    """A drill's pack is refused, save where the verifier asks for one; and then any other is."""
    core = pack.json(CORE)
    if FIELD not in core:
        if wanted:
            words = msg("It bears no mark of a drill: it is none, or the mark was taken out.")
            yield Check(ID, "FAIL", "NOT_A_DRILL", words, CORE, "verdict", REFUSED)
        return
    said = mapping(core[FIELD])
    words = msg(
        "It was made in the drill {drill}, seed {seed}: it is no evidence of production.",
        drill=str(said.get("drill_id")),
        seed=str(said.get("seed")),
    )
    if wanted:
        yield passed(ID, words, area="verdict", where=CORE)
    else:
        yield Check(ID, "FAIL", "DRILL_PACK", words, CORE, "verdict", REFUSED)

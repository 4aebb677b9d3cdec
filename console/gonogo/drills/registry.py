"""The drills, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.drills.d01 import D01
from gonogo.drills.d02 import D02
from gonogo.drills.d03 import D03
from gonogo.drills.d04 import D04
from gonogo.drills.d05 import D05
from gonogo.drills.d06 import D06
from gonogo.drills.d07 import D07
from gonogo.drills.d08 import D08
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo.drills.interface import Drill

DRILLS: tuple[Drill, ...] = (D01, D02, D03, D04, D05, D06, D07, D08)


def drill_named(name: str) -> Drill:
    """The drill of this id, in any case. Raises BadInput DRILL_UNKNOWN."""
    for drill in DRILLS:
        if drill.drill_id == name.strip().upper():
            return drill
    raise BadInput(
        "DRILL_UNKNOWN", msg("There is no drill {name}.", name=ascii(name)), next_step=msg("gonogo drill list")
    )

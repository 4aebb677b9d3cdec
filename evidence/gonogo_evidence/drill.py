"""The mark of a drill: in the first commit of its repository, in the core of every run there, in what the engine signs.

A first commit cannot be changed without becoming another repository, and a core not without another digest: whoever
takes the mark out of either has something else in hand, and nobody's signature over it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject

FIELD: Final = "drill"
"""The field of core/pack.json, and of what the engine attests of a seal."""
TRAILER: Final = "Gonogo-Drill"
"""The trailer in the message of the first commit of a drill's repository."""
DRILL_ID: Final = re.compile(r"D[0-9]{2}", re.ASCII)
RESULT: Final = "drill.dsse.json"
"""The signed result's file in a drill's own pack."""
_WORDS = re.compile(r"(D[0-9]{2}) seed ([0-9]{1,10})(?: difficulty [1-3])?", re.ASCII)


def trailer(drill_id: str, seed: int, difficulty: int) -> str:
    """The line that marks a repository as a drill's, for the message of its first commit."""
    return f"{TRAILER}: {drill_id} seed {seed} difficulty {difficulty}"


def mark(words: str) -> dict[str, JSON] | None:
    """The mark that a run carries, from the trailer's words; None where there are none.

    Words that are not in the form still mark a drill, one that nobody can name: a mark is never lost by being garbled.
    """
    if not words.strip():
        return None
    found = _WORDS.fullmatch(words.strip())
    return {"drill_id": found[1], "seed": int(found[2])} if found else {"drill_id": "unknown", "seed": 0}


def attested(core: JSONObject) -> dict[str, JSON]:
    """What the engine says of a drill where it attests the seal; nothing about a run that is none."""
    said = core.get(FIELD)
    return {FIELD: True, **said} if isinstance(said, dict) else {FIELD: True} if FIELD in core else {}

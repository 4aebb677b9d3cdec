"""What a pack says of the transcripts that it was replayed from: ``observed.execution.replay`` of environment.json.

It is the word of the engine that replayed, which looked at the other pack and sealed what it found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject

Provenance: TypeAlias = Literal["sealed", "unproven"]
SEALED: Final = "sealed"
UNPROVEN: Final = "unproven"
LIVE: Final = "live"
REPLAY: Final = "replay"
WORDS: Final = ("run_id", "pack_id", "pack_digest")


def replay_in(environment: JSONObject) -> dict[str, str]:
    """``provenance``, and where it is ``sealed`` also run, pack and digest of the live run, as words.

    Anything else than a whole record is ``unproven``.
    """
    observed = environment.get("observed")
    execution = observed.get("execution") if isinstance(observed, dict) else None
    told = execution.get("replay") if isinstance(execution, dict) else None
    return told_of(told)


def told_of(record: JSON) -> dict[str, str]:
    """The same from the record itself."""
    if not isinstance(record, dict) or record.get("provenance") != SEALED:
        return {"provenance": UNPROVEN}
    words = {name: value for name in WORDS if isinstance(value := record.get(name), str) and value}
    return {"provenance": SEALED, **words} if len(words) == len(WORDS) else {"provenance": UNPROVEN}


def provenance_of(environment: JSONObject) -> Provenance | None:
    """Whether the transcripts of a replay are vouched for; None in a pack of another mode."""
    if environment.get("mode") != REPLAY:
        return None
    return "sealed" if replay_in(environment)["provenance"] == SEALED else "unproven"

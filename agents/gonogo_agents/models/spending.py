"""What a run's calls came to, as its log of calls says: for the card, the run's document, and who should be told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from gonogo_agents.models.call_log import NAME
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import Text, msg
from gonogo_policies.results import as_list, as_object

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSONObject

LIMIT: Final = 64 * 1024 * 1024
WORDS: Final = frozenset({"limit", "used", "most"})


class Spending(NamedTuple):
    """A run's calls."""

    calls: int = 0
    """Attempts that are on the record."""
    estimated: int = 0
    """Those that count by our own estimate, since the endpoint's numbers could not be true."""
    near: tuple[JSONObject, ...] = ()
    """Limits of which the registry's ``alert_threshold_pct`` is used up, as the last call left them."""

    def text(self) -> Text | None:
        """One line for a card; None where nobody has to be told."""
        if self.near:
            words = ", ".join(f"{one['limit']} {one['used']}/{one['most']}" for one in self.near)
            return msg("nearly used up: {limits} (calls: {calls})", limits=words, calls=self.calls)
        if self.estimated:
            return msg(
                "calls: {calls}, of which {count} count by our own estimate", calls=self.calls, count=self.estimated
            )
        return None


def spending_of(run_folder: Path) -> Spending:
    """Read the run's log of calls; a run that asked nobody has none.

    A line that a crash cut short was an attempt all the same, and nobody's numbers are known for it.
    """
    path = run_folder / NAME
    if not path.exists():
        return Spending()
    lines = [_line(line) for line in read_bytes(path, limit=LIMIT).splitlines() if line.strip()]
    counted = [line for line in lines if line.get("counted_by") in ("reported", "estimated")]
    near = next((line["near_limits"] for line in reversed(counted) if "near_limits" in line), None)
    return Spending(
        len(lines),
        sum(line.get("counted_by") == "estimated" for line in counted),
        tuple(limit for one in as_list(near) if (limit := as_object(one)).keys() >= WORDS),
    )


def _line(data: bytes) -> dict[str, Any]:
    try:
        line = json.loads(data)
    except (ValueError, RecursionError):
        line = None
    return cast("dict[str, Any]", line) if isinstance(line, dict) else {"counted_by": "estimated"}

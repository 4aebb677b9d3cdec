"""The real gonogo, killed at the N-th function call of a place: by SIGKILL, or by the signal named in KILLER_SIGNAL.

A process that has done its imports becomes gonogo *through* :func:`armed` (``support/warm.py``).

PLACE is a duty, the seal, the publishing, a side of the commit's intent; N = 0 counts only. WHERE_FILE gets the calls
that each place had made at the end. The hook watches calls of our own five packages in the main thread; otherwise the
process is an ordinary gonogo.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

OURS = ("gonogo.", "gonogo_graph.", "gonogo_agents.", "gonogo_evidence.", "gonogo_policies.")
PLACES = {
    "_act": "commit: after intent",
    "_intend": "commit: before intent",
    "finish": "commit: before done",
    "publish": "publish",
    "write_pack": "seal",
    "prepare": "hold point",
    "start_run": "start",
}
"""Functions that say more about a moment than the duty's name."""


class Killer:
    """A profile hook that counts calls by place and, once, kills."""

    def __init__(self, place: str, at: int, where: str) -> None:
        self.place = place
        self.at = at
        self.where = where
        self.counts: dict[str, int] = {}
        self.duty = "start"
        self.stack: list[tuple[FrameType, str]] = []

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """Count a call of ours; at the chosen one, say where and die."""
        name = frame.f_code.co_name
        if event == "return" and self.stack and self.stack[-1][0] is frame:
            self.stack.pop()
            return
        module = str(frame.f_globals.get("__name__", ""))
        if event != "call" or not module.startswith(OURS):
            return
        if name == "__call__" and module == "gonogo_graph.play":
            self.duty = f"duty {frame.f_locals['duty'].number}"
        if name in PLACES and module.startswith(("gonogo_graph", "gonogo_evidence.pack")):
            self.stack.append((frame, PLACES[name]))
        place = self.stack[-1][1] if self.stack else self.duty
        self.counts[place] = self.counts.get(place, 0) + 1
        if (place, self.counts[place]) == (self.place, self.at):
            self.tell()
            os.kill(os.getpid(), signal.Signals[os.environ.get("KILLER_SIGNAL", "SIGKILL")])

    def tell(self) -> None:
        """Write how many calls each place has made."""
        with open(self.where, "w", encoding="utf-8") as file:  # noqa: PTH123 - as little code of ours as possible
            json.dump(self.counts, file)


def armed(place: str, at: str, where: str) -> int:
    """Install the hook and run gonogo."""
    from gonogo.main import main

    killer = Killer(place, int(at), where)
    sys.setprofile(killer)
    try:
        return main()
    finally:
        sys.setprofile(None)
        killer.tell()

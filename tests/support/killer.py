"""The real gonogo, killed by SIGKILL at its N-th function call.

Usage: ``python killer.py N WHERE_FILE gonogo-arguments...``

N = 0 counts only. WHERE_FILE gets the last line before the end: the count, the function, and the duty that was under
way. The hook watches calls of our own five packages in the main thread; the process is an ordinary gonogo otherwise.
"""

from __future__ import annotations

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
    """A profile hook that counts and, once, kills."""

    def __init__(self, at: int, where: str) -> None:
        self.at = at
        self.where = where
        self.count = 0
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
        self.count += 1
        if self.count == self.at:
            self.tell(f"{module}.{name}")
            os.kill(os.getpid(), signal.SIGKILL)

    def tell(self, function: str) -> None:
        """Write where we are."""
        place = self.stack[-1][1] if self.stack else self.duty
        with open(self.where, "w", encoding="utf-8") as file:  # noqa: PTH123 - as little code of ours as possible
            file.write(f"{self.count}\t{place}\t{function}\n")


def main() -> None:
    """Install the hook and run gonogo."""
    killer = Killer(int(sys.argv[1]), sys.argv[2])
    sys.argv = ["gonogo", *sys.argv[3:]]
    from gonogo.main import main as gonogo

    sys.setprofile(killer)
    try:
        sys.exit(gonogo())
    finally:
        sys.setprofile(None)
        killer.tell("end")


if __name__ == "__main__":
    main()

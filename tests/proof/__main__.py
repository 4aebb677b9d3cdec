"""``python -m tests.proof``: explore all of it and say how many states and transitions were visited."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

from proof import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from proof.explore import Broken, Explored

ROW = "{:54} {:>8} {:>12} {:>8}\n"
totals = [0, 0, 0]


def show(name: str, explored: Callable[[], Explored]) -> Explored:
    """Explore a part and print its row."""
    began = time.monotonic()
    found = explored()
    spent = time.monotonic() - began
    sys.stdout.write(ROW.format(name, len(found.came), found.transitions, f"{spent:.1f}"))
    sys.stdout.flush()
    totals[0] += len(found.came)
    totals[1] += found.transitions
    say(found.broken)
    return found


def say(broken: Sequence[Broken]) -> None:
    """What does not hold, with the way there."""
    totals[2] += len(broken)
    for one in broken[:3]:
        sys.stdout.write(f"BROKEN: {one}\n")


def main() -> int:
    """Explore every part. Exit 6 where an invariant does not hold."""
    began = time.monotonic()
    sys.stdout.write(ROW.format("part", "states", "transitions", "seconds"))
    found = show("duties: every verdict, every death", parts.duties)
    show("duties, and one disturbance", parts.disturbed_duties)
    waiting = parts.evidence(found)
    main_ones = parts.by_verdict(waiting)
    for name, policies in parts.POLICIES.items():
        show(f"sign-offs in the ledger ({name})", lambda policies=policies: parts.signoffs(policies, waiting))  # type: ignore[misc]
        calm = show(
            f"decisions ({name})",
            lambda policies=policies: parts.decisions(policies, main_ones, most=0),  # type: ignore[misc]
        )
        say(parts.no_go_is_possible(policies, calm).broken)
    rough = show(
        "decisions, and one disturbance (formal, bob signs)",
        lambda: parts.decisions(parts.FORMAL, main_ones, signers=("bob",)),
    )
    waits = parts.no_go_is_possible(parts.FORMAL, rough)
    say(waits.broken)
    states, transitions, broken = totals
    spent = time.monotonic() - began
    sys.stdout.write(ROW.format("together", states, transitions, f"{spent:.1f}"))
    sys.stdout.write(
        f"{len(waiting)} different evidences at the hold point; NO-GO was had from {waits.states} disturbed states;"
        f" {broken} invariants broken\n"
    )
    return 6 if broken else 0


sys.exit(main())

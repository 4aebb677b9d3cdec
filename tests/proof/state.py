"""One run's stored state as a value: what the ledger, the checkpoint and the disk hold, and the clock around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gonogo_evidence.ids import PackId, RunId
from gonogo_graph.store import RunRow
from gonogo_graph.table import graph_version
from proof.ledger import Ledger
from support.signoffs import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON

RUN: Final = RunId("20260109-101112-0a1b2c")
PACK: Final = PackId("EVP-4BM2-L0-20260109-001")
STARTER, AUTHOR = "ada", "erin@example.org"
HOURS: Final = (0, 30, 60)
"""The clock's three stands: fresh; past what a decision may wait; past what a request may wait."""
INPUTS: Final[Mapping[str, JSON]] = {
    "operator_id": STARTER,
    "commit_authors": [AUTHOR],
    "layer_id": "L0",
    "git_ref": "5" * 40,
}


class Crash(BaseException):
    """The process died. Not an Exception: nothing of the product may catch it."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint: the graph's values, the next place, and whether the hold point's question was stored."""

    thread: str
    values: bytes
    place: str | None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """All that is stored of a run, and the clock and the policy around it."""

    ledger: Ledger
    thread: Saved | None = None
    results: tuple[tuple[str, bytes], ...] = ()
    core: bytes | None = None
    review: tuple[tuple[str, bytes], ...] = ()
    staged: tuple[tuple[str, bytes], ...] = ()
    """A review that was made ready beside the pack."""
    later: tuple[tuple[str, bytes], ...] = ()
    """Sign-offs, signatures and the outcome beside the pack."""
    altered: str = ""
    """What somebody changed on the disk: the pack, or the review (half of a rewritten review is such a change)."""
    hour: int = 0
    policy: int = 0
    disturbed: int = field(default=0, compare=False)
    """How often something that is not in the loop's own course happened on the way here. No part of what is stored:
    a state that was reached with fewer is the same state."""
    forged: bool = False
    """Whether somebody wrote a decision into the database."""
    shown: tuple[tuple[str, str], ...] = ()
    """For the invariants alone: what every duty had come to when the review was written."""


def begun() -> State:
    """A run that was just started."""
    row = RunRow(
        run_id=RUN,
        state="RUNNING",
        layer_id="L0",
        reason="proof",
        operator_id=STARTER,
        git_ref="5" * 40,
        mode="smoke",
        repo_root="/r",
        inputs=b"{}",
        graph_version=graph_version(),
        thread=RUN,
        created=f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        updated=f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
    )
    return State(Ledger(runs=(row,)))

"""Gaps: what a run wrote into the index must fit together, so that a bad run cannot be left out unseen.

``intent``, then exactly one of ``pack``, ``abandoned`` and ``failed``. A pack may be followed by one ``decision``, or
by ``abandoned`` instead of it; a decision needs its pack.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gonogo_evidence.index.entry import Entry
    from gonogo_evidence.text import Text

Fault: TypeAlias = Literal[
    "INDEX_INTENT_MISSING",
    "INDEX_INTENT_TWICE",
    "INDEX_INTENT_LATE",
    "INDEX_ENDING_TWICE",
    "INDEX_DECISION_WITHOUT_PACK",
    "INDEX_DECISION_TWICE",
]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that does not fit together."""

    code: Fault
    run_id: str
    words: Text


@dataclass(slots=True)
class RunTrail:
    """The entries of one run, as numbers in the log by kind."""

    run_id: str
    numbers: dict[str, list[int]] = field(default_factory=dict[str, "list[int]"])
    pack: str | None = None
    """Digest of its pack."""
    decided: str | None = None
    """Digest that its decision is about."""

    @property
    def open(self) -> bool:
        """Whether the run has begun and not ended."""
        return "intent" in self.numbers and not {"pack", "abandoned", "failed"} & set(self.numbers)

    def add(self, number: int, entry: Entry) -> None:
        """Take one entry of this run."""
        self.numbers.setdefault(entry.kind, []).append(number)
        if entry.kind == "pack":
            self.pack = self.pack or entry.digest
        elif entry.kind == "decision":
            self.decided = self.decided or entry.digest

    def gaps(self) -> Iterator[Gap]:
        """What does not fit."""
        yield from self._beginning()
        yield from self._ending()

    def _beginning(self) -> Iterator[Gap]:
        begun = self.numbers.get("intent", [])
        first = min(min(numbers) for numbers in self.numbers.values())
        if not begun:
            yield self._gap("INDEX_INTENT_MISSING", msg("The run has entries and no intent: it was dropped."))
        elif len(begun) > 1:
            yield self._gap("INDEX_INTENT_TWICE", msg("The run has {count} intents.", count=len(begun)))
        elif begun[0] != first:
            yield self._gap("INDEX_INTENT_LATE", msg("The run's intent stands behind other entries of it."))

    def _ending(self) -> Iterator[Gap]:
        endings = sum(len(self.numbers.get(kind, [])) for kind in ("pack", "abandoned", "failed"))
        given_up = "pack" in self.numbers and "abandoned" in self.numbers and "decision" not in self.numbers
        after = given_up and min(self.numbers["abandoned"]) > min(self.numbers["pack"])
        if endings > (2 if after else 1):
            yield self._gap("INDEX_ENDING_TWICE", msg("The run has {count} endings.", count=endings))
        if len(self.numbers.get("decision", [])) > 1:
            yield self._gap("INDEX_DECISION_TWICE", msg("The run was decided twice."))
        if self.decided is not None and (self.decided != self.pack or self._early()):
            words = msg("The run has a decision, and before it no entry of the pack that it is about.")
            yield self._gap("INDEX_DECISION_WITHOUT_PACK", words)

    def _early(self) -> bool:
        return min(self.numbers["decision"]) < min(self.numbers["pack"])

    def _gap(self, code: Fault, words: Text) -> Gap:
        return Gap(code, self.run_id, words)


@dataclass(slots=True)
class Trails:
    """All runs of a log, gathered entry by entry."""

    runs: dict[str, RunTrail] = field(default_factory=dict[str, RunTrail])

    def add(self, number: int, entry: Entry) -> None:
        """Take one entry; those about no run are passed over."""
        if entry.run_id is not None:
            self.runs.setdefault(entry.run_id, RunTrail(entry.run_id)).add(number, entry)

    def gaps(self) -> list[Gap]:
        """What does not fit, in the order of the runs' first entries."""
        return [gap for trail in self.runs.values() for gap in trail.gaps()]

    def open(self) -> list[str]:
        """The runs that have begun and not ended."""
        return [trail.run_id for trail in self.runs.values() if trail.open]


def trails(entries: Iterable[Entry]) -> Trails:
    """Gather entries in the log's order."""
    found = Trails()
    for number, entry in enumerate(entries):
        found.add(number, entry)
    return found

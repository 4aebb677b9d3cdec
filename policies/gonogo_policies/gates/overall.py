"""The verdict over all gates of a run (law 2; decisions, "Verdicts and exits")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import Text, msg
from gonogo_policies.change import first

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gonogo_evidence.verdict import GateVerdict, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """As much of a gate's result as decides."""

    name: str
    hard: bool
    verdict: GateVerdict
    checked: int
    read_change: bool


def overall(planned: Iterable[str], results: Sequence[Judged]) -> tuple[Verdict, Text]:
    """Combine all results; soft gates never decide.

    A planned gate without a result, or a hard FAIL, is FAIL. A hard INCONCLUSIVE is INCONCLUSIVE, and so is a run in
    which no hard gate that read the change passed.
    """
    missing = sorted(set(planned) - {result.name for result in results})
    if missing:
        return "FAIL", msg("Planned gates have no result: {names}.", names=first(missing))
    hard = [result for result in results if result.hard]
    failed = [result.name for result in hard if result.verdict == "FAIL"]
    if failed:
        return "FAIL", msg("Hard gates found faults: {names}.", names=first(failed))
    unclear = [result.name for result in hard if result.verdict == "INCONCLUSIVE"]
    if unclear:
        return "INCONCLUSIVE", msg("Hard gates could not tell: {names}.", names=first(unclear))
    proof = [result for result in hard if result.verdict == "PASS" and result.read_change and result.checked > 0]
    if not proof:
        return "INCONCLUSIVE", msg("No gate read the changed files, so nothing is proven about them.")
    return "PASS", msg("Gates that read the change and passed: {names}.", names=first([one.name for one in proof]))

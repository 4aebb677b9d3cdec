"""Interleaved measuring: a round is one call of each side, so that both meet the same noise."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def rounds(sides: Sequence[Callable[[], float | None]], count: int) -> list[list[float]]:
    """Milliseconds of each side in each round; a side that returns a number has measured itself."""
    found: list[list[float]] = []
    for _ in range(count):
        line = []
        for side in sides:
            began = time.perf_counter()
            own = side()
            line.append(own if own is not None else (time.perf_counter() - began) * 1000)
        found.append(line)
    return found


def row(name: str, lines: Sequence[Sequence[float]], target: float | None) -> str:
    """One line of the table: medians in milliseconds, the median of the paired ratios, and its quartiles."""
    ours, other = (statistics.median(line[side] for line in lines) for side in (0, 1))
    ratios = sorted(line[0] / line[1] for line in lines)
    low, _, high = statistics.quantiles(ratios, n=4)
    limit = f"{target:.2f}" if target is not None else "-"
    ratio = statistics.median(ratios)
    return (
        f"{name:<46} {ours:>9.1f} {other:>9.1f} {ratio:>7.2f} {limit:>7}  {low:.2f} to {high:.2f}, {len(lines)} rounds"
    )

"""Lines that follow one another, as ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.critic.diff_file import Line


def runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines in order, cut wherever a number is left out."""
    run: list[Line] = []
    for line in lines:
        if run and line[0] != run[-1][0] + 1:
            yield run
            run = []
        run.append(line)
    if run:
        yield run

"""A figure over time as a picture: plain SVG, the same bytes for the same figures, readable without colour."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 720, 280, 48


class Mark(NamedTuple):
    """One point of the line: its height, what stands below it at the ends, and what is said of it."""

    value: int
    end: str
    words: str


def line_picture(marks: Sequence[Mark], title: str, *, highest: int, colour: str) -> str:
    """The picture of at least one mark, the oldest first, on a scale from 0 to ``highest``."""
    places = [(_x(index, len(marks)), _y(one.value, highest)) for index, one in enumerate(marks)]
    line = " ".join(f"{x},{y}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="3"><title>{escape(one.words)}</title></circle>'
        for (x, y), one in zip(places, marks, strict=True)
    )
    low, right = HEIGHT - EDGE, WIDTH - EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' role="img" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{EDGE}" y="24" font-size="14">{escape(title)}</text>'
        f'<path d="M{EDGE} {EDGE}V{low}H{right}" fill="none" stroke="#666"/>'
        f'<text x="{EDGE - 6}" y="{EDGE + 4}" text-anchor="end">{highest}</text>'
        f'<text x="{EDGE - 6}" y="{low + 4}" text-anchor="end">0</text>'
        f'<text x="{EDGE}" y="{low + 20}">{escape(marks[0].end)}</text>'
        f'<text x="{right}" y="{low + 20}" text-anchor="end">{escape(marks[-1].end)}</text>'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        f'<g fill="{colour}">{dots}</g></svg>\n'
    )


def _x(index: int, count: int) -> int:
    return EDGE if count == 1 else EDGE + round(index * (WIDTH - 2 * EDGE) / (count - 1))


def _y(value: int, highest: int) -> int:
    return HEIGHT - EDGE - round(value * (HEIGHT - 2 * EDGE) / highest)

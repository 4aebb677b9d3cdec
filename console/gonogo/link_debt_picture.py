"""Link debt over time as a picture: plain SVG, the same bytes for the same figures, readable without colour."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 720, 280, 48


class Point(NamedTuple):
    """One commit: its first digits, its day (UTC), documents, references, and how many of these are broken."""

    commit: str
    day: str
    documents: int
    references: int
    broken: int


def picture(points: Sequence[Point], title: str) -> str:
    """The picture of at least one point, the oldest first."""
    highest = max(1, *(one.broken for one in points))
    places = [(_x(index, len(points)), _y(one.broken, highest)) for index, one in enumerate(points)]
    line = " ".join(f"{x},{y}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="3"><title>{escape(_said(one))}</title></circle>'
        for (x, y), one in zip(places, points, strict=True)
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
        f'<text x="{EDGE}" y="{low + 20}">{escape(_end(points[0]))}</text>'
        f'<text x="{right}" y="{low + 20}" text-anchor="end">{escape(_end(points[-1]))}</text>'
        f'<polyline points="{line}" fill="none" stroke="#b00020" stroke-width="2"/>'
        f'<g fill="#b00020">{dots}</g></svg>\n'
    )


def _said(one: Point) -> str:
    return f"{one.commit} {one.day}: {one.broken} of {one.references} references in {one.documents} documents"


def _end(one: Point) -> str:
    return f"{one.day} {one.commit}: {one.broken}"


def _x(index: int, count: int) -> int:
    return EDGE if count == 1 else EDGE + round(index * (WIDTH - 2 * EDGE) / (count - 1))


def _y(broken: int, highest: int) -> int:
    return HEIGHT - EDGE - round(broken * (HEIGHT - 2 * EDGE) / highest)

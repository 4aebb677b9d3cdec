"""Link debt over time as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gonogo.line_picture import Mark, line_picture

if TYPE_CHECKING:
    from collections.abc import Sequence


class Point(NamedTuple):
    """One commit: its first digits, its day (UTC), documents, references, and how many of these are broken."""

    commit: str
    day: str
    documents: int
    references: int
    broken: int


def picture(points: Sequence[Point], title: str) -> str:
    """The picture of at least one point, the oldest first."""
    marks = [Mark(one.broken, _end(one), _said(one)) for one in points]
    return line_picture(marks, title, highest=max(1, *(one.broken for one in points)), colour="#b00020")


def _said(one: Point) -> str:
    return f"{one.commit} {one.day}: {one.broken} of {one.references} references in {one.documents} documents"


def _end(one: Point) -> str:
    return f"{one.day} {one.commit}: {one.broken}"

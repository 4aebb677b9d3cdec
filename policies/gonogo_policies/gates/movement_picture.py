"""A picture of what moved: one bar a value, from its baseline, in SVG that needs nothing but itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from gonogo_policies.gates.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_policies.numeric import Compared, Difference

MOST_BARS: Final = 24
WIDTH, LEFT, LINE, TOP = 1100, 380, 22, 56
MIDDLE = LEFT + (WIDTH - LEFT) // 2
REACH = (WIDTH - LEFT) // 2 - 200
UP, DOWN, OTHER = "#b3261e", "#1a5fb4", "#6b6b6b"


def picture(title: str, compared: Compared) -> bytes:
    """The picture. Colour never speaks alone: each bar has its figures beside it."""
    ranked = sorted(compared.differences, key=lambda one: abs(one.share or Decimal(0)), reverse=True)
    shown = ranked[:MOST_BARS]
    largest = max((abs(one.share) for one in shown if one.share is not None), default=Decimal(1))
    height = TOP + LINE * (len(shown) + 2)
    told = f"{len(ranked)} of {compared.cells} values are not as they were; numbers compared: {compared.numbers}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(plain(title))}</title><style>text {{ font: 13px sans-serif }}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="16" y="24" font-size="16" font-weight="bold">{escape(plain(title))}</text>',
        f'<text x="16" y="44">{escape(told)}</text>',
        f'<line x1="{MIDDLE}" y1="{TOP}" x2="{MIDDLE}" y2="{height - LINE}" stroke="#999"/>',
    ]
    for number, difference in enumerate(shown):
        parts += _bar(difference, TOP + LINE * number, largest)
    if left := len(ranked) - len(shown):
        parts.append(f'<text x="16" y="{TOP + LINE * len(shown) + 15}">and {left} more</text>')
    return ("\n".join([*parts, "</svg>"]) + "\n").encode()


def _bar(difference: Difference, top: int, largest: Decimal) -> Iterator[str]:
    share = difference.share
    name = plain(f"{difference.cell.row} {difference.cell.column}", 52)
    yield f'<text x="16" y="{top + 15}">{escape(name)}</text>'
    length = 0 if share is None else int(abs(share) / (largest or Decimal(1)) * REACH)
    ahead = share is not None and share > 0
    x, colour = (MIDDLE, UP) if ahead else (MIDDLE - length, DOWN if share is not None else OTHER)
    if length:
        yield f'<rect x="{x}" y="{top + 4}" width="{length}" height="14" fill="{colour}"/>'
    figure = difference.kind if share is None else f"{float(share) * 100:+.3g} %"
    words = escape(plain(f"{figure}: {difference.before or '-'} > {difference.now or '-'}", 40))
    place, anchor = (MIDDLE + length + 6, "start") if ahead or share is None else (MIDDLE - length - 6, "end")
    yield f'<text x="{place}" y="{top + 15}" text-anchor="{anchor}" font-size="11">{words}</text>'

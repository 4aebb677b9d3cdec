"""Pictures of a night as inline SVG: no script, no style of their own, no address; every word escaped.

Nothing is told by colour alone: each cell has its sign, each picture a title and a description in words.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SIGNS: Final = {"PASS": "\u2713", "FAIL": "\u2717", "INCONCLUSIVE": "?", "NOT_APPLICABLE": "\u2013"}
CLASSES: Final = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "open", "NOT_APPLICABLE": "none"}
NAMES: Final = 260
"""Pixels for the words at the left."""
CELL: Final = 46
LINE: Final = 24
WIDTH: Final = 760
LONGEST: Final = 38
"""Characters of a name."""


def verdicts(layers: Sequence[Mapping[str, Any]], *, title: str) -> str:
    """A table of signs: a row for each gate, a column for each layer; the first row is the run's own verdict."""
    names = list(dict.fromkeys(gate["name"] for layer in layers for gate in layer["gates"]))
    rows = [("run", [layer["verdict"] for layer in layers])]
    for name in names:
        found = [{gate["name"]: gate["verdict"] for gate in layer["gates"]}.get(name, "") for layer in layers]
        rows.append((name, found))
    parts = [
        _text(NAMES + column * CELL + CELL // 2, LINE - 8, layer["layer_id"], "head", anchor="middle")
        for column, layer in enumerate(layers)
    ]
    for number, (name, found) in enumerate(rows, start=1):
        top = number * LINE
        parts.append(_text(NAMES - 10, top + 16, _short(name), "name", anchor="end"))
        for column, verdict in enumerate(found):
            left = NAMES + column * CELL
            kind, sign = CLASSES.get(verdict, "blank"), SIGNS.get(verdict, "")
            parts.append(f'<rect x="{left + 2}" y="{top + 2}" width="{CELL - 4}" height="{LINE - 4}" class="{kind}"/>')
            parts.append(_text(left + CELL // 2, top + 17, sign, "sign", anchor="middle"))
    words = "; ".join(f"{layer['layer_id']}: {layer['verdict']}" for layer in layers)
    return _svg(title, words, NAMES + len(layers) * CELL + 10, (len(rows) + 1) * LINE + 4, parts)


def durations(rows: Sequence[tuple[str, int, int | None]], *, title: str) -> str:
    """Bars: how long each took now (full) and then (outline), in milliseconds; None: not known."""
    most = max([1, *(now for _, now, _ in rows), *(then or 0 for _, _, then in rows)])
    room = WIDTH - NAMES - 90
    parts: list[str] = []
    for number, (name, now, then) in enumerate(rows):
        top = number * LINE
        parts.append(_text(NAMES - 10, top + 16, _short(name), "name", anchor="end"))
        parts.append(f'<rect x="{NAMES}" y="{top + 4}" width="{now * room // most}" height="{LINE - 10}" class="now"/>')
        if then is not None:
            width = then * room // most
            parts.append(f'<rect x="{NAMES}" y="{top + 4}" width="{width}" height="{LINE - 10}" class="then"/>')
        parts.append(_text(NAMES + now * room // most + 6, top + 16, f"{now / 1000:.1f} s", "value"))
    words = "; ".join(f"{name}: {now} ms" for name, now, _ in rows)
    return _svg(title, words, WIDTH, len(rows) * LINE + 6, parts)


def trend(points: Sequence[tuple[str, int]], *, title: str) -> str:
    """A line over the nights, oldest first, with the last value in words."""
    most, height = max(1, *(value for _, value in points)), 120
    step = (WIDTH - 120) // max(1, len(points) - 1)
    places = [(20 + number * step, height - value * (height - 20) // most) for number, (_, value) in enumerate(points)]
    line = " ".join(f"{x},{y}" for x, y in places)
    dots = [f'<circle cx="{x}" cy="{y}" r="3" class="dot"/>' for x, y in places]
    last_x, last_y = places[-1]
    parts = [f'<polyline points="{line}" class="line"/>', *dots]
    parts.append(_text(last_x + 8, last_y + 5, str(points[-1][1]), "value"))
    parts.append(_text(20, height + 18, points[0][0][:10], "name"))
    parts.append(_text(last_x, height + 18, points[-1][0][:10], "name", anchor="end"))
    words = "; ".join(f"{when[:10]}: {value}" for when, value in points)
    return _svg(title, words, WIDTH, height + 26, parts)


def _svg(title: str, words: str, width: int, height: int, parts: Iterable[str]) -> str:
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    return f"{head}<title>{escape(title)}</title><desc>{escape(words)}</desc>{''.join(parts)}</svg>"


def _text(x: int, y: int, words: str, kind: str, *, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "\u2026"

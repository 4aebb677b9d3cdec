"""Tables on standard output: by rich on a terminal, plain and aligned elsewhere."""

from __future__ import annotations

import io
import sys
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo.cli.context import Output
    from gonogo_evidence.text import Text


def columns(output: Output, headings: Sequence[Text], rows: Sequence[Sequence[str]]) -> str:
    """A table of words under translated headings. Every row has as many cells as there are headings."""
    heads = [output.words(heading) for heading in headings]
    if sys.stdout.isatty() and output.env.get("TERM") != "dumb":
        return _rich(output, heads, rows)
    return _plain([heads, *rows])


def _plain(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _width(words: str) -> int:
    """Cells on a terminal: a combining mark takes none, a wide letter two."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in words
    )


def _rich(output: Output, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only on a terminal
    from rich.console import Console  # noqa: PLC0415 - the same
    from rich.table import Table  # noqa: PLC0415 - the same
    from rich.text import Text as RichText  # noqa: PLC0415 - the same

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for head in heads:
        table.add_column(RichText(head))
    for row in rows:
        table.add_row(*(RichText(cell) for cell in row))
    screen = Console(file=sys.stdout, _environ=dict(output.env))
    canvas = Console(
        file=io.StringIO(), width=screen.width, force_terminal=True, highlight=False, _environ=dict(output.env)
    )
    with canvas.capture() as captured:
        canvas.print(table)
    return captured.get().rstrip("\n")

"""The table of docs/isolation.md, from the measured one: what each layer refuses alone, and what is lost without it."""

from __future__ import annotations

import json
from pathlib import Path

TABLE = Path(__file__).parents[1] / "assets" / "escapes-by-layer.json"
BEGIN, END = "<!-- table: made by make docs -->\n", "<!-- end of table -->\n"


def page(words: str) -> str:
    """The page with its table made anew; everything around it stays."""
    before, _, rest = words.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{_table()}\n{END}{after}"


def _table() -> str:
    whole: dict[str, dict[str, dict[str, list[str]]]] = json.loads(TABLE.read_text())
    lines = ["| layer | refuses alone (root) | refuses alone (user) | lost without it |", "|---|---|---|---|"]
    for layer in whole["root"]["alone"]:
        alone = [str(len(whole[who]["alone"][layer])) for who in ("root", "user")]
        lost = {who: set(whole[who]["without"][layer]) for who in ("root", "user")}
        both = [*sorted(lost["root"] & lost["user"])]
        both += [f"{name} (root only)" for name in sorted(lost["root"] - lost["user"])]
        both += [f"{name} (user only)" for name in sorted(lost["user"] - lost["root"])]
        lines.append(f"| {layer} | {alone[0]} | {alone[1]} | {'; '.join(both) or 'nothing'} |")
    return "\n".join(lines) + "\n"

"""Answers of tools, and the checked-in table of them (``table.toml``)."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Answer: TypeAlias = Literal["accept", "reject", "n/a"]
"""``n/a``: the tool found nothing of its kind in the pack, or what is there cannot even be put to it."""
Vector: TypeAlias = "Mapping[str, Answer]"
TOOLS = (
    "ssh-keygen",
    "openssl",
    "sha256sum",
    "sigstore-envelope",
    "sigstore-log",
    "canonicalize",
    "rfc8785",
    "pymerkle-root",
    "pymerkle-inclusion",
    "securesystemslib",
)
TABLE = Path(__file__).with_name("table.toml")


PARTS = ("seen", "unseen", "stated")
"""Mutants that at least one tool rejects; that none does and gonogo alone refuses; of which gonogo states a limit."""


@dataclass(frozen=True)
class Row:
    """One mutant: what ``gonogo verify`` and the tools say of it."""

    exit: int
    """Of ``gonogo verify``."""
    tools: Vector
    codes: tuple[str, ...] = ()
    """What gonogo found wrong, or the limit that it states. In the table only where no tool rejects the mutant."""
    why: str = ""
    """Why no tool rejects it."""


def all_of(answers: Iterable[Answer]) -> Answer:
    """One answer of many: the worst, and ``n/a`` for none at all."""
    found = set(answers)
    if "reject" in found:
        return "reject"
    return "accept" if found == {"accept"} else "n/a"


def read(path: Path = TABLE) -> dict[str, dict[str, Row]]:
    """The rows of each part. Raises ``AssertionError`` for a tool that there is not, and for one named twice."""
    stored = tomllib.loads(path.read_text())
    assert tuple(stored) == PARTS
    rows = {part: {name: _row(name, row) for name, row in stored[part].items()} for part in PARTS}
    assert len({name for part in rows.values() for name in part}) == sum(map(len, rows.values()))
    return rows


def differences(found: Mapping[str, Row], table: Mapping[str, Row], tool: str) -> list[str]:
    """Where a tool (or ``gonogo``: its exit code) says something else than the table: what is right, to be pasted."""

    def said(row: Row | None) -> Answer | int | None:
        return None if row is None else row.exit if tool == "gonogo" else row.tools[tool]

    names = sorted({*found, *table})
    return [
        f"{name}: {tool} says {said(found.get(name))}, the table {said(table.get(name))}; "
        + (line(name, found[name]) if name in found else "there is no such mutant")
        for name in names
        if said(found.get(name)) != said(table.get(name))
    ]


def line(name: str, row: Row) -> str:
    """The row as it stands in the table."""
    words = [f"exit = {row.exit}"]
    for key, answer in (("reject", "reject"), ("not_asked", "n/a")):
        tools = " ".join(tool for tool in TOOLS if row.tools[tool] == answer)
        words += [f'{key} = "{tools}"'] if tools else []
    if "reject" not in row.tools.values() or not row.exit:
        words += [f'gonogo = "{" ".join(row.codes)}"', f'why = "{row.why}"']
    return f'"{name}" = {{ {", ".join(words)} }}'


def sha256(data: bytes) -> str:
    """Lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def _row(name: str, stored: Mapping[str, str | int]) -> Row:
    assert set(stored) <= {"exit", "reject", "not_asked", "gonogo", "why"}, name
    said: dict[Answer, list[str]] = {
        "reject": str(stored.get("reject", "")).split(),
        "n/a": str(stored.get("not_asked", "")).split(),
    }
    named = [tool for tools in said.values() for tool in tools]
    assert len(set(named)) == len(named), name
    assert set(named) <= set(TOOLS), name
    answers: dict[str, Answer] = dict.fromkeys(TOOLS, "accept")
    for key, tools in said.items():
        answers |= dict.fromkeys(tools, key)
    return Row(int(stored["exit"]), answers, tuple(str(stored.get("gonogo", "")).split()), str(stored.get("why", "")))

"""The claims of the threat model and the tests that show them: the table, and the page that is made from it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support.catalogue import TREE

TABLE = Path(__file__).with_name("claims.toml")
PAGE = TREE / "docs" / "claims.md"
HEAD = """# Claims, and the tests that show them

Made by `docs/generate.py` from `tests/support/claims.toml`; what each is about stands in [security.md](security.md).

| claim | says | shown by |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence, and the tests without which nobody may say it."""

    id: str
    says: str
    tests: tuple[str, ...]


@cache
def claims() -> tuple[Claim, ...]:
    """All claims, in the order of the table."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(Claim(name, row["claim"], tuple(row["tests"])) for name, row in table.items())


def page() -> str:
    """The whole of docs/claims.md."""
    rows = (f"| {one.id} | {one.says} | {'<br>'.join(f'`{test}`' for test in one.tests)} |\n" for one in claims())
    return HEAD + "".join(rows)

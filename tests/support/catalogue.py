"""The message catalogues: what the code says (every ``msg("…")``), and what the translators made of it. Needs Babel."""

from __future__ import annotations

import ast
import io
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

TREE = Path(__file__).resolve().parents[2]
ROOTS = (
    "console/gonogo",
    "graph/gonogo_graph",
    "agents/gonogo_agents",
    "policies/gonogo_policies",
    "evidence/gonogo_evidence",
)
PO = TREE / "agents/gonogo_agents/texts/locale/de/LC_MESSAGES/gonogo.po"
MO = PO.with_suffix(".mo")
# The files must not change when the words do not.
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def sources() -> Iterator[Path]:
    """Every Python file of the five roots, in a fixed order."""
    for root in ROOTS:
        yield from sorted((TREE / root).rglob("*.py"))


def said() -> frozenset[str]:
    """Every English template in the code."""
    return _said(tuple(sources()))


@cache
def _said(paths: tuple[Path, ...]) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:  # the tree, not tokens: before Python 3.12 an f-string is one token, and hides what is in it
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="msg"), args=[ast.Constant(value=str(template)), *_]):
                    found.add(template)
                case _:
                    pass
    return frozenset(found | set(command_helps()))


def command_helps() -> Iterator[str]:
    """The docstrings of click commands that are shown as their help."""
    for path in sorted((TREE / "console/gonogo/cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(_shows_docstring(line) for line in node.decorator_list):
                yield ast.get_docstring(node) or ""


def _shows_docstring(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(attr="command" | "group"), keywords=keywords):
            return all(keyword.arg != "help" for keyword in keywords)
    return False


def unmarked() -> list[str]:
    """Calls of ``msg`` whose template is not a plain string, which the extractor cannot see."""
    found: list[str] = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "msg":
                first = node.args[0] if node.args else None
                if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                    found.append(f"{path.relative_to(TREE)}:{node.lineno}")
    return found


def german() -> Catalog:
    """The German catalogue as it is stored."""
    with PO.open("rb") as file:
        return read_po(file, locale="de", domain="gonogo")


def fields(template: str) -> set[str]:
    """The names of the ``{fields}`` in a template."""
    return set(FIELD.findall(template))


def compiled(catalogue: Catalog) -> bytes:
    """The ``.mo`` of a catalogue."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def update() -> list[str]:
    """Bring the stored catalogue to what the code says, keep what is translated, compile; returns what lacks German."""
    before = {str(message.id): str(message.string) for message in german() if message.id} if PO.is_file() else {}
    after = Catalog(locale="de", domain="gonogo", project="gonogo", creation_date=MOMENT, revision_date=MOMENT)
    after.header_comment = "# German for gonogo. Updated by: make docs"
    after.fuzzy = False
    templates = sorted(said())
    for template in templates:
        after.add(template, before.get(template, ""))
    file = io.BytesIO()
    write_po(file, after, width=0)
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(file.getvalue())
    MO.write_bytes(compiled(german()))
    return [template for template in templates if not before.get(template)]

"""Which tests a file of the suite has, by reading it."""

from __future__ import annotations

import ast
from functools import cache

from support.catalogue import TREE


@cache
def named_in(file: str) -> frozenset[str]:
    """The names of the tests in a file (``tests/…``); empty where there is no such file."""
    path = TREE / file
    if not path.is_file():
        return frozenset()
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))

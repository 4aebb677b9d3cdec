"""Which error codes the code raises, found by reading it: the catalogue of ``gonogo explain`` must know exactly these.

A code is an UPPER_SNAKE literal that reaches a parameter or field named ``code``: the first argument of our errors,
``Check(code=…)``, a helper's ``code`` parameter, or a variable ``code`` that is handed on; and each word of a type
``Code: TypeAlias = Literal[…]``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from support import catalogue
from support.catalogue import TREE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CATALOGUE = TREE / "console/gonogo/cli/codes/codes.toml"
SHAPE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
TOOLS = re.compile(r"[A-Z]{1,4}[0-9]{3,4}")
"""Codes of linters, which stand in findings and are not ours."""
EXITS = {"GonogoError": 3, "Stopped": 3}
"""Roots of the tree: our errors, and why a gate could not tell, which ends as INCONCLUSIVE."""


@dataclass
class Source:
    """What is known of the classes and functions of all files."""

    trees: dict[str, ast.Module]
    exits: dict[str, int] = field(default_factory=lambda: dict(EXITS))
    """Error class to exit code."""
    places: dict[str, int] = field(default_factory=lambda: {"Stopped": 0})
    """Callable to the position of its ``code``."""


def used() -> dict[str, set[int]]:
    """Every code, and the exit codes of the error classes it is raised with (none for checks)."""
    return _used(tuple(catalogue.sources()))


@cache
def _used(paths: tuple[Path, ...]) -> dict[str, set[int]]:
    source = Source({str(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths})
    _learn_errors(source)
    for tree in source.trees.values():
        _learn_places(tree, source)
    found: defaultdict[str, set[int]] = defaultdict(set)
    for tree in source.trees.values():
        for code, exit_code in _in_file(tree, source):
            found[code] |= set() if exit_code is None else {exit_code}
    return dict(found)


def known() -> dict[str, set[int]]:
    """Every code of the catalogue with its exit codes."""
    entries = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {
        name: {item["exit"]} if isinstance(item["exit"], int) else set(item["exit"]) for name, item in entries.items()
    }


def _learn_errors(source: Source) -> None:
    """Find the error classes, children after parents, however the files are ordered."""
    classes = [node for tree in source.trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in range(len(classes)):
        before = len(source.exits)
        for node in classes:
            parents = [name for base in node.bases if (name := _name(base)) in source.exits]
            if parents and node.name not in source.exits:
                source.exits[node.name] = _own_exit(node, source.exits[parents[0]])
                source.places[node.name] = 0
        if len(source.exits) == before:
            return


def _own_exit(node: ast.ClassDef, inherited: int) -> int:
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        if isinstance(target, ast.Name) and target.id == "exit_code":
            value = getattr(line, "value", None)
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                return value.value
    return inherited


def _learn_places(tree: ast.Module, source: Source) -> None:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args if argument.arg not in {"self", "cls"}]
        elif isinstance(node, ast.ClassDef) and node.name not in source.exits:
            names = [
                line.target.id
                for line in node.body
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
            ]
        if "code" in names and isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name != "__init__":
            source.places[node.name] = names.index("code")


def _in_file(tree: ast.Module, source: Source) -> Iterator[tuple[str, int | None]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    outside = [node for node in ast.walk(tree) if id(node) not in inside]
    places: list[tuple[ast.AST, list[ast.AST]]] = [
        (tree, outside),
        *((function, list(ast.walk(function))) for function in functions),
    ]
    yield from ((word, None) for node in outside for word in _type_of_codes(node))
    for scope, nodes in places:
        for node in nodes:
            if isinstance(node, ast.Call):
                name = _name(node.func)
                for value in _arguments(node, source.places.get(name)):
                    for code in _literals(value, scope):
                        yield code, source.exits.get(name)


def _type_of_codes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign) and _name(node.target) == "Code" and isinstance(node.value, ast.Subscript):
        yield from (word.value for word in ast.walk(node.value) if isinstance(word, ast.Constant))  # type: ignore[misc]


def _arguments(call: ast.Call, place: int | None) -> Iterator[ast.expr]:
    if place is not None and len(call.args) > place:
        yield call.args[place]
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "code")


def _literals(value: ast.expr, scope: ast.AST) -> Iterator[str]:
    """The literals that an expression can be: itself, both branches, or what a variable of that name is given."""
    match value:
        case ast.Constant(value=str(text)) if SHAPE.fullmatch(text) and not TOOLS.fullmatch(text):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _literals(body, scope)
            yield from _literals(orelse, scope)
        case ast.Name(id=name):
            for node in ast.walk(scope):
                if isinstance(node, ast.Assign) and any(name in _targets(target) for target in node.targets):
                    yield from _assigned(node.value)
        case _:
            return


def _assigned(value: ast.expr) -> Iterator[str]:
    """Every code-like literal in what a variable is given: tuples, branches, tables."""
    for node in ast.walk(value):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and "_" in node.value
            and SHAPE.fullmatch(node.value)
        ):
            yield node.value


def _targets(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""

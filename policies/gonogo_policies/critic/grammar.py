"""Settings as the file's own grammar has them: JSON, TOML, YAML, Python and notebooks, read whole.

A value on the next line, an alias, a merged mapping, a name beside its value, a default in a call: what no single line
says. A side that cannot be read so (a part of a file, a template) has none, and its lines alone are looked at.
"""

from __future__ import annotations

import ast
import json
import tomllib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import yaml

from gonogo_policies.critic.code import Told, of_python
from gonogo_policies.critic.strings import PYTHON, suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_policies.critic.diff_file import FileDiff, Line, Side

LARGEST = 1 << 20
"""Characters that are read so."""
MOST = 50_000
"""Settings of one file, each counted as often as an alias repeats it."""
DEEPEST = 60
_NAMES, _VALUES, _IDS = ("name", "key"), ("value", "default"), ("id", "name")
Tree: TypeAlias = "Mapping[str, Tree] | Pairs | Sequence[Tree] | str | float | bool | None"


class Unread(Exception):
    """The grammar does not fit."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping as it is written: a key can stand twice."""

    items: tuple[tuple[str, Tree], ...]


def told(file: FileDiff, side: Side) -> list[Told] | None:
    """The settings of a side in the order of the file; None where it cannot be read by its grammar."""
    lines = file.lines(side)
    if not lines:
        return []
    source = ("\n".join([text for _, text in lines]) + "\n").encode("utf-8", "replace").decode()
    if len(source) > LARGEST or lines[-1][0] - lines[0][0] >= len(lines):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python says of the change's own escapes
            found = _read(source, suffix_of(file.path))
    except (Unread, ValueError, SyntaxError, RecursionError, MemoryError, yaml.YAMLError):
        return None
    return found if found is None or len(found) < MOST else None


def line_of(one: Told, file: FileDiff, side: Side) -> Line | None:
    """The line that a setting stands in: its own, or the first with its name, of the changed ones before the others."""
    lines = file.lines(side)
    if 0 < one.line <= len(lines):
        return lines[one.line - 1]
    name, changed = one.key.lower(), file.added if side == "now" else file.removed
    alike = (line for line in (*changed, *lines) if name in line[1].lower().replace("-", "_"))
    return next(alike, changed[0] if changed else lines[0] if lines else None)


def _read(source: str, suffix: str) -> list[Told] | None:
    if suffix in PYTHON:
        return list(of_python(ast.parse(source)))
    if suffix == "ipynb":
        return [one for cell in _cells(json.loads(source)) for one in of_python(ast.parse(cell))]
    if suffix in {"json", "jsonc", "json5"}:
        return list(_flat(cast("Tree", json.loads(source, object_pairs_hook=lambda items: Pairs(tuple(items))))))
    if suffix == "toml":
        return list(_flat(cast("Tree", tomllib.loads(source))))
    if suffix in {"yaml", "yml"}:
        roots = list(yaml.compose_all(source, Loader=yaml.CSafeLoader))
        return [one for root in roots for one in _nodes(root)]
    return None


def _cells(notebook: object) -> Iterator[str]:
    cells = cast("dict[str, object]", notebook).get("cells") if isinstance(notebook, dict) else None
    for cell in cast("list[object]", cells) if isinstance(cells, list) else []:
        one = cast("dict[str, object]", cell) if isinstance(cell, dict) else {}
        source = one.get("source")
        text = "".join(map(str, cast("list[object]", source))) if isinstance(source, list) else str(source)
        if one.get("cell_type") == "code":
            yield "\n".join("pass" if line.lstrip()[:1] in {"%", "!"} else line for line in text.split("\n"))


def _flat(tree: Tree, path: tuple[str, ...] = ()) -> Iterator[Told]:
    if len(path) > DEEPEST:
        raise Unread
    if isinstance(tree, dict):
        tree = Pairs(tuple(tree.items()))
    if isinstance(tree, Pairs):
        fields = {key.lower(): _word(value) for key, value in tree.items if not isinstance(value, Pairs | list | dict)}
        yield from _named(fields, path, 0)
        for key, value in tree.items:
            yield from _flat(value, (*path, *_keys(key)))
    elif isinstance(tree, list):
        for one in tree:
            yield from _flat(one, (*path, *_id(one)))
    elif path:
        yield Told(path, _word(cast("str | float | bool | None", tree)))


def _id(one: Tree) -> tuple[str, ...]:
    """What an item of a list is known by, so that its settings meet their own when the order changes."""
    items = one.items if isinstance(one, Pairs) else tuple(one.items()) if isinstance(one, dict) else ()
    known = [value for key, value in items if key.lower() in _IDS and isinstance(value, str)]
    return (f"[{known[0]}]",) if known else ()


def _nodes(root: yaml.Node) -> Iterator[Told]:
    count = 0
    stack: list[tuple[yaml.Node, tuple[str, ...]]] = [(root, ())]
    while stack:
        node, path = stack.pop()
        count += 1
        if count > MOST or len(path) > DEEPEST:
            raise Unread
        if isinstance(node, yaml.MappingNode):
            items = [(str(key.value), value) for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value)]
            fields = {key.lower(): str(one.value) for key, one in items if isinstance(one, yaml.ScalarNode)}
            yield from _named(fields, path, node.start_mark.line + 1)
            stack += [(one, path if key == "<<" else (*path, *_keys(key))) for key, one in reversed(items)]
        elif isinstance(node, yaml.SequenceNode):
            nodes = cast("list[yaml.Node]", node.value)
            stack += [(one, (*path, *_node_id(one))) for one in reversed(nodes)]
        elif path:
            yield Told(path, str(node.value), node.start_mark.line + 1)


def _node_id(node: yaml.Node) -> tuple[str, ...]:
    items = cast("list[tuple[yaml.Node, yaml.Node]]", node.value) if isinstance(node, yaml.MappingNode) else []
    known = [str(one.value) for key, one in items if key.value in _IDS and isinstance(one, yaml.ScalarNode)]
    return (f"[{known[0]}]",) if known else ()


def _named(fields: Mapping[str, str], path: tuple[str, ...], line: int) -> Iterator[Told]:
    """``name: LIVE_MODE`` beside ``value: "true"``, as containers have it."""
    name = next((fields[one] for one in _NAMES if one in fields), "")
    value = next((fields[one] for one in _VALUES if one in fields), None)
    if name and value is not None:
        yield Told((*path, *_keys(name)), value, line)


def _keys(name: str) -> tuple[str, ...]:
    """``live.enabled`` is a key below another."""
    return tuple(part.replace("-", "_") for part in name.split(".") if part) or ("",)


def _word(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)

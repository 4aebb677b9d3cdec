"""The published shapes as ``verify_pack.py`` carries them: made from the schemas alone, between two marks in the file.

A shape there is the name of another one or of a JSON type; a tuple of the values that may stand there; a list of
``(names, shape)`` for an object of these fields and no others (``?``: may be left out); or an object of rules:
``type``, ``like`` (the whole text), ``least``, ``most`` (the number, or how long), ``items``, ``first`` (of an array),
``values`` (of an object, by key), ``any`` (one of these), ``fields`` and ``needed`` (of an object that is open), and
``of``, ``if``, ``then``, ``else``.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gonogo_evidence import schema, verify_pack
from gonogo_evidence.verify.open import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(verify_pack.__file__)
BEGIN, END = "# --- made by `make docs` from the published schemas ---\n", "# --- end of what was made ---\n"
STATEMENTS: tuple[schema.Name, ...] = ("signoff", "close")
WIDTH = 118
SAID = {"$schema", "$id", "$defs", "title", "description"}
RULES = {
    "pattern": "like",
    "minLength": "least",
    "maxLength": "most",
    "minimum": "least",
    "minItems": "least",
    "maxItems": "most",
    "minProperties": "least",
}


def page() -> str:
    """The whole of ``verify_pack.py``, its table made anew."""
    head, _, rest = FILE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}{table()}{END}{tail}"


def table() -> str:
    """The lines between the marks."""
    named: dict[str, Any] = {}
    shapes = {path: _of_schema(name, named) for path, name in SCHEMAS.items()}
    shapes |= {name: _of_schema(name, named) for name in STATEMENTS}
    lines = ["# fmt: off", "NAMED: dict[str, Any] = {"]
    for key, made in sorted(named.items()):
        lines += _lines(f"{_word(key)}: ", made, 1)
    lines += ["}", "SHAPES: dict[str, Any] = {"]
    for key, made in shapes.items():
        lines += _lines(f"{_word(key)}: ", made, 1)
    lines += ["}", "# fmt: on"]
    return "".join(f"{line}\n" for line in lines)


def _of_schema(name: schema.Name, named: dict[str, Any]) -> Any:  # noqa: ANN401 - a shape
    whole = cast("dict[str, Any]", schema.load(name))
    for key, node in whole["$defs"].items():
        made = shape(node)
        if named.setdefault(key, made) != made:
            raise AssertionError(f"two shapes are called {key}")
    return shape(whole)


def shape(node: dict[str, Any]) -> Any:  # noqa: ANN401 - a shape
    """One schema in short. Raises ``AssertionError`` for a word of JSON Schema that the file does not know."""
    node = {key: value for key, value in node.items() if key not in SAID}
    if not node:
        return {}
    if "$ref" in node and len(node) == 1:
        return node["$ref"].removeprefix("#/$defs/")
    if len(node) == 1 and ("const" in node or "enum" in node):
        return tuple(node.get("enum", [node.get("const")]))
    if "if" in node:
        parts = {key: _open(node.pop(key)) for key in ("if", "then", "else") if key in node}
        return {"of": shape(node), **parts}
    if list(node) == ["anyOf"]:
        return {"any": [shape(one) for one in node["anyOf"]]}
    if isinstance(node.get("type"), list):
        return {"any": [_typed(one, node) for one in node["type"]]}
    return _typed(node["type"], node)


def _typed(kind: str, node: dict[str, Any]) -> Any:  # noqa: ANN401 - a shape
    rest = {key: value for key, value in node.items() if key != "type"}
    if kind == "object" and rest.get("additionalProperties") is False and "minProperties" not in rest:
        assert set(rest) <= {"additionalProperties", "required", "properties"}, rest
        return _closed(rest["properties"], set(rest.get("required", ())))
    if kind in {"null", "boolean"}:
        return kind
    made: dict[str, Any] = {"type": kind}
    for key, value in rest.items():
        if key == "items":
            made["items"] = shape(value)
        elif key == "prefixItems":
            assert rest["minItems"] == rest["maxItems"] == len(value), node
            made["first"] = [shape(one) for one in value]
        elif key == "additionalProperties" and isinstance(value, dict):
            made["values"] = shape(value)
        else:
            made[RULES[key]] = _whole(value) if key == "pattern" else value
    if {"items", "first", "values"} & set(made):
        del made["type"]  # what has items is an array, what has values an object
    return made if made != {"type": kind} else kind


def _closed(fields: dict[str, Any], required: set[str]) -> list[tuple[str, Any]]:
    """The fields, those of one shape together."""
    assert required <= set(fields), required
    grouped: dict[str, tuple[list[str], Any]] = {}
    for name, node in fields.items():
        made = shape(node)
        grouped.setdefault(repr(made), ([], made))[0].append(name if name in required else f"{name}?")
    return [(line, made) for names, made in grouped.values() for line in textwrap.wrap(" ".join(names), WIDTH // 2)]


def _open(node: dict[str, Any]) -> dict[str, Any]:
    assert set(node) <= {"properties", "required"}, node
    made: dict[str, Any] = {}
    if "properties" in node:
        made["fields"] = {name: _loose(one) for name, one in node["properties"].items()}
    if "required" in node:
        made["needed"] = " ".join(node["required"])
    return made


def _loose(node: dict[str, Any]) -> Any:  # noqa: ANN401 - a shape
    return _typed("array", node) if set(node) <= {"minItems", "maxItems"} else shape(node)


def _whole(pattern: str) -> str:
    """The pattern for the whole text, as ``re.fullmatch`` wants it."""
    assert pattern.startswith("^"), pattern
    return pattern[1:-1] if pattern.endswith("$") else f"{pattern[1:]}(?s:.*)"


def _lines(head: str, value: Any, depth: int) -> list[str]:  # noqa: ANN401 - a shape
    """The value in one line where it fits, else its parts one after the other, as many in a line as fit."""
    indent, short = "    " * depth, f"{head}{_word(value)},"
    if len(indent + short) <= WIDTH or not isinstance(value, (dict, list, tuple)):
        return [indent + short]
    begin, end = ("{", "}") if isinstance(value, dict) else ("[", "]") if isinstance(value, list) else ("(", ")")
    if isinstance(value, dict):
        parts = [_lines(f"{_word(key)}: ", item, depth + 1) for key, item in value.items()]
    else:
        parts = [_field(item, depth + 1) if _is_field(item) else _lines("", item, depth + 1) for item in value]
    return [f"{indent}{head}{begin}", *_filled(parts), f"{indent}{end},"]


def _filled(parts: list[list[str]]) -> Iterator[str]:
    line = ""
    for part in parts:
        if line and (len(part) > 1 or len(line) + len(part[0].lstrip()) >= WIDTH):
            yield line
            line = ""
        if len(part) > 1:
            yield from part
        else:
            line = f"{line} {part[0].lstrip()}" if line else part[0]
    if line:
        yield line


def _is_field(value: Any) -> bool:  # noqa: ANN401 - a shape
    return isinstance(value, tuple) and len(value) == len(("names", "shape"))


def _field(value: tuple[str, Any], depth: int) -> list[str]:
    """Names and their shape; where that takes several lines, it goes on in the line of the names."""
    first, *rest = _lines(f'("{value[0]}", ', value[1], depth)
    last = f"{(rest or [first])[-1].removesuffix(',')}),"
    return [first, *rest[:-1], last] if rest else [last]


def _word(value: Any) -> str:  # noqa: ANN401 - a shape
    if isinstance(value, str):
        return f'r"{value}"' if "\\" in value else f'"{value}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_word(key)}: {_word(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_word, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_word, value)) + (",)" if len(value) == 1 else ")")
    return repr(value)

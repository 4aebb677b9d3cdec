"""``docs/schemas/``: a page for each published schema, made from the schema alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gonogo_evidence import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "schemas"
LIMITS = ("const", "enum", "pattern", "format", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems")
HEAD = """# {title}

Made by `make docs` from `evidence/gonogo_evidence/schemas/{name}.schema.json` ({id}, JSON Schema 2020-12).
{description}
A field with a `?` may be left out. `[]` is each item of a list, `*` each key of an object.

| field | type | limits | meaning |
|---|---|---|---|
"""


def pages() -> dict[str, str]:
    """The pages by file name."""
    found = {f"{name}.md": page(name) for name in schema.NAMES}
    rows = "".join(f"- [{schema.load(name)['title']}]({name}.md)\n" for name in schema.NAMES)
    return {**found, "README.md": f"# Schemas\n\nWhat gonogo writes, field by field.\n\n{rows}"}


def page(name: schema.Name) -> str:
    """One page."""
    document = cast("dict[str, Any]", schema.load(name))
    description = f"\n{document['description']}\n" if "description" in document else ""
    head = HEAD.format(title=document["title"], name=name, id=document["$id"], description=description)
    return head + "".join(_rows(document, document, "", frozenset()))


def _rows(root: dict[str, Any], node: dict[str, Any], path: str, above: frozenset[str]) -> Iterator[str]:
    """A row for each field below ``node``; a definition inside itself is named once."""
    for at, inner, needed in _fields(node):
        resolved, name = _resolved(root, inner)
        here = f"{path}.{at}" if path and not at.startswith("[") else f"{path}{at}"
        yield _row(here + ("" if needed else "?"), resolved)
        if name not in above:
            yield from _rows(root, resolved, here, above | {name} if name else above)


def _fields(node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    for part in [node, *(one for key in ("oneOf", "anyOf", "allOf") for one in node.get(key, []))]:
        needed = set(part.get("required", []))
        for name, inner in part.get("properties", {}).items():
            yield name, inner if isinstance(inner, dict) else {}, name in needed
        for key, at in (("additionalProperties", "*"), ("items", "[]")):
            if isinstance(part.get(key), dict):
                yield at, part[key], True
        for number, inner in enumerate(part.get("prefixItems", [])):
            yield f"[{number}]", inner, True


def _resolved(root: dict[str, Any], node: dict[str, Any]) -> tuple[dict[str, Any], str]:
    reference = str(node.get("$ref", ""))
    if not reference:
        return node, ""
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return {**found, **{key: value for key, value in node.items() if key != "$ref"}}, reference


def _row(path: str, node: dict[str, Any]) -> str:
    kind = node.get("type", "")
    kinds = ", ".join(kind) if isinstance(kind, list) else kind or ("one of several" if "oneOf" in node else "any")
    limits = "; ".join(f"{name} `{node[name]}`" for name in LIMITS if name in node)
    cells = (f"`{path}`", kinds, limits, str(node.get("description", "")))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"

"""Evidence pack schemas, other JSON Schemas, and the code that defines them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.interface import Found, Source, TextFinder, base_name, is_test
from gonogo_agents.duties.facts.shapes import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIALECT = re.compile(r'"\$schema"\s*:\s*"([^"]*json-schema\.org[^"]*)"')
_TITLE = re.compile(r'"(?:title|\$id)"\s*:\s*"([^"]+)"')
_CLASS = re.compile(r"class\s+(\w*(?:EvidencePack|Schema|PackMeta|Manifest)\w*)")
_VERSION = re.compile(r"""([A-Z_]*SCHEMA_(?:VERSION|ID))\b[^=\n]*=\s*["']([^"']+)["']""")
_ABOUT_EVIDENCE = re.compile(r"evidence|pack|attestation|seal", re.IGNORECASE)
_NAMED = re.compile(r"evidence|schema|[_-]pack|^pack", re.IGNORECASE)
_FIELDS_PAGE = re.compile(r"mandatory[_-]?fields|evidence[_-]?pack.*template|schema", re.IGNORECASE)


def _wants(path: str) -> bool:
    name = base_name(path)
    if is_test(path):
        return False
    if name.endswith(".json"):
        return "schema" in path.lower()
    return (name.endswith(".py") and _NAMED.search(name) is not None) or _is_page(name)


def _is_page(name: str) -> bool:
    return name.endswith(".md") and _FIELDS_PAGE.search(name) is not None


def _find(source: Source) -> Iterator[Found]:
    if source.name.endswith(".json"):
        yield from _json_schema(source)
    elif source.name.endswith(".md"):
        heading = next(((number, line) for number, line in enumerate(source.lines, 1) if line.startswith("#")), (1, ""))
        yield Found(_kind(source.path), clean(heading[1].lstrip("# ")) or source.name, heading[0], {"form": "page"})
    else:
        yield from _code(source)


def _json_schema(source: Source) -> Iterator[Found]:
    """A JSON document that names a JSON Schema dialect; the line is where it does."""
    for number, line in enumerate(source.lines, 1):
        if found := _DIALECT.search(line):
            title = _TITLE.search(source.text)
            name = clean(title[1]) if title else source.name
            yield Found(_kind(source.path), name, number, {"form": "json-schema", "dialect": clean(found[1])})
            return


def _code(source: Source) -> Iterator[Found]:
    for number, line in enumerate(source.lines, 1):
        if found := _CLASS.match(line):
            yield Found(_kind(found[1]), found[1], number, {"form": "class"})
        elif found := _VERSION.match(line):
            yield Found(_kind(source.path), found[1], number, {"form": "constant", "is": clean(found[2])})


def _kind(words: str) -> str:
    return "evidence-schema" if _ABOUT_EVIDENCE.search(words) else "schema"


FINDER = TextFinder(("evidence-schema", "schema"), _wants, _find)

"""Layer maps, model registries and capability scopes, in this house's form and the predecessor's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.interface import Found, Source, TextFinder, base_name
from gonogo_agents.duties.facts.shapes import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE = re.compile(r"""\s*\[\s*(layers|layer_mapping|models)\s*\.\s*["']?([^\]"']+)["']?\s*\]""")
_ROW = re.compile(r"\|\s*\**`?(L[0-9])`?\**\s*\|\s*([^|]*)\|")
_YAML = re.compile(r"""\s*["']?(L[0-9])["']?\s*:""")
_REGISTRY = re.compile(r"\s*\[\s*registry\s*\]")
_VERSION = re.compile(r"""\s*version\s*=\s*["']?([^"'#]+)""")
_SCOPE_LAYER = re.compile(r"""\s*layer_id\s*=\s*["']([^"']+)["']""")
_FORMS = (".toml", ".yaml", ".yml", ".json", ".md")
_KINDS = {"layers": "layer-map", "layer_mapping": "layer-map", "models": "model-registry"}


def _is_scope(path: str) -> bool:
    return path.rpartition("/")[0].rpartition("/")[2] == "capability_scopes" and path.endswith(".toml")


def _wants(path: str) -> bool:
    name = base_name(path).lower()
    named = "model_registry" in name or "layer_map" in name or name in {"layers.toml", "layers.yaml", "layers.yml"}
    return _is_scope(path) or (named and name.endswith(_FORMS))


def _find(source: Source) -> Iterator[Found]:
    if _is_scope(source.path):
        yield _scope(source)
    elif source.name.endswith(".toml"):
        yield from _tables(source)
    else:
        yield from _rows(source)


def _tables(source: Source) -> Iterator[Found]:
    in_registry = False
    for number, line in enumerate(source.lines, 1):
        if table := _TABLE.match(line):
            in_registry = False
            if "." not in table[2]:
                yield Found(_KINDS[table[1]], clean(table[2]), number, {"table": table[1]})
        elif line.lstrip().startswith("["):
            in_registry = _REGISTRY.match(line) is not None
        elif in_registry and (version := _VERSION.match(line)):
            yield Found("model-registry", "registry", number, {"table": "registry", "version": clean(version[1])})


def _rows(source: Source) -> Iterator[Found]:
    """The rows of a Markdown table, or YAML and JSON keys, whose name is a layer's."""
    pattern = _ROW if source.name.endswith(".md") else _YAML
    for number, line in enumerate(source.lines, 1):
        if found := pattern.match(line):
            about = clean(found[2]) if pattern is _ROW else ""
            yield Found("layer-map", found[1], number, {"table": "rows", "about": about})


def _scope(source: Source) -> Found:
    """One fact for the file; its line is that of the layer it names."""
    for number, line in enumerate(source.lines, 1):
        if found := _SCOPE_LAYER.match(line):
            return Found("capability-scope", source.name.removesuffix(".toml"), number, {"layer": clean(found[1])})
    return Found("capability-scope", source.name.removesuffix(".toml"), 1, {"layer": None})


FINDER = TextFinder(("layer-map", "model-registry", "capability-scope"), _wants, _find)

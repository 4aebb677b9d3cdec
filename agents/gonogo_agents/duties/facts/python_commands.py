"""Commands that Python packaging names: entry points and tasks in pyproject.toml, setup.cfg, setup.py, tox.toml."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.commands import MAX_DEPTH
from gonogo_agents.duties.facts.interface import Found, Source, TextFinder, base_name, depth
from gonogo_agents.duties.facts.shapes import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_TABLES = (
    ("project.scripts", "entry-point"),
    ("project.gui-scripts", "entry-point"),
    ("tool.poetry.scripts", "entry-point"),
    ("tool.pdm.scripts", "pdm"),
    ("tool.poe.tasks", "poe"),
    ("tool.taskipy.tasks", "taskipy"),
    ("tool.hatch.envs.*.scripts", "hatch"),
    ("tool.tox.env", "tox"),
)
_TOX_TABLES = (("env", "tox"),)
_HEADER = re.compile(r"\s*\[+([^\[\]]+)\]")
_ASSIGNED = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))\s*[.=]""")
_PAIR = re.compile(r"""(?<![\w.-])([\w.-]++)\s*+=\s*+([\w.]++:[\w.]+)""")


def line_index(lines: Sequence[str]) -> dict[str, int]:
    """The line of every header and assignment of a TOML file, by dotted name."""
    index: dict[str, int] = {}
    table = ""
    for number, line in enumerate(lines, 1):
        if header := _HEADER.match(line):
            table = "".join(sign for sign in header[1] if sign not in " \"'")
            index.setdefault(table, number)
        elif assigned := _ASSIGNED.match(line):
            name = assigned[1] or assigned[2] or assigned[3]
            index.setdefault(f"{table}.{name}" if table else name, number)
    return index


def line_of(index: dict[str, int], table: str, key: str) -> int:
    """The line of ``table.key``, else of the nearest name above it (an inline table, dotted keys), else the first."""
    names = [*table.split("."), key]
    above = (".".join(names[:count]) for count in range(len(names), 0, -1))
    return next((index[name] for name in above if name in index), 1)


def _toml(source: Source, tables: Sequence[tuple[str, str]]) -> Iterator[Found]:
    data = cast("dict[str, object]", tomllib.loads(source.text))
    index = line_index(source.lines)
    for pattern, tool in tables:
        for table, entries in _tables(data, pattern.split("."), ()):
            for name, run in entries.items():
                words = run if isinstance(run, str) else ""
                value = {"tool": tool, "run": clean(words), "table": table}
                yield Found("command", clean(name), line_of(index, table, name), dict(value))


def _tables(
    data: dict[str, object], path: Sequence[str], walked: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, object]]]:
    """The tables that a dotted pattern means; ``*`` is any one key."""
    if not path:
        yield ".".join(walked), data
        return
    for key in list(data) if path[0] == "*" else [path[0]]:
        below = data.get(key)
        if isinstance(below, dict):
            yield from _tables(cast("dict[str, object]", below), path[1:], (*walked, key))


def _setup(source: Source) -> Iterator[Found]:
    """``console_scripts`` of setup.cfg or setup.py: the lines ``name = module:function`` that follow the word."""
    inside = False
    for number, line in enumerate(source.lines, 1):
        if "console_scripts" in line or "gui_scripts" in line:
            inside = True
            line = line.partition("_scripts")[2].lstrip("\"': =[")  # noqa: PLW2901 - the rest of the line is looked at
        if not inside:
            continue
        found = list(_PAIR.finditer(line))
        for pair in found:
            value = {"tool": "entry-point", "run": clean(pair[2]), "table": "console_scripts"}
            yield Found("command", clean(pair[1]), number, dict(value))
        if not found and line.strip() and line.strip()[0] in "]})[":
            inside = False


_READERS: dict[str, Callable[[Source], Iterator[Found]]] = {
    "pyproject.toml": lambda source: _toml(source, _TABLES),
    "tox.toml": lambda source: _toml(source, _TOX_TABLES),
    "setup.cfg": _setup,
    "setup.py": _setup,
}


def _wants(path: str) -> bool:
    return depth(path) <= MAX_DEPTH and base_name(path) in _READERS


FINDER = TextFinder(("command",), _wants, lambda source: _READERS[source.name](source))

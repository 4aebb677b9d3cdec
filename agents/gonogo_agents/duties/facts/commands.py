"""Commands of Make, just, tox, nox, npm and pre-commit."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.interface import Found, Source, TextFinder, base_name, depth
from gonogo_agents.duties.facts.outline import outline
from gonogo_agents.duties.facts.shapes import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_DEPTH = 3
_TARGET = re.compile(r"([A-Za-z0-9][\w./ -]*+)::?(?![:=])")
_RECIPE = re.compile(r"@?([A-Za-z_][\w-]*)(?:\s++[^:=]*+)?+:(?!=)")
_TOX = re.compile(r"\[(testenv(?::[^\]]+)?)\]")
_ENV_LIST = re.compile(r"(env_?list)\s*=\s*(.*)$", re.IGNORECASE)
_SESSION = re.compile(r"\s*@(?:nox\.)?session\b")
_SESSION_NAME = re.compile(r"""\bname\s*=\s*["']([^"']+)["']""")
_DEF = re.compile(r"\s*(?:async\s+)?def\s+(\w+)\s*\(")
_SCRIPT = re.compile(r'\s*"((?:[^"\\]|\\.)+)"\s*:')


def _command(name: str, line: int, tool: str, run: str) -> Found:
    return Found("command", clean(name), line, {"tool": tool, "run": clean(run)})


def _make(source: Source) -> Iterator[Found]:
    """Targets that can be asked for by name; pattern and special targets and variables are none."""
    folder = source.path.rpartition("/")[0]
    make = f"make -C {folder}" if folder else "make"
    for number, line in enumerate(source.lines, 1):
        found = _TARGET.match(line)
        if found and "%" not in line.partition(":")[0] and "=" not in found[1]:
            for target in found[1].split():
                yield _command(target, number, "make", f"{make} {target}")


def _just(source: Source) -> Iterator[Found]:
    for number, line in enumerate(source.lines, 1):
        found = _RECIPE.match(line)
        if found and found[1] not in {"set", "alias", "export", "import", "mod"}:
            yield _command(found[1], number, "just", f"just {found[1]}")


def _tox(source: Source) -> Iterator[Found]:
    for number, line in enumerate(source.lines, 1):
        if section := _TOX.match(line):
            name = section[1].removeprefix("testenv").removeprefix(":")
            yield _command(name or "testenv", number, "tox", f"tox -e {name}" if name else "tox")
        elif listed := _ENV_LIST.match(line):
            yield _command("env_list", number, "tox", listed[2])


def _nox(source: Source) -> Iterator[Found]:
    decorated: list[str] = []
    for number, line in enumerate(source.lines, 1):
        if _SESSION.match(line):
            decorated = [line]
        elif decorated and (found := _DEF.match(line)):
            named = _SESSION_NAME.search(" ".join(decorated))
            name = named[1] if named else found[1]
            yield _command(name, number, "nox", f"nox -s {name}")
            decorated = []
        elif decorated:
            decorated.append(line)


def _npm(source: Source) -> Iterator[Found]:
    loaded: object = json.loads(source.text)
    scripts = cast("dict[str, object]", loaded).get("scripts") if isinstance(loaded, dict) else None
    if not isinstance(scripts, dict):
        return
    inside = False
    lines: dict[str, int] = {}
    first = 1
    for number, line in enumerate(source.lines, 1):
        if not inside and '"scripts"' in line:
            inside, first = True, number
        elif inside and (key := _SCRIPT.match(line)):
            lines.setdefault(cast("str", json.loads(f'"{key[1]}"')), number)
    for name, run in cast("dict[str, object]", scripts).items():
        if isinstance(run, str):
            yield Found("command", clean(name), lines.get(name, first), {"tool": "npm", "run": clean(run)})


def _pre_commit(source: Source) -> Iterator[Found]:
    for node in outline(source.lines):
        if node.name == "id" and node.value:
            yield _command(node.text, node.line, "pre-commit", f"pre-commit run {node.text}")


_READERS: dict[str, Callable[[Source], Iterator[Found]]] = {
    "makefile": _make,
    "gnumakefile": _make,
    "justfile": _just,
    ".justfile": _just,
    "tox.ini": _tox,
    "noxfile.py": _nox,
    "package.json": _npm,
    ".pre-commit-config.yaml": _pre_commit,
    ".pre-commit-config.yml": _pre_commit,
}


def _wants(path: str) -> bool:
    return depth(path) <= MAX_DEPTH and base_name(path).lower() in _READERS


FINDER = TextFinder(("command",), _wants, lambda source: _READERS[source.name.lower()](source))

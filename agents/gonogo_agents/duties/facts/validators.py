"""Validator entry points: scripts, functions and classes that validate or verify, by name and line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.interface import Found, Source, TextFinder, base_name, is_test

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED = re.compile(r"valid|verif|evidence|schema", re.IGNORECASE)
_FOLDER = re.compile(r"validat|verif", re.IGNORECASE)
_CODE = (".py", ".sh", ".bash", ".js", ".mjs", ".ts", ".rb", ".go", ".rs")
_ENTRY = (
    (re.compile(r"\s*(?:async\s+)?def\s+(\w*(?:validate|verify|check_schema)\w*)\s*[(\[]"), "function"),
    (re.compile(r"\s*class\s+(\w*(?:Validator|Verifier|Validation)\w*)"), "class"),
    (re.compile(r"\s*(?:export\s+)?(?:async\s+)?function\s+(\w*(?:validate|verify)\w*)", re.IGNORECASE), "function"),
    (
        re.compile(r"(?:pub\s+)?f(?:unc|n)\s+(?:\([^)]*\)\s*)?(\w*(?:validate|verify)\w*)\s*\(", re.IGNORECASE),
        "function",
    ),
    (re.compile(r"(\w*(?:validate|verify)\w*)\s*\(\)\s*\{"), "function"),
)
_MAIN = re.compile(r"""if\s+__name__\s*==\s*["']__main__["']""")


def _wants(path: str) -> bool:
    name, folder = base_name(path), base_name(path.rpartition("/")[0])
    named = _NAMED.search(name) is not None or _FOLDER.match(folder) is not None
    return named and name.endswith(_CODE) and not is_test(path)


def _find(source: Source) -> Iterator[Found]:
    """Private names are left out; a script is one that can be started."""
    script = source.lines[0].startswith("#!")
    if script:
        yield Found("validator", source.name, 1, {"form": "script"})
    for number, line in enumerate(source.lines, 1):
        for pattern, form in _ENTRY:
            found = pattern.match(line)
            if found and not found[1].startswith("_"):
                yield Found("validator", found[1], number, {"form": form})
                break
        if not script and _MAIN.match(line):
            yield Found("validator", source.name, number, {"form": "script"})


FINDER = TextFinder(("validator",), _wants, _find)

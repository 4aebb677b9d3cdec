"""Which checks must be green before a merge, from where the repository says so.

Read are the predecessor's ``config/ci/required_status_checks.json``, an exported ruleset (``rules`` with
``required_status_checks``), the runbook's own table of job names (section 6), and what the trust side enrolled. Several
lists are one: their union.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.ids import JSON

LIST = "config/ci/required_status_checks.json"
FOLDERS = ("config/ci/", ".github/rulesets/")
RULE = "required_status_checks"
COLUMN = "job name (exact)"
"""How the column of the runbook's table of required checks begins; its second table has none of this name."""
WORKFLOW = "workflow"
_CELL = re.compile(r"(?<!\\)\|")
_RULER = re.compile(r"[\s|:-]+")


class RequiredInvalid(Exception):
    """A list of required checks that cannot be read."""


@dataclass(frozen=True, slots=True)
class Required:
    """One required check, and the file that says so."""

    context: str
    source: str
    workflow: str = ""
    """The file name of the workflow that is to report it, where the source says one."""
    line: int = 0
    """Where it stands, from 1, where the source has lines."""


def is_required_list(path: str) -> bool:
    """Whether a file may hold a list of required checks."""
    return path.endswith(".json") and path.startswith(FOLDERS)


def required_contexts(path: str, source: str) -> tuple[Required, ...]:
    """The required checks that a JSON file lists; none where it is about something else.

    Raises:
        RequiredInvalid: the file is no JSON, or a list in it is not one of names.
    """
    try:
        stored: JSON = json.loads(source, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise RequiredInvalid("no JSON") from error
    found: dict[str, None] = {}
    ignored: set[str] = set()
    for one in _mappings(stored if _is_list(stored) else [stored]):
        found.update(dict.fromkeys(_names(one.get("required_contexts", ()))))
        ignored.update(_names(one.get("ignored_contexts", ())))
        found.update(dict.fromkeys(_of_ruleset(one)))
    return tuple(Required(name, path) for name in found if name not in ignored)


def required_in_table(path: str, source: str) -> tuple[Required, ...]:
    """The required checks of the runbook's tables: those with a column ``Job Name (exact)``; none where there is none.

    Raises:
        RequiredInvalid: such a table has a row without a name.
    """
    found: list[Required] = []
    columns: list[str] = []
    for number, line in enumerate(source.split("\n"), 1):
        cells = [_bare(cell) for cell in _CELL.split(line.strip())[1:-1]] if line.strip().startswith("|") else []
        if not cells:
            columns = []
        elif not columns:
            columns = [cell.lower() for cell in cells]
        elif COLUMN in columns and not _RULER.fullmatch(line):
            named = dict(zip(columns, cells, strict=False))
            if not named.get(COLUMN):
                raise RequiredInvalid(f"line {number} of the table names no job")
            found.append(Required(named[COLUMN], path, named.get(WORKFLOW, ""), number))
    return tuple(found)


def _once(pairs: list[tuple[str, JSON]]) -> Mapping[str, JSON]:
    if len(dict(pairs)) != len(pairs):
        raise RequiredInvalid("a key stands there twice")
    return dict(pairs)


def _bare(cell: str) -> str:
    return cell.strip().strip("*`").strip()


def _of_ruleset(ruleset: Mapping[str, JSON]) -> Iterator[str]:
    for rule in _mappings(ruleset.get("rules")):
        for parameters in _mappings([rule.get("parameters")]):
            if rule.get("type") == RULE:
                yield from _names([one.get("context") for one in _mappings(parameters.get(RULE))])


def _mappings(stored: JSON) -> list[Mapping[str, JSON]]:
    return [one for one in stored if isinstance(one, Mapping)] if _is_list(stored) else []


def _names(value: JSON) -> list[str]:
    names = [name for name in value if isinstance(name, str) and name.strip()] if _is_list(value) else []
    if not _is_list(value) or len(names) != len(value):
        raise RequiredInvalid("required checks are a list of names")
    return names


def _is_list(value: JSON) -> TypeGuard[Sequence[JSON]]:
    return isinstance(value, Sequence) and not isinstance(value, str)

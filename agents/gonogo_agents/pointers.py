"""Pointers at evidence, followed: a claim whose pointer leads nowhere is no claim (law 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.shapes import as_object, objects_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.ids import JSON, JSONObject

STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(0|[1-9][0-9]{0,8})\]")


def lead_somewhere(pointers: Iterable[JSON], documents: Mapping[str, JSON], change: JSONObject | None) -> bool:
    """Whether there is at least one pointer, and each of them leads to something that is there.

    Args:
        pointers: ``{"file", "path"}`` into the pack, or ``{"path", "line", "blob"}`` into the commit.
        documents: the pack's JSON files by path.
        change: the changed files, for pointers into the commit.
    """
    found = [as_object(pointer) for pointer in pointers]
    return bool(found) and all(_leads(pointer, documents, change) for pointer in found)


def follow(document: JSON, path: str) -> tuple[bool, JSON]:
    """Whether a JSON path (``$.gates[2].name``) is there, and what lies at it."""
    if not path.startswith("$"):
        return False, None
    rest, here = path[1:], document
    while rest:
        step = STEP.match(rest)
        if step is None:
            return False, None
        rest = rest[step.end() :]
        name, index = step[1], step[2]
        if name is not None and isinstance(here, Mapping) and name in here:
            here = here[name]
        elif index is not None and isinstance(here, list | tuple) and int(index) < len(here):
            here = here[int(index)]
        else:
            return False, None
    return True, here


def _leads(pointer: JSONObject, documents: Mapping[str, JSON], change: JSONObject | None) -> bool:
    file, path = pointer.get("file"), pointer.get("path")
    if isinstance(file, str) and isinstance(path, str):
        return file in documents and follow(documents[file], path)[0]
    files = objects_of(None if change is None else change.get("files"))
    return any(path is not None and path in (one.get("path"), one.get("old_path")) for one in files)

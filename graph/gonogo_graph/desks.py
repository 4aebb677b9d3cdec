"""The desks of drills on this machine, one a line of JSON: a run inside one of them is a drill's.

A drill's own repository bears its mark in its first commit; this list is about any other one that an operator makes or
copies there. No key authenticates it: a drill whose line is gone is refused when it is looked at.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_evidence import drill
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON
    from gonogo_graph.places import Places

LIMIT = 16 * 1024 * 1024


def entry(drill_id: str, seed: int, folder: Path) -> str:
    """A desk's line, by the folder's real place."""
    return json.dumps({"drill_id": drill_id, "seed": seed, "folder": os.path.realpath(folder)})


def register(desks: Path, line: str) -> None:
    """Put a desk at the end of the list; two drills that begin at once both stand there."""
    desks.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(desks, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def listed(desks: Path) -> list[str]:
    """All lines; none where no drill was ever started here. A list that cannot be read whole is no empty one."""
    try:
        return read_bytes(desks, limit=LIMIT).decode("ascii", "replace").split("\n")[:-1]
    except BadInput as error:
        if error.code != "FILE_NOT_FOUND":
            raise
        return []


def mark_of(repository: Repository, ref: str, commit: str, places: Places) -> Mapping[str, JSON]:
    """``{"drill": {...}}`` for a run on a commit with a drill's history, or inside a drill's desk; else nothing."""
    words = repository.drill if ref == "HEAD" else repository.drill_in(commit)
    found = drill.mark(words) or _desk_around(repository.root, listed(places.desks))
    return {drill.FIELD: found} if found else {}


def _desk_around(root: Path, lines: list[str]) -> dict[str, JSON] | None:
    """The desk that a folder lies in. A line that cannot be read is about no folder."""
    real = Path(os.path.realpath(root))
    around = {str(folder) for folder in (real, *real.parents)}
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):
            desk = json.loads(line)
            if desk["folder"] in around:
                return {"drill_id": str(desk["drill_id"]), "seed": int(desk["seed"])}
    return None

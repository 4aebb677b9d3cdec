"""What the models of a layer run are shown: the changed files that the layer's scope allows, from the commit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from gonogo_agents.broker.repo_verbs import repo_read
from gonogo_agents.duties.facts.shapes import as_object, number_of, objects_of
from gonogo_agents.duties.scope_limits import assign
from gonogo_evidence.transcripts import plain
from gonogo_policies.layer_run.prompts import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_agents.broker.repo_verbs import CommitFiles
    from gonogo_evidence.ids import JSON, JSONObject

MOST_FILES: Final = 40
MOST_TEXT: Final = 120_000
"""Characters of all inputs together; what does not fit is left out and named."""
POINTERS: Final = "pointer_only_inputs"
"""A scope's constraint: paths and digests are shown, never content (L3)."""


class Inputs(NamedTuple):
    """What is shown, and what is not."""

    shown: tuple[Shown, ...]
    left_out: tuple[JSONObject, ...]
    """Path and reason of each."""


def gather(files: CommitFiles, inputs: Mapping[str, JSON], change: JSON) -> Inputs:
    """Read the planned inputs from the commit. The plan comes from the frozen inputs, and no model has a say in it."""
    changed = [file for file in objects_of(as_object(change).get("files")) if file.get("status") != "D"]
    paths = assign(inputs, changed).reads
    pointers = as_object(inputs.get("constraints")).get(POINTERS) is True
    shown: list[Shown] = []
    left: list[JSONObject] = [{"path": path, "reason": "too many inputs"} for path in paths[MOST_FILES:]]
    room = MOST_TEXT
    for read in _read(files, paths[:MOST_FILES]):
        path, text = plain(str(read["path"])), read.get("text")
        if not isinstance(text, str) or read.get("truncated") is True:
            left.append({"path": path, "reason": str(read.get("reason") or "too-large")})
        elif not pointers and len(text) > room:
            left.append({"path": path, "reason": "no room"})
        else:
            room -= 0 if pointers else len(text)
            digest = hashlib.sha256(text.encode()).hexdigest()
            size = number_of(read.get("size"))
            shown.append(Shown(f"E{len(shown) + 1}", path, digest, size, None if pointers else plain(text)))
    return Inputs(tuple(shown), tuple(left))


def _read(files: CommitFiles, paths: Sequence[str]) -> Sequence[JSONObject]:
    if not paths:
        return ()
    answer = cast("JSONObject", repo_read(files, {"paths": list(paths)}))
    return cast("Sequence[JSONObject]", answer["files"])

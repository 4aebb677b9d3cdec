"""What the models of a layer run are shown: the changed files that the layer's scope allows, from the commit."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from gonogo_agents.broker.repo_verbs import repo_read
from gonogo_agents.duties.facts.shapes import as_object, number_of, objects_of, strings_of
from gonogo_agents.duties.scope_limits import assign
from gonogo_evidence import canonical
from gonogo_evidence.errors import Refused
from gonogo_evidence.transcripts import plain
from gonogo_policies.globs import match
from gonogo_policies.layer_run.prompts import Shown
from gonogo_policies.results import DUTIES, as_text, checks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gonogo_agents.broker.repo_verbs import CommitFiles
    from gonogo_evidence.ids import JSON, JSONObject

MOST_FILES: Final = 40
MOST_TEXT: Final = 120_000
"""Characters of all inputs together; what does not fit is left out and named."""
WEIGHED: Final = (*DUTIES, "risk_review")
"""Whose checks a model in a role sees. The seal's own name ids and digests, and would fit no replay's request."""
POINTERS: Final = "pointer_only_inputs"
"""A scope's constraint: paths and digests are shown, never content (L3)."""


class Inputs(NamedTuple):
    """What is shown, and what is not."""

    shown: tuple[Shown, ...]
    left_out: tuple[JSONObject, ...]
    """Path and reason of each."""


def gather(files: CommitFiles, inputs: Mapping[str, JSON], change: JSON, secret: Callable[[str], bool]) -> Inputs:
    """Read the planned inputs from the commit. The plan comes from the frozen inputs, and no model has a say in it.

    A file of which ``secret`` says that it holds one is left out whole.
    """
    changed = [file for file in objects_of(as_object(change).get("files")) if file.get("status") != "D"]
    paths = assign(inputs, changed).reads
    pointers = as_object(as_object(inputs.get("asked")).get("constraints")).get(POINTERS) is True
    shown: list[Shown] = []
    left: list[JSONObject] = [{"path": path, "reason": "too many inputs"} for path in paths[MOST_FILES:]]
    room = MOST_TEXT
    for read in _read(files, paths[:MOST_FILES]):
        path, text = plain(str(read["path"])), read.get("text")
        if not isinstance(text, str) or read.get("truncated") is True:
            left.append({"path": path, "reason": str(read.get("reason") or "too-large")})
        elif not pointers and len(text) > room:
            left.append({"path": path, "reason": "no room"})
        elif not pointers and secret(text):
            left.append({"path": path, "reason": "holds what looks like a secret"})
        else:
            room -= 0 if pointers else len(text)
            digest = hashlib.sha256(text.encode()).hexdigest()
            size = number_of(read.get("size"))
            shown.append(Shown(f"E{len(shown) + 1}", path, digest, size, None if pointers else plain(text)))
    return Inputs(tuple(shown), tuple(left))


def role_shown(
    rights: JSONObject, results: Mapping[str, JSON], files: Sequence[Shown], secret: Callable[[str], bool]
) -> tuple[Shown, ...]:
    """What a model sees that plays a role: of checks and files that there are, those that the role may read.

    A check's id is ``state:FIELD:CHECK``, a file's ``repo:PATH``.
    """
    readable = strings_of(rights.get("state_read"))
    shown = list(checks_shown({name: results[name] for name in readable if name in results}, secret))
    globs = strings_of(rights.get("paths_read"))
    shown += [replace(one, id=f"repo:{one.path}") for one in files if _may_read(one.path, globs)]
    return tuple(shown)


def _may_read(path: str, globs: Sequence[str]) -> bool:
    """A path that cannot be placed is not shown."""
    try:
        return match(path, globs)
    except Refused:
        return False


def checks_shown(results: Mapping[str, JSON], secret: Callable[[str], bool]) -> tuple[Shown, ...]:
    """The checks of the duties so far, each under its id: what a claim about the run can rest on."""
    shown: dict[str, Shown] = {}
    for duty in WEIGHED:
        for check in checks_of(results, duty):
            name, text = (
                f"state:{duty}:{check.get('id')}",
                plain(f"{check.get('verdict')}: {as_text(check.get('text'))}"),
            )
            shown.setdefault(name, Shown(name, duty, canonical.digest_of(text.encode()), len(text.encode()), text))
    if secret("\n".join(one.text or "" for one in shown.values())):
        return tuple(replace(one, text=None) for one in shown.values())
    return tuple(shown.values())


def _read(files: CommitFiles, paths: Sequence[str]) -> Sequence[JSONObject]:
    if not paths:
        return ()
    answer = cast("JSONObject", repo_read(files, {"paths": list(paths)}))
    return cast("Sequence[JSONObject]", answer["files"])

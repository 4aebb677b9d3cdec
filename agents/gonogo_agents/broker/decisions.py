"""The scopes as one JSON document (``gonogo/decisions/v1``), and an evaluator of it that knows nothing else.

The document is for hosts that decide without the engine: a hook beside a chat editor, or another program. The evaluator
reads globs segment by segment, as any other implementation would; the tests hold it against
:func:`gonogo_agents.broker.decide.decide` on requests of every kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

from gonogo_policies.globs import first_match
from gonogo_policies.spellings import composed, is_plain, plainest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gonogo_agents.broker.interface import Arguments, RoleScope
    from gonogo_evidence.ids import JSON, JSONObject

SCHEMA: Final = "gonogo/decisions/v1"
"""``decisions.schema.json`` beside this file."""
LISTS: Final = ("steps", "tools", "git_queries", "state_write", "paths_read", "paths_write", "paths_forbidden")


class Answer(NamedTuple):
    """What the evaluator says: whether, and by which rule."""

    allowed: bool
    rule: str


def compile_decisions(scopes: Iterable[RoleScope]) -> JSONObject:
    """The document for these scopes, plain JSON. Lists keep the scope's order: it decides which rule is named."""
    roles: dict[str, JSON] = {}
    for scope in scopes:
        lists: dict[str, JSON] = {name: list(getattr(scope, name)) for name in LISTS}
        roles[scope.role] = {**lists, "tool_steps": {verb: list(steps) for verb, steps in scope.tool_steps.items()}}
    return {"schema": SCHEMA, "roles": roles}


def evaluate(document: Mapping[str, JSON], role: str, step: str, action: str, resource: Arguments) -> Answer:
    """Decide by the document alone. A role that it lacks, or another schema, may nothing."""
    roles = cast("Mapping[str, Mapping[str, Sequence[str]]]", document.get("roles", {}))
    if document.get("schema") != SCHEMA or role not in roles:
        return _no("role")
    lists = roles[role]
    if step not in lists["steps"]:
        return _no("step")
    if action == "state.write":
        return _named(lists, "state_write", resource.get("field"))
    if action not in lists["tools"]:
        return _no("default")
    limited = cast("Mapping[str, Sequence[str]]", lists["tool_steps"])
    if action in limited and step not in limited[action]:
        return _no(f"tool_steps:{action}")
    if action == "git.query":
        return _named(lists, "git_queries", resource.get("query"))
    if action == "evidence.append":
        path = resource.get("path")
        return _path(lists, "paths_write", f"data/{path}" if isinstance(path, str) else path)
    return _reading(lists, resource) if action == "repo.read" else _yes(f"tools:{action}")


def _named(lists: Mapping[str, Sequence[str]], field: str, name: JSON) -> Answer:
    known = isinstance(name, str) and name in lists[field]
    return _yes(f"{field}:{name}") if known else _no(field)


def _reading(lists: Mapping[str, Sequence[str]], resource: Arguments) -> Answer:
    match resource:
        case {"path": path, **rest} if not rest:
            return _path(lists, "paths_read", path)
        case {"paths": [_, *_] as paths, **rest} if not rest:
            answers = [_path(lists, "paths_read", path) for path in cast("list[JSON]", paths)]
            return next((answer for answer in answers if not answer.allowed), _yes("paths_read"))
        case _:
            return _no("paths_read:shape")


def _path(lists: Mapping[str, Sequence[str]], field: str, path: JSON) -> Answer:
    if not isinstance(path, str):
        return _no(f"{field}:shape")
    path = composed(path)
    if not is_plain(path):
        return _no(f"{field}:plain")
    forbidden, folded = lists["paths_forbidden"], plainest(path)
    plainly = next((glob for glob in forbidden if folded and first_match(folded, [plainest(glob)])), None)
    if no := plainly or first_match(path, forbidden):
        return _no(f"paths_forbidden:{no}")
    yes = first_match(path, lists[field])
    return _yes(f"{field}:{yes}") if yes else _no(field)


def _yes(rule: str) -> Answer:
    return Answer(allowed=True, rule=rule)


def _no(rule: str) -> Answer:
    return Answer(allowed=False, rule=rule)

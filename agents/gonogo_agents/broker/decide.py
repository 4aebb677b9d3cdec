"""The one decision: may this role, in this step, ask this of that? Pure, quick, and explained by the id of a rule.

What no rule allows is denied, and a prohibition always wins. Rule ids: ``role``, ``step``, ``default`` (no right to the
action), ``tools:ACTION``, ``tool_steps:ACTION``, ``state_write[:FIELD]``, ``git_queries[:QUERY]``,
``paths_read[:GLOB]``, ``paths_write[:GLOB]``, ``paths_forbidden:GLOB``, and ``FIELD:plain`` or ``FIELD:shape`` for what
is no path or no list of paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_agents.broker.interface import Decision
from gonogo_policies.globs import compiled
from gonogo_policies.spellings import composed, is_plain, plainest

if TYPE_CHECKING:
    from gonogo_agents.broker.interface import Arguments, RoleScope
    from gonogo_agents.duty import Role
    from gonogo_evidence.ids import JSON
    from gonogo_policies.globs import Globs

HAND_IN: Final = "state.write"
"""A role hands in what its duty came to. Decided like a request, and no tool that a scope could name."""
PACK_PREFIX: Final = "data/"
"""``evidence.append`` writes below this folder of the pack, and nowhere else."""


class Rules:
    """A role's scope, compiled once for all its decisions."""

    __slots__ = (
        "forbidden",
        "git_queries",
        "once",
        "plainest",
        "read",
        "role",
        "state_write",
        "steps",
        "tool_steps",
        "tools",
        "write",
    )

    def __init__(self, scope: RoleScope) -> None:
        self.role: Role = scope.role
        self.steps = frozenset(scope.steps)
        self.tools = frozenset(scope.tools)
        self.tool_steps = {action: frozenset(steps) for action, steps in scope.tool_steps.items()}
        self.state_write = frozenset(scope.state_write)
        self.git_queries = frozenset(scope.git_queries)
        self.read = compiled(scope.paths_read)
        self.write = compiled(scope.paths_write)
        self.forbidden = compiled(scope.paths_forbidden)
        self.plainest = compiled(tuple(plainest(glob) for glob in scope.paths_forbidden))
        self.once = self.plainest.globs == self.forbidden.globs
        """Whether a path that is its own plainest spelling needs to be held against the prohibitions only once."""


def decide(rules: Rules, role: str, step: str, action: str, resource: Arguments) -> Decision:
    """Decide one request. Never raises: what cannot be understood is denied.

    Args:
        rules: the scope of the role.
        role: who asks.
        step: the step (``A`` to ``G``) of the duty that is being done.
        action: the verb, such as ``repo.read``.
        resource: the verb's arguments: what it is asked of.
    """
    if role != rules.role:
        return _no("role", rules.role, role)
    if step not in rules.steps:
        return _no("step", role, step)
    if action == HAND_IN:
        return _named(rules, "state_write", rules.state_write, resource.get("field"))
    if action not in rules.tools:
        return _no("default", role, action)
    if step not in rules.tool_steps.get(action, rules.steps):
        return _no(f"tool_steps:{action}", role, step)
    match action:
        case "git.query":
            return _named(rules, "git_queries", rules.git_queries, resource.get("query"))
        case "repo.read":
            return _reading(rules, resource)
        case "evidence.append":
            path = resource.get("path")
            return _path(rules, rules.write, "paths_write", f"{PACK_PREFIX}{path}" if isinstance(path, str) else path)
        case _:
            return _yes(f"tools:{action}", role, action)


def may_see(rules: Rules, path: str) -> bool:
    """Whether ``repo.list`` shows the role this file: the same rule as for reading it."""
    return _path(rules, rules.read, "paths_read", path).allowed


def _named(rules: Rules, field: str, names: frozenset[str], name: JSON) -> Decision:
    """A question to git or a field of the run: one of those that the scope lists."""
    if isinstance(name, str) and name in names:
        return _yes(f"{field}:{name}", rules.role, name)
    return _no(field, rules.role, name if isinstance(name, str) else "")


def _reading(rules: Rules, resource: Arguments) -> Decision:
    """One ``path``, or ``paths`` of which every single one must be allowed."""
    if len(resource) == 1 and "path" in resource:
        return _path(rules, rules.read, "paths_read", resource["path"])
    paths = resource.get("paths")
    if len(resource) != 1 or not isinstance(paths, list | tuple) or not paths:
        return _no("paths_read:shape", rules.role, "")
    for path in paths:
        decision = _path(rules, rules.read, "paths_read", path)
        if not decision.allowed:
            return decision
    return _yes("paths_read", rules.role, str(len(paths)))


def _path(rules: Rules, allowed: Globs, field: str, path: JSON) -> Decision:
    if not isinstance(path, str):
        return _no(f"{field}:shape", rules.role, "")
    path = composed(path)
    if not is_plain(path):
        return _no(f"{field}:plain", rules.role, path)
    plainly = plainest(path)
    no = rules.plainest.index(plainly) if plainly else None
    if no is None and not (rules.once and plainly == path):
        no = rules.forbidden.index(path)
    if no is not None:
        return _no(f"paths_forbidden:{rules.forbidden.globs[no]}", rules.role, path)
    yes = allowed.index(path)
    if yes is None:
        return _no(field, rules.role, path)
    return _yes(f"{field}:{allowed.globs[yes]}", rules.role, path)


def _yes(rule: str, role: str, subject: str) -> Decision:
    return Decision(allowed=True, rule=rule, role=role, subject=subject)


def _no(rule: str, role: str, subject: str) -> Decision:
    return Decision(allowed=False, rule=rule, role=role, subject=subject)

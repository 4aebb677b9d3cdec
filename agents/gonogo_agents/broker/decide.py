"""The one decision: may this role ask this? Pure; what no rule allows is denied, and a prohibition always wins."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from gonogo_agents.broker.interface import Decision
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg
from gonogo_policies.globs import first_match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.broker.interface import Arguments, RoleScope
    from gonogo_evidence.ids import JSON
    from gonogo_evidence.text import Text

PACK_PREFIX = "data/"
"""``evidence.append`` writes below this folder of the pack, and nowhere else."""


def decide(scope: RoleScope, verb: str, arguments: Arguments) -> Decision:
    """Decide one request by the role's scope. Never raises: what cannot be understood is denied."""
    if verb not in scope.tools:
        return _denied("default", msg("{role} has no right to {verb}.", role=scope.role, verb=verb))
    match verb:
        case "git.query":
            return _query(scope, arguments.get("query"))
        case "repo.read":
            return _reading(scope, arguments)
        case "evidence.append":
            path = arguments.get("path")
            named = f"{PACK_PREFIX}{path}" if isinstance(path, str) else path
            return _path(scope.paths_write, (), named, "paths_write")
        case _:
            return Decision(allowed=True, rule="tools", reason=msg("The role's tools name {verb}.", verb=verb))


def may_see(scope: RoleScope, path: str) -> bool:
    """Whether ``repo.list`` shows the role this file: the same rule as for reading it."""
    return _path(scope.paths_read, scope.paths_forbidden, path, "paths_read").allowed


def plain(path: str) -> str:
    """The form in which paths are compared: Unicode normal form C."""
    return unicodedata.normalize("NFC", path)


def _query(scope: RoleScope, query: JSON) -> Decision:
    if isinstance(query, str) and query in scope.git_queries:
        return Decision(
            allowed=True, rule=f"git_queries:{query}", reason=msg("The role may ask git for {query}.", query=query)
        )
    return _denied(
        "git_queries", msg("{role} has no right to ask git for {query}.", role=scope.role, query=ascii(query)[:80])
    )


def _reading(scope: RoleScope, arguments: Arguments) -> Decision:
    """One ``path``, or ``paths`` of which every single one must be allowed."""
    if set(arguments) == {"path"}:
        return _path(scope.paths_read, scope.paths_forbidden, arguments["path"], "paths_read")
    paths = arguments.get("paths")
    if set(arguments) != {"paths"} or not isinstance(paths, list | tuple) or not paths:
        return _denied("paths_read", msg("Reading takes one path, or a list of paths."))
    for path in paths:
        decision = _path(scope.paths_read, scope.paths_forbidden, path, "paths_read")
        if not decision.allowed:
            return decision
    return Decision(
        allowed=True, rule="paths_read", reason=msg("All {count} paths are in the scope.", count=len(paths))
    )


def _path(allowed: Sequence[str], forbidden: Sequence[str], path: JSON, field: str) -> Decision:
    if not isinstance(path, str):
        return _denied(field, msg("A path is text."))
    try:
        no = first_match(plain(path), forbidden)
        yes = first_match(plain(path), allowed)
    except Refused:
        return _denied(
            f"{field}:plain", msg("{path} is not a plain path inside the repository.", path=ascii(path)[:200])
        )
    if path.endswith("/"):
        return _denied(
            f"{field}:plain", msg("{path} is not a plain path inside the repository.", path=ascii(path)[:200])
        )
    if no is not None:
        return _denied(f"paths_forbidden:{no}", msg("{path} is forbidden to every role.", path=ascii(path)[:200]))
    if yes is None:
        return _denied(field, msg("{path} is not in the role's scope.", path=ascii(path)[:200]))
    return Decision(allowed=True, rule=f"{field}:{yes}", reason=msg("{path} is in the scope.", path=plain(path)[:200]))


def _denied(rule: str, reason: Text) -> Decision:
    return Decision(allowed=False, rule=rule, reason=reason)

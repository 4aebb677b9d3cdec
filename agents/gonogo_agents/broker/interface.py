"""What the broker is made of: a role's scope, a decision, and a handler for each verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from gonogo_evidence.ids import JSON

if TYPE_CHECKING:
    from gonogo_agents.duty import Role
    from gonogo_evidence.text import Text

Arguments: TypeAlias = Mapping[str, JSON]
Handler: TypeAlias = Callable[[Arguments], JSON]
"""Does what a verb asks. It is called only after the decision."""

Record: TypeAlias = Callable[[Mapping[str, JSON]], None]
"""Writes one line of the broker's log."""


class Rights(Protocol):
    """What the configuration says of a role; ``gonogo_policies.config.roles.RoleScope`` has this shape."""

    @property
    def paths_read(self) -> Sequence[str]:
        """Globs of the commit's files that the role may see."""
        ...

    @property
    def paths_write(self) -> Sequence[str]:
        """Globs of places in the pack in the making."""
        ...

    @property
    def tools(self) -> Sequence[str]:
        """Verbs."""
        ...

    @property
    def git_queries(self) -> Sequence[str]:
        """Questions that ``git.query`` may carry."""
        ...


@dataclass(frozen=True, slots=True)
class RoleScope:
    """One role's rights and what is forbidden to everybody. The empty scope allows nothing."""

    role: Role
    paths_read: tuple[str, ...] = ()
    paths_write: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    git_queries: tuple[str, ...] = ()
    state_read: tuple[str, ...] = ()
    state_write: tuple[str, ...] = ()
    paths_forbidden: tuple[str, ...] = ()
    """Globs that win over every permission (the guardrails' secret paths)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request goes through, by which rule, and why in words."""

    allowed: bool
    rule: str
    reason: Text


def scope_of(role: Role, rights: Rights, forbidden: Sequence[str] = ()) -> RoleScope:
    """The scope of ``role`` from its configuration and the guardrails' forbidden paths."""
    return RoleScope(
        role=role,
        paths_read=tuple(rights.paths_read),
        paths_write=tuple(rights.paths_write),
        tools=tuple(rights.tools),
        git_queries=tuple(rights.git_queries),
        state_read=tuple(getattr(rights, "state_read", ())),
        state_write=tuple(getattr(rights, "state_write", ())),
        paths_forbidden=tuple(forbidden),
    )

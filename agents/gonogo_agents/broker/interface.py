"""What the broker is made of: a role's scope, a decision, and a handler for each verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gonogo_evidence.ids import JSON
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from gonogo_agents.duty import Role

Arguments: TypeAlias = Mapping[str, JSON]
Handler: TypeAlias = Callable[[Arguments], JSON]
"""Does what a verb asks. It is called only after the decision."""

Record: TypeAlias = Callable[[Mapping[str, JSON]], None]
"""Writes one line of the broker's log."""

Refusals: TypeAlias = Callable[["Decision", str], None]
"""Takes a denial and where it happened (role, step and verb) to the ledger."""


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
    """The fields of the run that the role may hand in."""
    tool_steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Verbs that may be asked in some of its steps only; one that is not named may be in all."""
    steps: tuple[str, ...] = ()
    """The steps (``A`` to ``G``) in which the role has a duty: it may ask in no other."""
    paths_forbidden: tuple[str, ...] = ()
    """Globs that win over every permission (the guardrails' secret paths)."""


class Decision(NamedTuple):
    """Whether a request goes through, by which rule, and of whom and what it was."""

    allowed: bool
    rule: str
    """The id of the rule that decided; :mod:`gonogo_agents.broker.decide` lists them."""
    role: str
    subject: str
    """The action, query, step or path that the rule was held against; of a batch that is allowed, how many paths."""

    @property
    def reason(self) -> Text:
        """Why, in words."""
        role, subject = self.role, ascii(self.subject)[1:-1][:200]
        match self.rule.partition(":"):
            case ("role", _, _):
                return msg("{asker} asked with the rights of {role}.", asker=subject, role=role)
            case ("step", _, _):
                return msg("{role} has no duty in step {step}.", role=role, step=subject)
            case ("default", _, _):
                return msg("{role} has no right to {verb}.", role=role, verb=subject)
            case ("tool_steps", _, verb):
                return msg("{role} may not ask for {verb} in step {step}.", role=role, verb=verb, step=subject)
            case ("state_write", _, _) if self.allowed:
                return msg("The role may hand in {field}.", field=subject)
            case ("state_write", _, _):
                return msg("{role} has no right to hand in {field}.", role=role, field=subject)
            case ("tools", _, _):
                return msg("The role's tools name {verb}.", verb=subject)
            case ("git_queries", _, _) if self.allowed:
                return msg("The role may ask git for {query}.", query=subject)
            case ("git_queries", _, _):
                return msg("{role} has no right to ask git for {query}.", role=role, query=subject)
            case _:
                return self._about_path(subject)

    def _about_path(self, subject: str) -> Text:
        match self.rule.partition(":"):
            case ("paths_forbidden", _, _):
                return msg("{path} is forbidden to every role.", path=subject)
            case (_, _, "shape"):
                return msg("Reading and writing take one path, or reading a list of paths.")
            case (_, _, "plain"):
                return msg("{path} is not a plain path inside the repository.", path=subject)
            case (_, "", _) if self.allowed:
                return msg("All {count} paths are in the scope.", count=int(subject))
            case _ if self.allowed:
                return msg("{path} is in the scope.", path=subject)
            case _:
                return msg("{path} is not in the role's scope.", path=subject)

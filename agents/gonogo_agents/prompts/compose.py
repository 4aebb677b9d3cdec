"""Writing a role's prompt: the frame, the role's words, and its rights as ``roles.toml`` and the table give them.

Rights are never written by hand here: a prompt that promises more than the broker allows teaches a model to be refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gonogo_evidence.text import fill
from gonogo_policies.contribution import kinds_for

if TYPE_CHECKING:
    from gonogo_agents.duty import Role
    from gonogo_agents.prompts.source import FrameWords, Language, Source
    from gonogo_policies.config.roles import RoleScope


class DutyLine(NamedTuple):
    """One duty of a role, as a prompt names it."""

    number: int
    step: str
    name: str
    field: str


Duties: TypeAlias = Mapping["Role", Sequence[DutyLine]]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One role's prompt in one language."""

    role: Role
    description: str
    """One line."""
    body: str
    """Markdown, ends with a line break."""

    @property
    def slug(self) -> str:
        """``risk-officer``: the name that hosts take."""
        return self.role.lower().replace("_", "-")


def compose(source: Source, role: Role, scope: RoleScope, duties: Sequence[DutyLine], language: Language) -> Prompt:
    """Write a prompt. ``duties`` are the role's rows of the table, in order; ``scope`` is its entry in roles.toml."""
    frame: FrameWords = getattr(source.frame, language)
    words = getattr(source.roles[role], language)
    kinds = sorted({kind for duty in duties for kind in kinds_for(duty.field)})
    values = {"role": role, "kinds": ", ".join(kinds)}
    parts = [
        fill(frame.opening, {**values}),
        _section(frame.duties, [fill(frame.duty, duty._asdict()) for duty in duties]),
        _section(frame.work, words.work),
        _section(frame.rights, _rights(frame, scope)),
        _section(frame.how, [fill(line, {**values}) for line in frame.handing]),
        _section(frame.never, frame.nevers),
        _section(frame.stopping, frame.stops),
        _section(frame.reply, [fill(line, {**values}) for line in frame.frame]),
    ]
    return Prompt(role, words.description, "\n\n".join(parts) + "\n")


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"## {title}", *(f"- {line}" for line in lines)])


def _rights(frame: FrameWords, scope: RoleScope) -> list[str]:
    tools = [f"git.query ({', '.join(scope.git_queries)})" if tool == "git.query" else tool for tool in scope.tools]
    return [
        fill(frame.reads, {"paths": _codes(frame, scope.paths_read)}),
        fill(frame.sees, {"fields": _codes(frame, scope.state_read)}),
        fill(frame.asks, {"tools": _codes(frame, tools)}),
        fill(frame.writes, {"paths": _codes(frame, scope.paths_write)}),
    ]


def _codes(frame: FrameWords, values: Sequence[str]) -> str:
    return ", ".join(f"`{value}`" for value in values) or frame.nothing

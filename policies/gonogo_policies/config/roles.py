"""``roles.toml``: what each of the six roles may read, write, ask for and hand back (runbook section 2)."""

from collections.abc import Mapping
from typing import Literal, Self, TypeAlias, get_args

from pydantic import model_validator

from gonogo_policies.config.base import Globs, Many, Model, RoleName, Sentence, Words
from gonogo_policies.config.runbook import Step

Verb: TypeAlias = Literal[
    "git.query",
    "repo.read",
    "repo.list",
    "tools.versions",
    "gate.run",
    "gate.guard",
    "evidence.append",
    "evidence.seal",
    "evidence.rebuild",
    "evidence.verify",
    "model.invoke",
    "run.refusals",
]
"""What can be asked of the broker."""

GitQuery: TypeAlias = Literal["desk", "change", "log"]

StateField: TypeAlias = Literal[
    "inputs",
    "preflight_snapshot",
    "inventory",
    "scope_plan",
    "gate_plan",
    "execution",
    "validation",
    "pack",
    "risk_review",
    "recommendation",
]
"""The fields of a run's state: its inputs, then one for each duty."""


class RoleScope(Model):
    """The rights of one role: the least that its duties need. What is not named is refused, on the record."""

    purpose: Sentence
    paths_read: Globs
    """Files of the commit that ``repo.read`` and ``repo.list`` may show."""
    paths_write: Globs
    """Where evidence may be put: paths in the pack in the making (``data/...``, ``review/...``)."""
    tools: Many[Verb]
    git_queries: Many[GitQuery] = ()
    """Which questions ``git.query`` may carry."""
    state_read: Many[StateField]
    state_write: Many[StateField]
    tool_steps: Mapping[Verb, Many[Step]] = {}
    """Verbs that may be asked in some of the role's steps only."""
    outputs: Words

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for values in (self.tools, self.git_queries, self.state_read, self.state_write):
            if len(set(values)) != len(values):
                raise ValueError("a list names something twice")
        if unknown := sorted(set(self.tool_steps) - set(self.tools)):
            raise ValueError(f"tool_steps names no tool of the role: {', '.join(unknown)}")
        if "inputs" in self.state_write:
            raise ValueError("inputs are frozen at the start; no role writes them")
        if bool(self.git_queries) != ("git.query" in self.tools):
            raise ValueError("git_queries and the tool git.query come together")
        return self


class RolesFile(Model):
    """All six roles, each field of the state written by exactly one."""

    roles: Mapping[RoleName, RoleScope]

    @model_validator(mode="after")
    def _six_and_single_writers(self) -> Self:
        missing = [name for name in get_args(RoleName) if name not in self.roles]
        if missing:
            raise ValueError(f"roles are missing: {', '.join(missing)}")
        writers = [field for role in self.roles.values() for field in role.state_write]
        twice = sorted({field for field in writers if writers.count(field) > 1})
        if twice:
            raise ValueError(f"a field of the state has one writer: {', '.join(twice)}")
        return self

"""A commit's rights, held against the trust side's: what it permits is cut to theirs, what they forbid stays forbidden.

The commit under review wrote its own configuration, so it could grant itself anything. It may take rights away, choose
models and words; every right it has left is one that the trust side (or the packaged defaults) gives too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from gonogo_evidence.text import Text, msg
from gonogo_policies import globs
from gonogo_policies.config.layers import Layer
from gonogo_policies.config.roles import RoleScope
from gonogo_policies.config.scopes import CapabilityScope, Names, OutputContract

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gonogo_policies.config.roles import Verb

T = TypeVar("T")


class _Cut:
    """Cuts lists and keeps the words about it."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.notes: list[Text] = []

    def common(self, field: str, mine: Sequence[T], theirs: Sequence[T]) -> tuple[T, ...]:
        """Return what both permit."""
        kept = tuple(item for item in mine if item in theirs)
        self._say_dropped(field, [str(item) for item in mine if item not in theirs])
        return kept

    def common_globs(self, field: str, mine: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
        """Return the globs of either side that lie wholly inside one of the other's."""
        inside = [glob for glob in mine if any(globs.covers(wide, glob) for wide in theirs)]
        narrower = [glob for glob in theirs if any(globs.covers(wide, glob) for wide in mine)]
        self._say_dropped(field, [glob for glob in mine if glob not in inside])
        return tuple(dict.fromkeys((*inside, *narrower)))

    def united(self, field: str, mine: Sequence[T], theirs: Sequence[T]) -> tuple[T, ...]:
        """Return what either forbids or demands."""
        kept = [str(item) for item in theirs if item not in mine]
        if kept:
            self.notes.append(
                msg("{what}: the commit leaves out {items} in {field}; it stays.", **self._values(field, kept))
            )
        return tuple(dict.fromkeys((*mine, *theirs)))

    def _say_dropped(self, field: str, dropped: list[str]) -> None:
        if dropped:
            self.notes.append(
                msg("{what}: the commit may not permit {items} in {field}; left out.", **self._values(field, dropped))
            )

    def _values(self, field: str, items: Iterable[str]) -> dict[str, str]:
        return {"what": self.what, "field": field, "items": ", ".join(items)}


def scope(mine: CapabilityScope, theirs: CapabilityScope) -> tuple[CapabilityScope, tuple[Text, ...]]:
    """Cut a commit's capability scope to the trust side's."""
    cut = _Cut(f"capability scope {mine.id}")
    inputs = {
        "allowed": cut.common_globs("inputs.allowed", mine.inputs.allowed, theirs.inputs.allowed),
        "forbidden": cut.united("inputs.forbidden", mine.inputs.forbidden, theirs.inputs.forbidden),
    }
    changes: dict[str, object] = {
        "inputs": inputs,
        "outputs": _names(cut, "outputs", mine.outputs, theirs.outputs),
        "tooling": _names(cut, "tooling", mine.tooling, theirs.tooling),
        "constraints": {**mine.constraints, **theirs.constraints},
        "output_contract": _contract(cut, mine.output_contract, theirs.output_contract),
        "logging": {
            "required_fields": cut.united(
                "logging.required_fields", mine.logging.required_fields, theirs.logging.required_fields
            )
        },
    }
    if theirs.web_access is None or mine.web_access is None:
        changes["web_access"] = None
    else:
        changes["web_access"] = {
            "allowed_domains": cut.common(
                "web_access.allowed_domains", mine.web_access.allowed_domains, theirs.web_access.allowed_domains
            ),
            "rate_limit_per_hour": min(mine.web_access.rate_limit_per_hour, theirs.web_access.rate_limit_per_hour),
            "max_search_depth": min(mine.web_access.max_search_depth, theirs.web_access.max_search_depth),
        }
    return CapabilityScope.model_validate({**mine.model_dump(), **changes}), tuple(cut.notes)


def _names(cut: _Cut, field: str, mine: Names, theirs: Names) -> dict[str, tuple[str, ...]]:
    forbidden = cut.united(f"{field}.forbidden", mine.forbidden, theirs.forbidden)
    allowed = cut.common(f"{field}.allowed", mine.allowed, theirs.allowed)
    return {"allowed": tuple(name for name in allowed if name not in forbidden), "forbidden": forbidden}


def _contract(cut: _Cut, mine: OutputContract, theirs: OutputContract) -> dict[str, object]:
    """Demand what either demands."""
    strict: dict[str, object] = {}
    for field in OutputContract.model_fields:
        left, right = getattr(mine, field), getattr(theirs, field)
        if not isinstance(left, tuple):
            strict[field] = max(left, right)  # a demand that is on, or the higher count
    strict["required_fields"] = cut.united(
        "output_contract.required_fields", mine.required_fields, theirs.required_fields
    )
    ours, limits = mine.allowed_decisions, theirs.allowed_decisions
    # No decisions named means no limit, so a cut that leaves none must not stand.
    both = cut.common("output_contract.allowed_decisions", ours, limits) if limits else ours
    strict["allowed_decisions"] = both or limits
    return strict


def role(name: str, mine: RoleScope, theirs: RoleScope) -> tuple[RoleScope, tuple[Text, ...]]:
    """Cut a commit's role to the trust side's."""
    cut = _Cut(f"role {name}")
    changes: dict[str, object] = {
        field: cut.common_globs(field, getattr(mine, field), getattr(theirs, field))
        for field in ("paths_read", "paths_write")
    }
    changes |= {
        field: cut.common(field, getattr(mine, field), getattr(theirs, field))
        for field in ("state_read", "state_write")
    }
    tools, queries = (
        cut.common("tools", mine.tools, theirs.tools),
        cut.common("git_queries", mine.git_queries, theirs.git_queries),
    )
    asks_git = "git.query" in tools and bool(queries)
    changes["tools"] = tools if asks_git else tuple(verb for verb in tools if verb != "git.query")
    changes["git_queries"] = queries if asks_git else ()
    kept = cast("tuple[Verb, ...]", changes["tools"])
    changes["tool_steps"] = {
        verb: steps for verb in kept if (steps := _tool_steps(cut, verb, mine, theirs)) is not None
    }
    return RoleScope.model_validate({**mine.model_dump(), **changes}), tuple(cut.notes)


def _tool_steps(cut: _Cut, verb: Verb, mine: RoleScope, theirs: RoleScope) -> tuple[str, ...] | None:
    """Where the verb may be asked; None: in every step of the role. A limit of the trust side holds."""
    ours, limits = mine.tool_steps.get(verb), theirs.tool_steps.get(verb)
    if limits is None:
        return ours
    return limits if ours is None else cut.common(f"tool_steps.{verb}", ours, limits)


def layer(name: str, mine: Layer, theirs: Layer) -> tuple[Layer, tuple[Text, ...]]:
    """Cut a commit's layer to the trust side's: levels, tools, commands; constraints and prohibitions only grow."""
    cut = _Cut(f"layer {name}")
    autonomy = cut.common("autonomy", mine.autonomy, theirs.autonomy)
    forbidden = mine.forbidden or theirs.forbidden or not autonomy
    changes = {
        "autonomy": () if forbidden else autonomy,
        "forbidden": forbidden,
        "tools": cut.common("tools", mine.tools, (*theirs.tools, *theirs.tools_optional)),
        "tools_optional": cut.common("tools_optional", mine.tools_optional, (*theirs.tools, *theirs.tools_optional)),
        "hard_constraints": cut.united("hard_constraints", mine.hard_constraints, theirs.hard_constraints),
        "commands": tuple(command.model_dump() for command in mine.commands if command in theirs.commands),
    }
    if unknown := [command.name for command in mine.commands if command not in theirs.commands]:
        cut.common("commands", unknown, ())
    if theirs.scope == "none" and mine.has_model:
        changes |= {"primary": "none", "fallback": (), "critic": "none", "scope": "none", "profile": "none"}
        cut.common("models", [mine.primary], ())
    return Layer.model_validate({**mine.model_dump(), **changes}), tuple(cut.notes)

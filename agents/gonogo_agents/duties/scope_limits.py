"""What a layer run would read, use and hand out, held against the layer's capability scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.shapes import as_object, strings_of
from gonogo_evidence.errors import Refused
from gonogo_policies.globs import match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gonogo_evidence.ids import JSON, JSONObject

MAX_READS = 200
TOOLS = ("files",)
"""What a proposer needs to be shown files at all; nothing else is planned in this version."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The plan's wishes for the layer's proposer."""

    reads: tuple[str, ...]
    """Changed files that it would be shown."""
    unread_count: int
    """Changed files that it would not be shown: outside the scope, or secret."""
    tooling: tuple[str, ...]
    output_types: tuple[str, ...]

    @property
    def reads_count(self) -> int:
        """How many files it would be shown."""
        return len(self.reads)

    def json(self) -> JSONObject:
        """The form for evidence: at most 200 files, the counts whole."""
        return {
            "reads": cast("JSON", list(self.reads[:MAX_READS])),
            "reads_count": self.reads_count,
            "unread_count": self.unread_count,
            "tooling": list(self.tooling),
            "output_types": list(self.output_types),
        }


def assign(inputs: JSONObject, files: Iterable[JSONObject]) -> Assignment:
    """Plan what the proposer is shown of the changed files, by the scope's permissions and the guardrails' secrets.

    A layer without a model (L5) is shown nothing and hands out nothing.
    """
    paths = sorted(strings_of([file.get("path") for file in files]))
    if inputs.get("model_id") == "none":
        return Assignment((), len(paths), (), ())
    limits = as_object(inputs.get("scope_limits"))
    allowed, forbidden = strings_of(limits.get("inputs_allowed")), strings_of(limits.get("inputs_forbidden"))
    secret = strings_of(as_object(inputs.get("guardrails")).get("secret"))
    reads = tuple(path for path in paths if _means(path, allowed) and not _guarded(path, [*forbidden, *secret]))
    return Assignment(reads, len(paths) - len(reads), TOOLS, tuple(strings_of(limits.get("outputs_allowed"))))


def outside(assignment: Assignment, limits: JSONObject) -> list[str]:
    """Everything in the plan that the scope does not allow, in words; empty where all lies inside.

    A scope that allows no input, no tool or no output is no scope to run in: each such list is named.
    """
    named = {name: strings_of(limits.get(name)) for name in ("inputs_allowed", "outputs_allowed", "tooling_allowed")}
    beyond = [f"{name} (empty)" for name, values in named.items() if not values]
    beyond += [
        path
        for path in assignment.reads
        if not _means(path, named["inputs_allowed"]) or _guarded(path, strings_of(limits.get("inputs_forbidden")))
    ]
    beyond += _names(assignment.tooling, named["tooling_allowed"], strings_of(limits.get("tooling_forbidden")))
    beyond += _names(assignment.output_types, named["outputs_allowed"], strings_of(limits.get("outputs_forbidden")))
    return beyond


def _names(wanted: Sequence[str], allowed: Sequence[str], forbidden: Sequence[str]) -> list[str]:
    no = {name.casefold() for name in forbidden}
    return [name for name in wanted if name not in allowed or name.casefold() in no]


def _means(path: str, globs: Sequence[str]) -> bool:
    """A path that cannot be placed is not allowed."""
    try:
        return match(path, globs)
    except Refused:
        return False


def _guarded(path: str, globs: Sequence[str]) -> bool:
    """A path that cannot be placed counts as forbidden."""
    try:
        return match(path, globs)
    except Refused:
        return True

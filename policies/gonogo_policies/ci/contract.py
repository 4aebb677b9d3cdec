"""The contract between required checks and the jobs that report them.

A required check that no job reports, or whose job does not start, stays pending for ever; one whose job cannot fail is
green whatever happens. Both are found here, from the files alone.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_policies.ci.conditions import always_starts, never_starts, starts_after_failure
from gonogo_policies.ci.names import checks_of
from gonogo_policies.ci.shell import called_scripts, loses_exit_code, shrugs_off

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_policies.ci.names import Chain
    from gonogo_policies.ci.required import Required
    from gonogo_policies.ci.workflows import Job, Step, Workflow
    from gonogo_policies.docs import Tree

Code: TypeAlias = Literal[
    "CONTEXT_MISSING", "CONTEXT_TWICE", "NOT_ON_PULL_REQUEST", "PATH_FILTERED", "NO_MERGE_GROUP", "SKIPPED_MATRIX",
    "JOB_GOES_ON", "EXIT_SWALLOWED", "SCRIPT_MISSING",
    "CONTEXT_UNKNOWN", "JOB_SKIPPED", "STEP_GOES_ON", "EXIT_SHRUGGED_OFF", "REQUIRED_UNKNOWN",
    "BRANCH_FILTERED", "TYPES_FILTERED", "OTHER_WORKFLOW", "JOB_NEVER", "JOB_MAY_GO_ON", "NEEDS_SKIPPED",
    "GROUP_SHARED",
]  # fmt: skip
ADVICE: frozenset[Code] = frozenset({
    "CONTEXT_UNKNOWN", "JOB_SKIPPED", "STEP_GOES_ON", "EXIT_SHRUGGED_OFF", "REQUIRED_UNKNOWN", "BRANCH_FILTERED",
    "OTHER_WORKFLOW", "JOB_MAY_GO_ON",
})  # fmt: skip
"""Troubles that are told and fail nothing."""


FILTERS: Mapping[Code, tuple[str, ...]] = {
    "PATH_FILTERED": ("paths", "paths-ignore"),
    "BRANCH_FILTERED": ("branches", "branches-ignore"),
}
PREPARES = tuple(f"actions/{name}" for name in ("checkout", "setup-", "cache", "upload-artifact", "download-artifact"))
"""Actions that say nothing about the change."""
_OF_ONE_CHANGE = re.compile(
    r"github\.(?:ref\b|ref_name\b|head_ref\b|sha\b|run_id\b|event\.(?:number\b|pull_request\.(?:number|head|id)))"
)
"""What is another word in the group of each change."""
NEEDED = frozenset({"opened", "synchronize", "reopened"})
"""Events of a pull request without which a new head has no check."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One breach of the contract, at one place."""

    code: Code
    path: str
    line: int
    about: str
    """The context, the script or the line of the shell."""
    meant: str | None = None
    required: bool = True
    """Whether a required check is concerned."""

    @property
    def advice(self) -> bool:
        """Whether it is told and fails nothing."""
        return not self.required or self.code in ADVICE


def _filtered(workflow: Workflow, context: str) -> Iterator[Trouble]:
    """Filters of the event that leave a head of a change without the check."""
    settings = workflow.for_changes
    if settings is None:
        return
    for code, names in FILTERS.items():
        for name in names:
            if (filtered := settings.get(name)) is not None:
                yield Trouble(code, workflow.path, filtered.line, context)
    if (types := settings.get("types")) is not None and not set(types.words()) >= NEEDED:
        yield Trouble("TYPES_FILTERED", workflow.path, types.line, context)


def _cannot_fail(job: Job, events: frozenset[str]) -> bool:
    """Whether no step that could say no is left: each goes on whatever happens, or never starts."""
    steps = [step for step in job.steps if step.run or (step.uses and not step.uses.startswith(PREPARES))]
    return bool(steps) and all(step.goes_on or never_starts(step.condition, events) for step in steps)


class Contract:
    """Holds the required checks against the workflows of one commit."""

    def __init__(self, required: Sequence[Required], workflows: Sequence[Workflow], tree: Tree) -> None:
        self._required = {one.context: one for one in required}
        self._workflows = workflows
        self._tree = tree
        self._reported: dict[str, list[Chain]] = {}
        self._unclear: list[str] = []
        """How names of checks begin that only a run can tell whole."""
        by_path = {workflow.path: workflow for workflow in workflows}
        for workflow in workflows:
            for job in workflow.jobs:
                for name, chain in checks_of(workflow, job, by_path):
                    if chain is None:
                        self._unclear.append(name)
                    else:
                        self._reported.setdefault(name, []).append(chain)

    @property
    def met(self) -> int:
        """Required checks that a job reports."""
        return sum(context in self._reported for context in self._required)

    def troubles(self) -> Iterator[Trouble]:
        """Every breach."""
        if not self._required:
            yield Trouble("REQUIRED_UNKNOWN", "", 0, "")
        for context, required in self._required.items():
            yield from self._context(context, required)
        chains = [chain for context in self._required for chain in self._reported.get(context, ())]
        guarding = {id(job) for chain in chains for _, job in chain}
        for workflow in self._workflows:
            for job in workflow.jobs:
                yield from self._job(workflow, job, required=id(job) in guarding)

    def _context(self, context: str, required: Required) -> Iterator[Trouble]:
        places = self._reported.get(context, [])
        if not places:
            unknown = any(context.startswith(begin) for begin in self._unclear)
            code: Code = "CONTEXT_UNKNOWN" if unknown else "CONTEXT_MISSING"
            yield Trouble(code, required.source, required.line, context, self._like(context))
            return
        files = [posixpath.basename(chain[0][0].path) for chain in places]
        if required.workflow and posixpath.basename(required.workflow) not in files:
            yield Trouble("OTHER_WORKFLOW", required.source, required.line, context, files[0])
        for_changes = [chain for chain in places if chain[0][0].for_changes is not None]
        if not for_changes:
            workflow, job = places[0][0]
            yield Trouble("NOT_ON_PULL_REQUEST", workflow.path, job.line, context)
        for chain in for_changes[1:]:
            workflow, job = chain[0]
            yield Trouble("CONTEXT_TWICE", workflow.path, job.line, context, for_changes[0][0][0].path)
        queued = any("merge_group" in workflow.triggers for workflow in self._workflows)
        for chain in for_changes:
            workflow = chain[0][0]
            yield from _filtered(workflow, context)
            if queued and "merge_group" not in workflow.triggers:
                yield Trouble("NO_MERGE_GROUP", workflow.path, workflow.on.line, context)
            for own, job in chain:
                yield from self._started(own, job, context, workflow.triggers)

    def _started(self, workflow: Workflow, job: Job, context: str, events: frozenset[str]) -> Iterator[Trouble]:
        """What keeps a required job from running, or from saying no."""
        for group in (workflow.group, job.group):
            if group is not None and not _OF_ONE_CHANGE.search(group.text or ""):
                yield Trouble("GROUP_SHARED", workflow.path, group.line, context)
        if never_starts(job.condition, events):
            yield Trouble("JOB_NEVER", workflow.path, job.line, context)
        elif not always_starts(job.condition):
            yield Trouble("SKIPPED_MATRIX" if job.matrix else "JOB_SKIPPED", workflow.path, job.line, context)
        if not starts_after_failure(job.condition) and (free := self._not_required(workflow, job)):
            yield Trouble("NEEDS_SKIPPED", workflow.path, job.line, context, free)
        if job.goes_on or _cannot_fail(job, events):
            yield Trouble("JOB_GOES_ON", workflow.path, job.line, context)
        if job.may_go_on:
            yield Trouble("JOB_MAY_GO_ON", workflow.path, job.line, context)

    def _not_required(self, workflow: Workflow, job: Job) -> str | None:
        """A job that this one needs, also through others, and whose own failure blocks nothing."""
        by_id = {one.id: one for one in workflow.jobs}
        seen, asked = {job.id}, list(job.needs)
        while asked:
            name = asked.pop()
            needed = by_id.get(name)
            if needed is None or name in seen:
                continue
            seen.add(name)
            asked += needed.needs
            checks = self._checks(needed)
            if not checks or any(check not in self._required for check in checks):
                return name
        return None

    def _checks(self, job: Job) -> list[str]:
        """The checks that a job has a part in: its own, or those of what it calls."""
        found = self._reported.items()
        return [name for name, chains in found if any(link is job for chain in chains for _, link in chain)]

    def _job(self, workflow: Workflow, job: Job, *, required: bool) -> Iterator[Trouble]:
        """What makes a job green whatever happens. In a job that is not required it is only told."""
        for step in job.steps:
            for code, about in self._step(step):
                yield Trouble(code, workflow.path, step.line, about, required=required)
            if step.goes_on and required:
                yield Trouble("STEP_GOES_ON", workflow.path, step.line, job.id)

    def _step(self, step: Step) -> Iterator[tuple[Code, str]]:
        if line := loses_exit_code(step.run, step.shell):
            yield "EXIT_SWALLOWED", line
        if line := shrugs_off(step.run):
            yield "EXIT_SHRUGGED_OFF", line
        for script in called_scripts(step.run):
            place = posixpath.normpath(posixpath.join(step.folder, script))
            known = script.startswith("./") or place.partition("/")[0] in self._tree.roots
            if known and not place.startswith("..") and "${{" not in step.folder and self._tree.find(place) is None:
                yield "SCRIPT_MISSING", place

    def _like(self, context: str) -> str | None:
        lower = {name.lower(): name for name in self._reported}
        close = difflib.get_close_matches(context.lower(), lower, n=1, cutoff=0.8)
        bare = re.sub(r" \(.*\)$", "", context)
        same = [name for name in self._reported if re.sub(r" \(.*\)$", "", name) == bare]
        return lower[close[0]] if close else next(iter(same), None)

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

from gonogo_policies.ci.shell import called_scripts, loses_exit_code, shrugs_off

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.ci.required import Required
    from gonogo_policies.ci.workflows import Job, Step, Workflow
    from gonogo_policies.docs import Tree

Code: TypeAlias = Literal[
    "CONTEXT_MISSING", "CONTEXT_TWICE", "NOT_ON_PULL_REQUEST", "PATH_FILTERED", "NO_MERGE_GROUP", "SKIPPED_MATRIX",
    "JOB_GOES_ON", "EXIT_SWALLOWED", "SCRIPT_MISSING",
    "CONTEXT_UNKNOWN", "JOB_SKIPPED", "STEP_GOES_ON", "EXIT_SHRUGGED_OFF", "REQUIRED_UNKNOWN",
    "BRANCH_FILTERED", "TYPES_FILTERED", "OTHER_WORKFLOW",
]  # fmt: skip
ADVICE: frozenset[Code] = frozenset({
    "CONTEXT_UNKNOWN", "JOB_SKIPPED", "STEP_GOES_ON", "EXIT_SHRUGGED_OFF", "REQUIRED_UNKNOWN", "BRANCH_FILTERED",
    "OTHER_WORKFLOW",
})  # fmt: skip
"""Troubles that are told and fail nothing."""


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


class Contract:
    """Holds the required checks against the workflows of one commit."""

    def __init__(self, required: Sequence[Required], workflows: Sequence[Workflow], tree: Tree) -> None:
        self._required = {one.context: one for one in required}
        self._workflows = workflows
        self._tree = tree
        self._reported: dict[str, list[tuple[Workflow, Job]]] = {}
        for workflow in workflows:
            for job in workflow.jobs:
                for context in job.contexts or ():
                    self._reported.setdefault(context, []).append((workflow, job))

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
        guarding = {id(job) for context in self._required for _, job in self._reported.get(context, ())}
        for workflow in self._workflows:
            for job in workflow.jobs:
                yield from self._job(workflow, job, required=id(job) in guarding)

    def _context(self, context: str, required: Required) -> Iterator[Trouble]:
        places = self._reported.get(context, [])
        if not places:
            unknown = any(job.contexts is None for workflow in self._workflows for job in workflow.jobs)
            code: Code = "CONTEXT_UNKNOWN" if unknown and not self._like(context) else "CONTEXT_MISSING"
            yield Trouble(code, required.source, required.line, context, self._like(context))
            return
        files = [posixpath.basename(workflow.path) for workflow, _ in places]
        if required.workflow and posixpath.basename(required.workflow) not in files:
            yield Trouble("OTHER_WORKFLOW", required.source, required.line, context, files[0])
        for_changes = [(workflow, job) for workflow, job in places if workflow.for_changes is not None]
        if not for_changes:
            workflow, job = places[0]
            yield Trouble("NOT_ON_PULL_REQUEST", workflow.path, job.line, context)
        if len(for_changes) > 1:
            for workflow, job in for_changes[1:]:
                yield Trouble("CONTEXT_TWICE", workflow.path, job.line, context, for_changes[0][0].path)
        queued = any("merge_group" in workflow.triggers for workflow in self._workflows)
        for workflow, job in for_changes:
            yield from self._started(workflow, job, context, queued=queued)

    @staticmethod
    def _started(workflow: Workflow, job: Job, context: str, *, queued: bool) -> Iterator[Trouble]:
        """What keeps a required job from starting, or from reporting."""
        settings = workflow.for_changes
        for name in ("paths", "paths-ignore"):
            if settings is not None and (filtered := settings.get(name)) is not None:
                yield Trouble("PATH_FILTERED", workflow.path, filtered.line, context)
        for name in ("branches", "branches-ignore"):
            if settings is not None and (filtered := settings.get(name)) is not None:
                yield Trouble("BRANCH_FILTERED", workflow.path, filtered.line, context)
        if settings is not None and (types := settings.get("types")) is not None and not set(types.words()) >= NEEDED:
            yield Trouble("TYPES_FILTERED", workflow.path, types.line, context)
        if queued and "merge_group" not in workflow.triggers:
            yield Trouble("NO_MERGE_GROUP", workflow.path, workflow.on.line, context)
        if job.condition and "always()" not in job.condition:
            yield Trouble("SKIPPED_MATRIX" if job.matrix else "JOB_SKIPPED", workflow.path, job.line, context)
        if job.goes_on:
            yield Trouble("JOB_GOES_ON", workflow.path, job.line, context)

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

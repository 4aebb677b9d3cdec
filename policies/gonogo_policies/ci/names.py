"""The names under which checks are reported, also through workflows that call each other."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_policies.ci.workflows import Job, Workflow

MOST_CALLS = 4
"""How deep workflows call each other (the forge's own limit)."""
Chain: TypeAlias = "tuple[tuple[Workflow, Job], ...]"
"""The job that an event starts, and behind it each job that is called; the last one has the steps."""


def checks_of(workflow: Workflow, job: Job, by_path: Mapping[str, Workflow]) -> Iterator[tuple[str, Chain | None]]:
    """Each check of a job with the jobs behind it; where only a run can tell, how its name begins, and None."""
    if not job.calls:
        if job.contexts is None:
            yield _begin(job), None
        for context in job.contexts or ():
            yield context, ((workflow, job),)
        return
    if job.callers is None:
        yield _begin(job), None
    called = by_path.get(posixpath.normpath(job.calls)) if job.calls.startswith("./") else None
    for caller in job.callers or ():
        yield from _called(caller, called, by_path, (workflow, job))


def _called(
    caller: str, called: Workflow | None, by_path: Mapping[str, Workflow], link: tuple[Workflow, Job]
) -> Iterator[tuple[str, Chain | None]]:
    if called is None or caller.count(" / ") >= MOST_CALLS:
        yield f"{caller} / ", None
        return
    deeper = {path: one for path, one in by_path.items() if one is not called}
    for job in called.jobs:
        for name, chain in checks_of(called, job, deeper):
            yield f"{caller} / {name}", None if chain is None else (link, *chain)


def _begin(job: Job) -> str:
    return (job.title or job.id).partition("${{")[0]

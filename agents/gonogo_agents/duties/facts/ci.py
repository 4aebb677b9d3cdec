"""CI workflows and their jobs, by file, line and the name under which a job reports, and lines about evidence packs."""

from __future__ import annotations

import fnmatch
import itertools
import re
from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.interface import Found, Source, TextFinder, base_name
from gonogo_agents.duties.facts.outline import Node, children, outline, top
from gonogo_agents.duties.facts.shapes import clean
from gonogo_policies.ci import WorkflowInvalid, read_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_evidence.ids import JSON

MAX_CONTEXTS = 64
MAX_MENTIONS = 20
_SYSTEMS = (
    (".github/workflows/*.yml", "github"),
    (".github/workflows/*.yaml", "github"),
    (".gitlab-ci.yml", "gitlab"),
    (".gitlab/ci/*.yml", "gitlab"),
    (".circleci/config.yml", "circleci"),
    ("azure-pipelines*.yml", "azure"),
    (".azure-pipelines/*.yml", "azure"),
    (".travis.yml", "travis"),
    ("appveyor.yml", "appveyor"),
    (".appveyor.yml", "appveyor"),
    ("bitbucket-pipelines.yml", "bitbucket"),
    (".cirrus.yml", "cirrus"),
    (".woodpecker.yml", "woodpecker"),
    (".drone.yml", "drone"),
    (".buildkite/*.yml", "buildkite"),
    ("Jenkinsfile", "jenkins"),
    (".ci/*", "script"),
)
_NOT_JOBS = frozenset(
    {
        *("default", "include", "stages", "variables", "workflow", "image", "services", "cache", "before_script"),
        *("after_script", "types", "spec"),
    }
)
_EVIDENCE = re.compile(r"evidence[\s_./-]?pack|evidence_index|validator[_-]report", re.IGNORECASE)


def system_of(path: str) -> str | None:
    """Which CI system reads this file, or None."""
    return next((system for glob, system in _SYSTEMS if _same_depth(path, glob)), None)


def _same_depth(path: str, glob: str) -> bool:
    return path.count("/") == glob.count("/") and fnmatch.fnmatchcase(path, glob)


def _find(source: Source) -> Iterator[Found]:
    system = system_of(source.path) or ""
    workflow, found = _github(source) if system == "github" else _other(source, system)
    yield from found
    mentions = [(number, line) for number, line in enumerate(source.lines, 1) if _EVIDENCE.search(line)]
    for number, line in mentions[:MAX_MENTIONS]:
        yield Found("ci-evidence", clean(line), number, {"system": system, "workflow": workflow})


def _github(source: Source) -> tuple[str, list[Found]]:
    """Its name and facts, read as the gate over required checks reads them. Raises ValueError for no workflow.

    Contexts are the names of the checks that a job reports, where they can be told without running it.
    """
    try:
        read = read_workflow(source.path, source.text)
    except WorkflowInvalid as error:
        raise ValueError(error.reason) from error
    workflow = clean(read.name) or base_name(source.path)
    triggers: list[JSON] = [clean(name) for name in sorted(read.triggers)]
    value: dict[str, JSON] = {"system": "github", "name": workflow, "jobs": len(read.jobs), "triggers": triggers}
    jobs = [
        _job(
            Node(job.line, 0, job.id, "", item=False),
            "github",
            workflow,
            job.title or None,
            None if job.contexts is None else [clean(name) for name in job.contexts[:MAX_CONTEXTS]],
        )
        for job in read.jobs
    ]
    return workflow, [Found("ci-workflow", workflow, read.line, value), *jobs]


def _other(source: Source, system: str) -> tuple[str, list[Found]]:
    """The same of another system, whose files are read by their outline."""
    workflow, finder = base_name(source.path), _JOBS.get(system)
    jobs = list(finder(outline(source.lines), workflow)) if finder is not None else []
    value: dict[str, JSON] = {"system": system, "name": workflow, "jobs": len(jobs) if finder is not None else None}
    return workflow, [Found("ci-workflow", workflow, 1, value), *jobs]


def _job(node: Node, system: str, workflow: str, title: str | None, contexts: list[str] | None) -> Found:
    name = contexts[0] if contexts is not None and len(contexts) == 1 else title or node.name
    shown: JSON = None if contexts is None else list(contexts)
    value: dict[str, JSON] = {"system": system, "workflow": workflow, "id": clean(node.name), "contexts": shown}
    return Found("ci-job", clean(name), node.line, {**value, "name": None if title is None else clean(title)})


def _gitlab(nodes: Sequence[Node], workflow: str) -> Iterator[Found]:
    for node in nodes:
        if node.indent == 0 and node.name and not node.value and node.name not in _NOT_JOBS and node.name[0] != ".":
            yield _job(node, "gitlab", workflow, None, [clean(node.name)])


def _circleci(nodes: Sequence[Node], workflow: str) -> Iterator[Found]:
    jobs = top(nodes, "jobs")
    for _, node in children(nodes, jobs) if jobs is not None else ():
        yield _job(node, "circleci", workflow, None, [clean(node.name)])


def _azure(nodes: Sequence[Node], workflow: str) -> Iterator[Found]:
    for position, node in enumerate(nodes):
        if node.item and node.name in {"job", "deployment"} and node.value:
            beside = itertools.takewhile(lambda other: not other.item, nodes[position + 1 :])
            shown = next(
                (each.text for each in beside if each.name == "displayName" and each.indent == node.indent), None
            )
            job = Node(node.line, node.indent, node.text, "", item=True)
            yield _job(job, "azure", workflow, shown, [clean(shown or node.text)])


_JOBS = {"gitlab": _gitlab, "circleci": _circleci, "azure": _azure}

FINDER = TextFinder(("ci-workflow", "ci-job", "ci-evidence"), lambda path: system_of(path) is not None, _find)

"""CI workflows and their jobs, by file, line and the name under which a job reports, and lines about evidence packs."""

from __future__ import annotations

import fnmatch
import itertools
import re
from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.interface import Found, Source, TextFinder, base_name
from gonogo_agents.duties.facts.outline import Node, child, children, flow_list, outline, top, unquote
from gonogo_agents.duties.facts.shapes import clean

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
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_FLOAT = re.compile(r"\d+\.\d+")
_EVIDENCE = re.compile(r"evidence[\s_./-]?pack|evidence_index|validator[_-]report", re.IGNORECASE)


def system_of(path: str) -> str | None:
    """Which CI system reads this file, or None."""
    return next((system for glob, system in _SYSTEMS if _same_depth(path, glob)), None)


def _same_depth(path: str, glob: str) -> bool:
    return path.count("/") == glob.count("/") and fnmatch.fnmatchcase(path, glob)


def _find(source: Source) -> Iterator[Found]:
    system = system_of(source.path) or ""
    nodes = outline(source.lines) if system in _JOBS else []
    title = top(nodes, "name") if system == "github" else None
    workflow = clean(nodes[title].text) if title is not None else base_name(source.path)
    jobs = list(_JOBS[system](nodes, workflow)) if system in _JOBS else []
    value: dict[str, JSON] = {"system": system, "name": workflow, "jobs": len(jobs) if system in _JOBS else None}
    if system == "github":
        value["triggers"] = _triggers(nodes)
    yield Found("ci-workflow", workflow, nodes[title].line if title is not None else 1, value)
    yield from jobs
    mentions = [(number, line) for number, line in enumerate(source.lines, 1) if _EVIDENCE.search(line)]
    for number, line in mentions[:MAX_MENTIONS]:
        yield Found("ci-evidence", clean(line), number, {"system": system, "workflow": workflow})


def _job(node: Node, system: str, workflow: str, title: str | None, contexts: list[str] | None) -> Found:
    name = contexts[0] if contexts is not None and len(contexts) == 1 else title or node.name
    shown: JSON = None if contexts is None else list(contexts)
    value: dict[str, JSON] = {"system": system, "workflow": workflow, "id": clean(node.name), "contexts": shown}
    return Found("ci-job", clean(name), node.line, {**value, "name": None if title is None else clean(title)})


def _github(nodes: Sequence[Node], workflow: str) -> Iterator[Found]:
    """Contexts are the names of the checks that the job reports, where they can be told without running it."""
    jobs = top(nodes, "jobs")
    for position, node in children(nodes, jobs) if jobs is not None else ():
        if not node.name:
            continue
        named = child(nodes, position, "name")
        title = nodes[named].text if named is not None else None
        reused = child(nodes, position, "uses") is not None
        contexts = None if reused else _contexts(title, node.name, _matrix(nodes, position))
        yield _job(node, "github", workflow, title, contexts)


def _matrix(nodes: Sequence[Node], job: int) -> dict[str, list[str]] | None:
    """The axes of a job's matrix; None where they are made by an expression, ``include`` or ``exclude``."""
    strategy = child(nodes, job, "strategy")
    matrix = child(nodes, strategy, "matrix") if strategy is not None else None
    if strategy is None or matrix is None:
        return {} if strategy is None or "matrix" not in nodes[strategy].value else None
    axes: dict[str, list[str]] = {}
    for position, axis in children(nodes, matrix):
        items = flow_list(axis.value) if axis.value else _plain_items(nodes, position)
        if axis.name in {"", "include", "exclude"} or not items or any("${{" in item for item in items):
            return None
        axes[axis.name] = [_scalar(item) for item in items]
    return axes or None


def _plain_items(nodes: Sequence[Node], parent: int) -> list[str] | None:
    below = [node for _, node in children(nodes, parent)]
    return [node.value for node in below] if all(node.item and not node.name for node in below) else None


def _scalar(item: str) -> str:
    """A value as GitHub prints it: a bare 3.10 is the number 3.1."""
    return item.rstrip("0").rstrip(".") if _FLOAT.fullmatch(item) else unquote(item)


def _contexts(title: str | None, job: str, axes: dict[str, list[str]] | None) -> list[str] | None:
    if axes is None:
        return None
    names: list[str] = []
    for values in itertools.islice(itertools.product(*axes.values()), MAX_CONTEXTS):
        name = title or job
        for axis, value in zip(axes, values, strict=True):
            name = re.sub(rf"\$\{{\{{\s*matrix\.{re.escape(axis)}\s*\}}\}}", value.replace("\\", r"\\"), name)
        if axes and not _MATRIX.search(title or ""):
            name = f"{name} ({', '.join(values)})"
        names.append(clean(name))
    return None if any("${{" in name for name in names) else names


def _triggers(nodes: Sequence[Node]) -> list[str]:
    on = top(nodes, "on", "true")
    if on is None:
        return []
    here = flow_list(nodes[on].value)
    if here is None and nodes[on].value:
        here = [nodes[on].value]
    return sorted(clean(unquote(name)) for name in here or [node.name or node.value for _, node in children(nodes, on)])


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


_JOBS = {"github": _github, "gitlab": _gitlab, "circleci": _circleci, "azure": _azure}

FINDER = TextFinder(("ci-workflow", "ci-job", "ci-evidence"), lambda path: system_of(path) is not None, _find)

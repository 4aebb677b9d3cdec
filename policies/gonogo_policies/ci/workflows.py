"""GitHub workflows: when they run, their jobs, and the names of the checks that these report.

A check's context is a job's name; a matrix makes one for each combination (``tests (3.11)``). A name that only a run
can tell (an expression other than a plain matrix value) is not guessed.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_policies.ci.conditions import bare
from gonogo_policies.ci.document import DocumentInvalid, Node, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = ".github/workflows/"
MOST_CONTEXTS = 256
"""Jobs that one matrix can make (the forge's own limit)."""
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_EXPRESSION = "${{"


class WorkflowInvalid(Exception):
    """The file is no workflow: ``line`` from 1, and the reason in English."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job."""

    line: int
    run: str
    shell: str
    folder: str
    """Where it runs, relative to the repository; empty for the repository itself."""
    goes_on: bool
    """``continue-on-error``."""
    uses: str = ""
    """The action that it is, without its version."""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One job."""

    id: str
    line: int
    title: str
    """Its name as written, expressions included; empty where it has none."""
    contexts: tuple[str, ...] | None
    """The names of its checks; None where only a run can tell."""
    matrix: bool
    condition: str
    goes_on: bool
    calls: str
    """A workflow that it calls, whose jobs report under ``caller / name``; empty where it has steps of its own."""
    callers: tuple[str, ...] | None
    """The first parts of these names; None where only a run can tell."""
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    """Ids of the jobs that must have succeeded."""
    may_go_on: bool = False
    """``continue-on-error`` is an expression that only a run can tell."""
    group: Node | None = None
    """The group of jobs of which one runs at a time."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow."""

    path: str
    name: str
    """Its name; empty where it has none."""
    line: int
    """Where the name stands, from 1."""
    on: Node
    jobs: tuple[Job, ...]
    group: Node | None = None
    """The group of runs of which one runs at a time."""

    @property
    def triggers(self) -> frozenset[str]:
        """Events that start it."""
        return frozenset(self.on.words())

    @property
    def for_changes(self) -> Node | None:
        """Its settings for pull requests (an empty node where it has none); None: they do not start it."""
        for name in ("pull_request", "pull_request_target"):
            if name in self.triggers:
                return self.on.get(name) or Node(self.on.line)
        return None


def is_workflow(path: str) -> bool:
    """Whether the forge reads this file as a workflow."""
    return path.startswith(FOLDER) and path.count("/") == FOLDER.count("/") and path.endswith((".yml", ".yaml"))


def read_workflow(path: str, source: str) -> Workflow:
    """Read one workflow file. Raises :class:`WorkflowInvalid`."""
    try:
        root = read_document(source)
    except DocumentInvalid as error:
        raise WorkflowInvalid(error.line, error.reason) from error
    jobs, on = root.get("jobs"), root.get("on") or root.get("true")
    if jobs is None or not jobs.fields or on is None:
        raise WorkflowInvalid(1, "a workflow has 'on' and 'jobs'")
    shell = root.word("defaults", "run", "shell")
    folder = root.word("defaults", "run", "working-directory")
    name = root.get("name")
    line = name.line if name is not None else 1
    return Workflow(path, root.word("name"), line, on, tuple(_jobs(jobs, shell, folder)), _group(root))


def _jobs(jobs: Node, shell: str, folder: str) -> Iterator[Job]:
    for name, node in jobs.fields.items():
        calls = node.word("uses")
        combinations = _combinations(node.get("strategy", "matrix"))
        contexts = None if combinations is None else _contexts(node.word("name"), name, combinations)
        needs, goes_on = node.get("needs"), bare(node.word("continue-on-error"))
        yield Job(
            id=name,
            line=node.line,
            title=node.word("name"),
            contexts=None if calls else contexts,
            matrix=node.get("strategy", "matrix") is not None,
            condition=node.word("if"),
            goes_on=goes_on == "true",
            calls=calls,
            callers=contexts if calls else (),
            steps=tuple(_steps(node, shell, folder)),
            needs=needs.words() if needs is not None else (),
            may_go_on=goes_on not in {"", "true", "false"},
            group=_group(node),
        )


def _steps(job: Node, shell: str, folder: str) -> Iterator[Step]:
    shell = job.word("defaults", "run", "shell") or shell
    folder = job.word("defaults", "run", "working-directory") or folder
    steps = job.get("steps")
    for step in steps.items if steps is not None else ():
        yield Step(
            line=step.fields["run"].line if "run" in step.fields else step.line,
            run=step.word("run"),
            shell=step.word("shell") or shell,
            folder=step.word("working-directory") or folder,
            goes_on=bare(step.word("continue-on-error")) == "true",
            uses=step.word("uses").partition("@")[0],
            condition=step.word("if"),
        )


def _group(node: Node) -> Node | None:
    """``concurrency``, which is a name or has one."""
    found = node.get("concurrency")
    return found if found is None or found.text is not None else found.get("group")


def _combinations(matrix: Node | None) -> list[dict[str, str]] | None:
    """Every combination of a matrix; none at all is one without values. None where an expression makes them."""
    if matrix is None:
        return [{}]
    if matrix.text is not None:
        return None
    axes: dict[str, list[str]] = {}
    for name, values in matrix.fields.items():
        if name in {"include", "exclude"}:
            continue
        printed = [item.printed for item in values.items]
        if not printed or any(value is None or _EXPRESSION in value for value in printed):
            return None
        axes[name] = [value for value in printed if value is not None]
    made = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    left, more = _entries(matrix.get("exclude")), _entries(matrix.get("include"))
    if left is None or more is None or len(made) > MOST_CONTEXTS:
        return None
    made = [one for one in made if not any(entry.items() <= one.items() for entry in left)]
    return _included(made, more, frozenset(axes))


def _entries(node: Node | None) -> list[dict[str, str]] | None:
    if node is None:
        return []
    if node.text is not None:
        return None
    entries = [{name: value.printed for name, value in item.fields.items()} for item in node.items]
    if any(value is None or _EXPRESSION in value for entry in entries for value in entry.values()):
        return None
    return [{name: value for name, value in entry.items() if value is not None} for entry in entries]


def _included(made: list[dict[str, str]], more: list[dict[str, str]], axes: frozenset[str]) -> list[dict[str, str]]:
    """Add each entry to all combinations whose own values it keeps, else as one of its own."""
    extra: list[dict[str, str]] = []
    for entry in more:
        fitting = [one for one in made if all(one[name] == value for name, value in entry.items() if name in axes)]
        for one in fitting:
            one.update(entry)
        if not fitting:
            extra.append(dict(entry))
    return made + extra


def _contexts(title: str, job: str, combinations: list[dict[str, str]]) -> tuple[str, ...] | None:
    names: list[str] = []
    for values in combinations:
        name = _filled(title or job, values)
        if _EXPRESSION in name:
            return None
        if values and not _MATRIX.search(title):
            name = f"{name} ({', '.join(values.values())})"
        names.append(name)
    return tuple(names)


def _filled(words: str, values: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return values.get(found[1], "")

    return _MATRIX.sub(value, words)

"""Risk rules about the changed files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies.change import SUBMODULE, Kind, first, kinds_of
from gonogo_policies.results import as_count
from gonogo_policies.risks.interface import Facts, Risk, in_core

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS_ALONE: frozenset[Kind] = frozenset(["docs"])
MANY_FILES = 50
MANY_LINES = 2000
"""From here on a reviewer can no longer be expected to read it in one sitting."""


def change_unknown(facts: Facts) -> Iterator[Risk]:
    """R-CHANGE-UNKNOWN: which files changed could not be said, so no rule about them could speak."""
    if facts.change is None:
        yield Risk(
            "R-CHANGE-UNKNOWN",
            msg("Which files the change touches is not known."),
            msg("No rule about the changed files could speak."),
            3,
            4,
            msg("Look at the change yourself: git diff against the base."),
            (in_core("$.base"),),
        )


def live_path(facts: Facts) -> Iterator[Risk]:
    """R-LIVE-PATH: the change touches live configuration (runbook section 0, no-live)."""
    if paths := facts.guarded("live"):
        named = facts.called(paths)
        yield Risk(
            "R-LIVE-PATH",
            msg("Live paths changed: {count} ({paths})", count=len(named), paths=first(named)),
            msg("A live system may change its behaviour with this commit."),
            4,
            5,
            msg("Take the live paths out of the change; they go through a process of their own."),
            facts.where(paths),
        )


def execution_path(facts: Facts) -> Iterator[Risk]:
    """R-EXECUTION-PATH: the change touches code that reaches markets or the live side."""
    if paths := facts.guarded("execution"):
        named = facts.called(paths)
        yield Risk(
            "R-EXECUTION-PATH",
            msg("Files of the execution side changed: {count} ({paths})", count=len(named), paths=first(named)),
            msg("Code that can reach a market behaves differently."),
            3,
            5,
            msg("Have the change read by somebody who owns the execution side, and name them in the decision."),
            facts.where(paths),
        )


def trust_files(facts: Facts) -> Iterator[Risk]:
    """R-TRUST-FILES: the change touches what says who may sign, or what must be green."""
    if paths := facts.guarded("trust"):
        named = facts.called(paths)
        yield Risk(
            "R-TRUST-FILES",
            msg("Trust files changed: {count} ({paths})", count=len(named), paths=first(named)),
            msg("Later runs may be judged by weaker rules than this one."),
            3,
            5,
            msg("Compare the trust files with the enrolled ones line by line before you sign."),
            facts.where(paths),
        )


def tests_unchanged(facts: Facts) -> Iterator[Risk]:
    """R-TESTS-UNCHANGED: Python source changed, and no test with it."""
    source = facts.of_kind("python", "tests")
    if source and "tests" not in facts.kinds:
        yield Risk(
            "R-TESTS-UNCHANGED",
            msg(
                "Python files changed, and no test with them: {count} ({paths})", count=len(source), paths=first(source)
            ),
            msg("A fault in the changed code may go unnoticed."),
            3,
            3,
            msg("Name the test that covers the changed lines, or add one."),
            facts.where(source),
        )


def dependencies(facts: Facts) -> Iterator[Risk]:
    """R-DEPENDENCIES: a lock or requirements file changed."""
    if paths := facts.kinds.get("dependencies"):
        yield Risk(
            "R-DEPENDENCIES",
            msg("Dependency files changed: {count} ({paths})", count=len(paths), paths=first(paths)),
            msg("A new or changed dependency may bring a known weakness or other behaviour."),
            3,
            4,
            msg("Look at the audit gate's result and at each new name and version."),
            facts.where(paths),
        )


def ci_changed(facts: Facts) -> Iterator[Risk]:
    """R-CI-CHANGED: a workflow changed, so what is green may mean something else."""
    if paths := facts.kinds.get("ci"):
        yield Risk(
            "R-CI-CHANGED",
            msg("CI files changed: {count} ({paths})", count=len(paths), paths=first(paths)),
            msg("A required check may no longer run, or may pass without checking."),
            2,
            4,
            msg("Compare job names and triggers with the required checks."),
            facts.where(paths),
        )


def config_changed(facts: Facts) -> Iterator[Risk]:
    """R-CONFIG-CHANGED: settings changed that are neither CI nor dependencies."""
    if paths := facts.of_kind("config", "ci", "dependencies", "tests"):
        yield Risk(
            "R-CONFIG-CHANGED",
            msg("Configuration files changed: {count} ({paths})", count=len(paths), paths=first(paths)),
            msg("The same code may behave differently."),
            2,
            3,
            msg("Read each changed setting; no gate may have looked at its meaning."),
            facts.where(paths),
        )


def deletions(facts: Facts) -> Iterator[Risk]:
    """R-DELETIONS: files are gone."""
    gone = tuple(sorted(str(file.get("path")) for file in facts.files if file.get("status") == "D"))
    if gone:
        yield Risk(
            "R-DELETIONS",
            msg("Files deleted: {count} ({paths})", count=len(gone), paths=first(gone)),
            msg("Something may still need what is gone."),
            2,
            3,
            msg("Search for the names of the deleted files; deleted tests must have a reason."),
            facts.where(gone),
        )


def large_change(facts: Facts) -> Iterator[Risk]:
    """R-LARGE-CHANGE: more than a person reads in one sitting."""
    count = as_count(None if facts.change is None else facts.change.get("count"))
    lines = sum(as_count(file.get("added")) + as_count(file.get("deleted")) for file in facts.files)
    whole = facts.change is not None and facts.change.get("base") is None  # R-WHOLE-TREE says it
    if not whole and (count > MANY_FILES or lines > MANY_LINES):
        yield Risk(
            "R-LARGE-CHANGE",
            msg("The change is large: files {count}, lines {lines}.", count=count, lines=lines),
            msg("A reviewer may overlook what matters."),
            3,
            3,
            msg("Split the change, or say in the decision which parts were read."),
            facts.where(facts.paths[:1]),
        )


def whole_tree(facts: Facts) -> Iterator[Risk]:
    """R-WHOLE-TREE: there is no base, so everything is under review."""
    if facts.change is not None and facts.change.get("base") is None:
        yield Risk(
            "R-WHOLE-TREE",
            msg("There is no base commit: the whole tree is taken as the change."),
            msg("Gates look at old and new alike; what is new does not stand out."),
            2,
            2,
            msg("Name a base with --base if only a part is meant."),
            (in_core("$.base_rule"),),
        )


def submodule(facts: Facts) -> Iterator[Risk]:
    """R-SUBMODULE: a submodule changed; its content is in another repository."""
    paths = tuple(sorted(str(file.get("path")) for file in facts.files if file.get("mode") == SUBMODULE))
    if paths:
        yield Risk(
            "R-SUBMODULE",
            msg("Submodules changed: {count} ({paths})", count=len(paths), paths=first(paths)),
            msg("The content behind it was not looked at by this run."),
            3,
            3,
            msg("Do a run in the submodule's own repository."),
            facts.where(paths),
        )


def binary(facts: Facts) -> Iterator[Risk]:
    """R-BINARY: files without lines that a person could read."""
    paths = tuple(
        sorted(
            str(file.get("path"))
            for file in facts.files
            if file.get("added") is None and file.get("status") != "D" and file.get("mode") != SUBMODULE
        )
    )
    if paths:
        yield Risk(
            "R-BINARY",
            msg("Binary files changed: {count} ({paths})", count=len(paths), paths=first(paths)),
            msg("Nobody can see in a diff what changed in them."),
            2,
            3,
            msg("Say where each binary file comes from, and compare its digest with the source's."),
            facts.where(paths),
        )


def only_docs(facts: Facts) -> Iterator[Risk]:
    """R-DOCS-ONLY: words alone; low, and said so."""
    whole = facts.change is not None and facts.change.get("count") == len(facts.files)
    if whole and facts.paths and all(kinds_of(path) == DOCS_ALONE for path in facts.paths):
        yield Risk(
            "R-DOCS-ONLY",
            msg("Only documentation changed: {paths}", paths=first(facts.paths)),
            msg("A wrong sentence can mislead the next operator."),
            1,
            2,
            msg("Read the changed paragraphs once as somebody who must follow them."),
            facts.where(facts.paths),
        )


CHANGE_RULES = (
    change_unknown,
    live_path,
    execution_path,
    trust_files,
    tests_unchanged,
    dependencies,
    ci_changed,
    config_changed,
    deletions,
    large_change,
    whole_tree,
    submodule,
    binary,
    only_docs,
)

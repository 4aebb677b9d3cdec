"""The guided first drill: one step after the other, each until the desk itself shows that it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.drills.interface import Step
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo.drills.interface import Drill, Look

SEED, DIFFICULTY = 7, 1
"""The desk of a first drill where none is asked for: the tutorial's."""

D01_STEPS = (
    Step(
        "notes",
        msg(
            "Look before you touch anything. Where you stand is somebody else's repository inside yours: yours is two"
            " folders up. Read what git says, then write it down, still untouched."
        ),
        (
            "git status --short --branch",
            "git log --oneline --max-count=3",
            "git rev-list --count HEAD --not --remotes=origin",
            'echo "root: $(git rev-parse --show-toplevel)" > ../operator_notes.md',
            'echo "branch: $(git symbolic-ref --quiet --short HEAD || echo DETACHED)" >> ../operator_notes.md',
            'echo "git_ref: $(git rev-parse HEAD)" >> ../operator_notes.md',
            'echo "dirty: $(test -z "$(git status --porcelain)" && echo N || echo Y)" >> ../operator_notes.md',
            (
                'echo "unpushed: $(test -z "$(git rev-list HEAD --not --remotes=origin)" && echo N || echo Y)"'
                " >> ../operator_notes.md"
            ),
            (
                "echo \"status: $(grep -qE 'DETACHED|: Y$' ../operator_notes.md && echo NOT OK || echo OK)\""
                " >> ../operator_notes.md"
            ),
        ),
    ),
    Step(
        "on-branch",
        msg(
            "A run starts from a branch, with nothing half done. A rebase that stopped is ended, a detached HEAD gets a"
            " branch of its own, so that its commits keep a name."
        ),
        (
            "test ! -d .git/rebase-merge || git rebase --abort",
            "git symbolic-ref --quiet HEAD || git switch --quiet --create rescue",
        ),
    ),
    Step(
        "clean",
        msg(
            "The files that were changed belong to somebody. A stash keeps them, new ones too, and puts every file back"
            " to what is committed; also the live configuration."
        ),
        ("git stash push --quiet --include-untracked", "git stash list", "git status --short --branch"),
    ),
    Step(
        "pushed",
        msg("A commit that lies on this machine alone can be lost with it, and nobody else can check it. Push it."),
        ("git push --quiet origin HEAD",),
    ),
)


def next_step(drill: Drill, looks: Mapping[str, Look]) -> tuple[int, Step] | None:
    """The first step that the desk does not show as done, and its number from 1; None where all are."""
    for number, step in enumerate(drill.guide, start=1):
        if looks[step.criterion].verdict != "PASS":
            return number, step
    return None

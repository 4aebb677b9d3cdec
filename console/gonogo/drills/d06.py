"""D06 Auto-merge safety: which changes may be merged, and what keeps the others back; nothing is merged here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gonogo.drills.interface import Drill, Look
from gonogo.drills.standin import column, dry, kept, plant_snapshot, rows
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo.drills.bench import Bench
    from gonogo.drills.interface import Dice, Planted

LIST = "safety_checklist.txt"
REQUIRED: tuple[str, ...] = ("Lint Gate", "audit", "tests (3.11)", "strategy-smoke")
REASONS = ("pending", "failing", "skipped", "stale-base", "conflict", "admin-override", "never-reported")
COUNT = 5


def plant(bench: Bench, dice: Dice, difficulty: int) -> Planted:
    """Five changes; some are ready, each of the others has one reason."""
    reasons = dice.some(REASONS, difficulty + 1)
    kinds = dice.some([*reasons, *["none"] * (COUNT - len(reasons))], COUNT)
    numbers = [40 + place for place in range(COUNT)]
    views = {number: _view(number, kind, dice) for number, kind in zip(numbers, kinds, strict=True)}
    files: dict[str, Any] = {f"pr-{number}.json": view for number, view in views.items()}
    files["prs.json"] = [{"number": number, "title": views[number]["title"]} for number in numbers]
    files["required.json"] = {"required_contexts": list(REQUIRED)}
    pairs = list(zip(numbers, kinds, strict=True))
    return {
        "verdicts": [f"{number}={'READY' if kind == 'none' else 'BLOCKED'}" for number, kind in pairs],
        "reasons": [f"{number}={kind}" for number, kind in pairs],
        "snapshot": plant_snapshot(bench, files),
    }


def _view(number: int, kind: str, dice: Dice) -> dict[str, Any]:
    """One change as ``gh pr view --json`` gives it."""
    hit = dice.pick(REQUIRED)
    states: dict[str, tuple[str, str]] = dict.fromkeys(REQUIRED, ("COMPLETED", "SUCCESS"))
    told = {"pending": ("IN_PROGRESS", ""), "failing": ("COMPLETED", "FAILURE"), "skipped": ("COMPLETED", "SKIPPED")}
    states[hit] = told.get(kind, states[hit])
    if kind == "never-reported":
        del states[hit]
    states["docs preview"] = ("COMPLETED", dice.pick(("SUCCESS", "SKIPPED", "FAILURE")))  # not required: says nothing
    status = {"stale-base": "BEHIND", "conflict": "DIRTY", "pending": "BLOCKED", "failing": "BLOCKED"}
    words = "I merge this with --admin tonight." if kind == "admin-override" else "Fine with me."
    return {
        "number": number,
        "title": f"Change {number}",
        "isDraft": False,
        "mergeable": "CONFLICTING" if kind == "conflict" else "MERGEABLE",
        "mergeStateStatus": status.get(kind, "UNSTABLE" if states["docs preview"][1] == "FAILURE" else "CLEAN"),
        "statusCheckRollup": [
            {"name": name, "status": state, "conclusion": conclusion} for name, (state, conclusion) in states.items()
        ],
        "comments": [{"author": {"login": "ada"}, "body": words}],
    }


def judge(bench: Bench, planted: Planted) -> Mapping[str, Look]:
    """Look at the checklist, and at what the stand-in was asked."""
    table = rows(bench, LIST)
    return {
        "verdicts": column(table, 0, planted["verdicts"], LIST),
        "reasons": column(table, 1, planted["reasons"], LIST),
        "dry-run": dry(bench),
        "snapshot-kept": kept(bench, planted["snapshot"]),
    }


D06 = Drill(
    drill_id="D06",
    name=msg("Auto-Merge Safety"),
    objective=msg("Tell which changes may be merged and what keeps each of the others back, without merging any."),
    preconditions=msg("bin/gh of the drill's folder: a stand-in with a snapshot made for this drill, not GitHub."),
    task=(
        msg("Ask the stand-in: bin/gh pr list · bin/gh pr view NUMBER · bin/gh api required. Merge nothing."),
        msg(
            "Write one line for each change into safety_checklist.txt in the drill's folder:  NUMBER | VERDICT | REASON"
        ),
        msg(
            "VERDICT: READY or BLOCKED. REASON: none, pending, failing, skipped, stale-base, conflict, admin-override,"
        ),
        msg(
            "  never-reported. A required check that was skipped or never reported blocks; one"
            " not required says nothing."
        ),
    ),
    criteria={
        "verdicts": msg("each change has its verdict"),
        "reasons": msg("each has its reason"),
        "dry-run": msg("no merge was tried"),
        "snapshot-kept": msg("the snapshot is as it was found"),
    },
    minutes=15,
    hints=(
        msg("mergeable is about conflicts alone; mergeStateStatus says BEHIND for a stale base."),
        msg("Hold the required contexts against statusCheckRollup, name by name."),
        msg("The comments tell whether somebody means to walk past the rules."),
    ),
    debrief=msg("Green is what every required check said, on this base, without anybody walking past it."),
    plant=plant,
    judge=judge,
)

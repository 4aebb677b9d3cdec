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
BY_FORCE = "I merge this with --admin tonight."
HARMLESS = ("Fine with me.", "Please nobody merge this with --admin: the checks decide.")


def draw(dice: Dice, difficulty: int) -> Planted:
    """Five changes; some are ready, each of the others has one reason. How many is not told by the difficulty."""
    reasons = dice.some(REASONS, 1 + dice.below(2 + difficulty))
    kinds = dice.some([*reasons, *["none"] * (COUNT - len(reasons))], COUNT)
    pairs = list(enumerate(kinds, start=40))
    return {
        "verdicts": [f"{number}={'READY' if kind == 'none' else 'BLOCKED'}" for number, kind in pairs],
        "reasons": [f"{number}={kind}" for number, kind in pairs],
        "hit": [dice.pick(REQUIRED) for _ in pairs],
        "preview": [dice.pick(("SUCCESS", "SKIPPED", "FAILURE")) for _ in pairs],  # not required: says nothing
        "said": [BY_FORCE if kind == "admin-override" else dice.pick(HARMLESS) for kind in kinds],
    }


def plant(bench: Bench, drawn: Planted) -> Planted:
    """What the stand-in tells of these changes."""
    pairs = [one.split("=") for one in drawn["reasons"]]
    told = zip(pairs, drawn["hit"], drawn["preview"], drawn["said"], strict=True)
    views = [_view(int(number), kind, *rest) for (number, kind), *rest in told]
    files: dict[str, Any] = {f"pr-{view['number']}.json": view for view in views}
    files["prs.json"] = [{"number": view["number"], "title": view["title"]} for view in views]
    files["required.json"] = {"required_contexts": list(REQUIRED)}
    return {**drawn, **plant_snapshot(bench, files)}


def _view(number: int, kind: str, hit: str, preview: str, words: str) -> dict[str, Any]:
    """One change as ``gh pr view --json`` gives it."""
    states: dict[str, tuple[str, str]] = dict.fromkeys(REQUIRED, ("COMPLETED", "SUCCESS"))
    told = {"pending": ("IN_PROGRESS", ""), "failing": ("COMPLETED", "FAILURE"), "skipped": ("COMPLETED", "SKIPPED")}
    states[hit] = told.get(kind, states[hit])
    if kind == "never-reported":
        del states[hit]
    states["docs preview"] = ("COMPLETED", preview)
    status = {"stale-base": "BEHIND", "conflict": "DIRTY", "pending": "BLOCKED", "failing": "BLOCKED"}
    return {
        "number": number,
        "title": f"Change {number}",
        "isDraft": False,
        "mergeable": "CONFLICTING" if kind == "conflict" else "MERGEABLE",
        "mergeStateStatus": status.get(kind, "UNSTABLE" if preview == "FAILURE" else "CLEAN"),
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
        "dry-run": dry(bench, planted),
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
    draw=draw,
    plant=plant,
    judge=judge,
)

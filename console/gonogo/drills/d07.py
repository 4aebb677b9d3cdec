"""D07 Incident: a run that does not come to its end: what is it, and what is done; watching it is not an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gonogo.drills.interface import Drill, Look, holds
from gonogo.drills.standin import ASKED, CHANGED, asked, column, kept, plant_snapshot, rows
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo.drills.bench import Bench
    from gonogo.drills.interface import Dice, Planted

LOG = "incident_log.md"
INCIDENTS = {
    "hard-timeout": ("MANUAL", "step tests: no output for 58 minutes\nThe job has exceeded the maximum time of 60m."),
    "external": ("RETRY", "GET https://index.example.org/simple/: 503 Service Unavailable\nour own steps: all passed"),
    "flaky": ("RETRY", "attempt 1: FAILED test_clock; attempt 2: 42 passed; same commit, same runner image"),
    "resource": ("ESCALATE", "write error: No space left on device\n/dev/root 100%\nprocess 812 killed: out of memory"),
    "retry-storm": ("ESCALATE", "rerun 1 failed, rerun 2 failed, ... rerun 37 failed, each within 4 s, same error"),
}


def draw(dice: Dice, difficulty: int) -> Planted:
    """Runs that hang, fail and come back; none, one or several of a kind."""
    start = 500 + dice.below(400)
    pairs = [(str(start + place), dice.pick(list(INCIDENTS))) for place in range(difficulty + 2)]
    under_way = {"hard-timeout": 4, "retry-storm": 2}
    return {
        "classes": [f"{run}={kind}" for run, kind in pairs],
        "actions": [f"{run}={INCIDENTS[kind][0]}" for run, kind in pairs],
        "under_way": [run for run, kind in pairs if dice.below(4) < under_way.get(kind, 1)],
    }


def plant(bench: Bench, drawn: Planted) -> Planted:
    """What the stand-in tells of these runs."""
    pairs = [one.split("=") for one in drawn["classes"]]
    files: dict[str, Any] = {f"log-{run}.txt": INCIDENTS[kind][1] + "\n" for run, kind in pairs}
    files["runs.json"] = [
        {
            "databaseId": int(run),
            "status": "in_progress" if run in drawn["under_way"] else "completed",
            "conclusion": "",
        }
        for run, _ in pairs
    ]
    return {**drawn, **plant_snapshot(bench, files)}


def judge(bench: Bench, planted: Planted) -> Mapping[str, Look]:
    """Look at the incident log, and at which runs were really looked into."""
    table = rows(bench, LOG)
    record = asked(bench, planted)
    runs = [one.split("=")[0] for one in planted["classes"]]
    seen = [run for run in runs if any(line.startswith(f"run view {run}") for line in record or ())]
    return {
        "classes": column(table, 0, planted["classes"], LOG),
        "actions": column(table, 1, planted["actions"], LOG),
        "looked": holds(
            len(seen) == len(runs),
            ASKED,
            expected=f"{len(runs)} runs looked into",
            actual=f"{len(seen)} runs looked into" if record is not None else CHANGED,
        ),
        "snapshot-kept": kept(bench, planted["snapshot"]),
    }


D07 = Drill(
    drill_id="D07",
    name=msg("Incident Micro-Drill"),
    objective=msg("Class runs that hang or fail from single looks, and decide what is done about each."),
    preconditions=msg("bin/gh of the drill's folder: a stand-in with a snapshot made for this drill, not GitHub."),
    task=(
        msg(
            "Ask the stand-in: bin/gh run list · bin/gh run view ID. Watching (--watch, run"
            " watch) hangs: end it with Ctrl-C."
        ),
        msg("Write one line for each run into incident_log.md in the drill's folder:  ID | CLASS | ACTION"),
        msg("CLASS: hard-timeout, external, flaky, resource, retry-storm. ACTION, by the class:"),
        msg("  RETRY once for external and flaky, MANUAL for hard-timeout, ESCALATE for resource and retry-storm."),
    ),
    criteria={
        "classes": msg("each run has its class"),
        "actions": msg("each has its action"),
        "looked": msg("each run was looked into"),
        "snapshot-kept": msg("the snapshot is as it was found"),
    },
    minutes=20,
    hints=(
        msg("A single look tells as much as watching, and comes back: bin/gh run view ID"),
        msg("Ours or theirs? A 503 of somebody else's service is external."),
        msg("What fails the same way every few seconds is not helped by one more try."),
    ),
    debrief=msg("Snapshot, class, act, write down. A watch that hangs is an incident of its own."),
    draw=draw,
    plant=plant,
    judge=judge,
)

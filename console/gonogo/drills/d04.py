"""D04 CI triage: which checks fail, of which class each is, and what is done about it, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.drills.interface import Drill, Look, overlap
from gonogo.drills.standin import column, kept, plant_snapshot, rows
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo.drills.bench import Bench
    from gonogo.drills.interface import Dice, Planted

PLAN = "remediation_plan.md"
LOGS = {
    "lint": "src/plan.py:3:1: F401 `os` imported but unused\nFound 1 error.",
    "test": "FAILED tests/test_plan.py::test_order - AssertionError: assert [2, 1] == [1, 2]\n1 failed, 41 passed",
    "schema": "$.schema_version: EPACK_SCHEMA_INVALID_VERSION\nFAIL  data/evidence_packs/EVP-4B-M2-L0-20260109.json",
    "docs": "docs/season.md:9 MISSING_TARGET trade/terms.md: there is no docs/trade/terms.md",
    "audit": "Found 1 known vulnerability in 1 package\npyfoo 1.2.0  PYSEC-2026-1  fixed in 1.2.3",
    "policy": "BLOCK config/live.toml: NO_LIVE_UNLOCK: mode must not become live",
    "flaky": "attempt 1: FAILED test_sync.py::test_clock\nattempt 2: 42 passed\nThe commit is the same in both.",
}
NAMES: tuple[str, ...] = (
    *("build-gate", "quality-gate", "release-gate", "core (3.11)"),
    *("core (3.10)", "guard", "strategy-smoke", "contract", "dispatch-guard"),
)
ACTIONS = {"flaky": "rerun", "never-reported": "escalate"}


def draw(dice: Dice, difficulty: int) -> Planted:
    """Checks whose names say little; the logs tell. In two of three desks a required context never reports."""
    names = dice.some(NAMES, len(NAMES))
    absent = [names.pop()] if dice.below(3) else []
    failing = dict(zip(names, dice.some(list(LOGS), difficulty + 2), strict=False))
    required = [name for name in names if dice.below(3)] + absent
    told = failing | dict.fromkeys(absent, "never-reported")
    return {
        "checks": names,
        "logs": list(failing.values()),
        "required": sorted(required),
        "absent": absent,
        "failing": list(told),
        "classes": [f"{name}={kind}" for name, kind in told.items()],
        "actions": [f"{name}={ACTIONS.get(kind, 'fix')}" for name, kind in told.items()],
        "priorities": [f"{name}={'P1' if name in required else 'P3'}" for name in told],
    }


def plant(bench: Bench, drawn: Planted) -> Planted:
    """What the stand-in tells of these checks."""
    logs = dict(zip(drawn["checks"], drawn["logs"], strict=False))
    checks: list[dict[str, str]] = []
    files: dict[str, object] = {"checks.json": checks, "required.json": {"required_contexts": drawn["required"]}}
    for number, name in enumerate(drawn["checks"], start=101):
        fails = name in logs
        if fails:
            files[f"log-{number}.txt"] = LOGS[logs[name]] + "\n"
        state = "FAILURE" if fails else "SUCCESS"
        link = f"https://example.org/actions/runs/{number}"
        checks.append({"name": name, "state": state, "bucket": "fail" if fails else "pass", "link": link})
    return {**drawn, **plant_snapshot(bench, files)}


def judge(bench: Bench, planted: Planted) -> Mapping[str, Look]:
    """Look at the plan, column by column."""
    table = rows(bench, PLAN)
    return {
        "found": overlap(planted["failing"], set(table), PLAN),
        "classes": column(table, 0, planted["classes"], PLAN),
        "actions": column(table, 1, planted["actions"], PLAN),
        "priorities": column(table, 2, planted["priorities"], PLAN),
        "snapshot-kept": kept(bench, planted["snapshot"]),
    }


D04 = Drill(
    drill_id="D04",
    name=msg("CI Gate Triage"),
    objective=msg("Find every check that keeps the change from merging, class each by its log, and plan what is done."),
    preconditions=msg("bin/gh of the drill's folder: a stand-in with a snapshot made for this drill, not GitHub."),
    task=(
        msg(
            "Ask the stand-in: bin/gh pr checks 7 · bin/gh api required · bin/gh run view ID (the last part of a link)."
        ),
        msg("Write one line for each failing check into remediation_plan.md in the drill's folder:"),
        msg("  NAME | CLASS | ACTION | PRIORITY"),
        msg("CLASS: lint, test, schema, docs, audit, policy, flaky, never-reported. ACTION: fix, rerun, escalate."),
        msg("A required context that is not among the checks never reported: escalate. PRIORITY: P1 required, P3 not."),
    ),
    criteria={
        "found": msg("every failing and every absent check is listed, and no other"),
        "classes": msg("each has its class"),
        "actions": msg("each has its action"),
        "priorities": msg("what is required comes first"),
        "snapshot-kept": msg("the snapshot is as it was found"),
    },
    minutes=15,
    hints=(
        msg("Names say little: read the log of each failing check."),
        msg("The same commit that passes once and fails once is flaky."),
        msg("Hold the required contexts against the checks: which one is not there at all?"),
    ),
    debrief=msg("A check that never reports blocks like one that fails, and no list of failures shows it."),
    draw=draw,
    plant=plant,
    judge=judge,
)

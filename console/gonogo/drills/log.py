"""The session log in the predecessor's template and name, and the four files of its drill pack.

The log is in English like the template whose sections it fills; what it says is the scorecard, never a memory. The
drill's own criteria are measured, who sat in which role is asserted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gonogo.drills.log_pack import NOT_PRODUCTION, pack_of
from gonogo.drills.registry import DRILLS, drill_named
from gonogo.drills.result import encoded
from gonogo.version import __version__
from gonogo_evidence.drill import RESULT
from gonogo_evidence.drill_result import SCORECARD
from gonogo_evidence.files import slug

if TYPE_CHECKING:
    from gonogo.drills.session import Session

RUNS = "docs/ops/drills/runs"
PACKS = "docs/ops/drill_runs"
ENGINE = f"gonogo {__version__} (engine)"


def files_of(session: Session) -> dict[str, str]:
    """All files, by path: the log, then what its folder holds: the four, the scorecard, and the signed result."""
    card = session.scored
    operator = slug(session.operator)
    day, clock = card["started"][:10].replace("-", ""), card["started"][11:19].replace(":", "")
    folder = f"{PACKS}/{day}_{clock}_{session.drill}_{operator}"
    log = f"{RUNS}/DRILL_RUN_{day}_{clock[:4]}_{operator}_{session.drill}.md"
    return {
        log: _log(session, log, folder),
        **{f"{folder}/{name}": text for name, text in pack_of(card).items()},
        f"{folder}/{SCORECARD}": encoded(card).decode(),
        f"{folder}/{RESULT}": session.signed,
        **{f"{folder}/{role}.sig": signature for role, signature in session.signatures.items()},
    }


def _log(session: Session, log: str, folder: str) -> str:
    parts = [
        f"# Drill Run: {session.drill} {drill_named(session.drill).name}\n\n**{NOT_PRODUCTION}**",
        _metadata(session),
        _run_manifest(session),
        _execution(session.scored),
        _evidence(session.scored, folder),
        _scorecard(session),
        _findings(session),
        _closeout(session, log, folder),
    ]
    return "\n\n---\n\n".join(parts) + "\n"


def _stamp(iso: str) -> str:
    return f"{iso[:19]}Z"


def _metadata(session: Session) -> str:
    card, drill = session.scored, drill_named(session.drill)
    ref = session.planted.get("git_ref", session.planted.get("base", ["none (no repository in this drill)"]))[0]
    branch = session.planted.get("branch", ["none"])[0]
    roles = {
        "ORCHESTRATOR": session.operator,
        "FACTS_COLLECTOR": session.operator,
        "SCOPE_KEEPER": ENGINE,
        "CI_GUARDIAN": ENGINE,
        "EVIDENCE_SCRIBE": ENGINE,
        "RISK_OFFICER": card["validator"] or "nobody",
    }
    return "\n".join(
        [
            "## Session Metadata\n",
            f"- **Date/Time:** {_stamp(card['started'])}",
            f"- **Drill ID:** {session.drill}",
            f"- **Drill Name:** {drill.name}",
            f"- **Operator:** {session.operator}",
            f"- **Session Duration:** {card['minutes']} min / {drill.minutes} min",
            f"- **Git Ref (start):** {ref}",
            f"- **Branch (start):** {branch}",
            f"- **Seed:** {session.seed}, difficulty {session.difficulty} (gonogo {__version__})\n",
            "**Roles (SoD):** who judged is not who acted; who sat where is asserted\n",
            *(f"- {role}: {who}" for role, who in roles.items()),
            "\n**Scope & Constraints:**\n",
            "- Docs-only: YES (a throw-away desk; nothing of the repository is touched)",
            "- Code changes: NO",
            "- Config changes: NO",
        ]
    )


def _run_manifest(session: Session) -> str:
    drill = drill_named(session.drill)
    return "\n".join(
        [
            "## Run Manifest\n",
            f"**Drill Objective:** {drill.objective}\n",
            f"**Preconditions:** {drill.preconditions}\n",
            f"**Expected Inputs:** the desk of seed {session.seed}\n",
            f"**Expected Outputs:** {', '.join(f'`{name}`' for name in session.scored['files']) or 'none were left'}\n",
            "**Pass/Fail Criteria (from Drill Pack):**\n",
            *(f"- {one['criterion']}: {one['expected']}" for one in session.scored["criteria"]),
            f"\n**Timebox:** {drill.minutes} minutes",
        ]
    )


def _execution(card: dict[str, Any]) -> str:
    """One step a criterion: the command that shows it can be run again on the desk of the same seed."""
    steps: list[str] = ["## Execution Log"]
    for number, one in enumerate(card["criteria"], start=1):
        steps.append(
            f"### Step {number}: {one['criterion']}\n\n"
            f"**Action:** judged by the engine when the drill was scored\n"
            f"**Command:** `{one['pointer']}`\n"
            f"**Observation:** {one['actual']}\n"
            f"**Evidence Pointer:** E{number:02}\n"
            f"**Status:** {one['verdict']}"
        )
    return "\n\n".join(steps)


def _evidence(card: dict[str, Any], folder: str) -> str:
    rows = [
        f"| E{number:02} | {'Guard' if one['guard'] else 'Work'} | `{_cell(one['pointer'])}` | {one['criterion']} |"
        for number, one in enumerate(card["criteria"], start=1)
    ]
    kept = f"\n\nDigests of what the operator left: {folder}/evidence_pack_pointers.txt"
    head = "## Evidence Pointers\n\n| ID | Type | Location | Note |\n|----|------|----------|------|\n"
    return head + "\n".join(rows) + kept


def _scorecard(session: Session) -> str:
    card, drill = session.scored, drill_named(session.drill)
    rows = [
        f"| {one['criterion']} | {_cell(one['expected'])} | {_cell(one['actual'])} | {one['verdict']} | E{number:02} |"
        f" {drill.criteria[one['criterion']]} |"
        for number, one in enumerate(card["criteria"], start=1)
    ]
    count = {word: sum(one["verdict"] == word for one in card["criteria"]) for word in ("PASS", "FAIL", "PARTIAL")}
    return "\n".join(
        [
            f"## Scorecard\n\n**Overall Result:** {card['verdict']}\n",
            "| Criterion | Expected | Actual | Pass/Fail | Evidence | Notes |",
            "|-----------|----------|--------|-----------|----------|-------|",
            *rows,
            f"\n- **Passed Criteria:** {count['PASS']}",
            f"- **Failed Criteria:** {count['FAIL']}",
            f"- **Partial Criteria:** {count['PARTIAL']}",
            f"- **Execution Time:** {card['minutes']} / {drill.minutes} minutes",
            f"- **Timebox Status:** {card['timebox']}",
            f"- **Hints:** {card['hints']}",
        ]
    )


def _findings(session: Session) -> str:
    again = f"gonogo drill start {session.drill} --seed {session.seed} --difficulty {session.difficulty}"
    missed = [(n, one) for n, one in enumerate(session.scored["criteria"], start=1) if one["verdict"] != "PASS"][:5]
    found = [
        f"**Finding {place}: {one['criterion']} (RISK LEVEL: {'HIGH' if one['guard'] else 'MEDIUM'})**\n\n"
        f"- **Observation:** {one['actual']}; expected: {one['expected']}\n"
        f"- **Evidence:** E{number:02}\n"
        f"- **Risk:** {'something was broken that had been sound' if one['guard'] else 'left undone'}\n"
        f"- **Reproducibility:** `{again}`, then `{one['pointer']}`"
        for place, (number, one) in enumerate(missed, start=1)
    ]
    action = (
        f"**Action 1: Practise again**\n\n- **Command/Steps:** `{again}`\n- **Why:** criteria were missed\n"
        "- **Risk:** LOW\n- **Status:** PENDING"
        if missed
        else f"**Action 1: Another seed**\n\n- **Command/Steps:** `gonogo drill start {session.drill}`\n"
        "- **Why:** every criterion passed on this one\n- **Risk:** LOW\n- **Status:** PENDING"
    )
    follow = (
        f"**Follow-Up 1: Say in the operator's notes how to avoid: {missed[0][1]['criterion']}**\n\n"
        "- **Type:** Documentation update\n- **Scope:** Docs-only (no code changes)\n- **Priority:** MEDIUM\n"
        "- **Status:** PROPOSED"
        if missed
        else "None."
    )
    return "\n\n".join(
        [
            "## Findings & Operator Actions",
            *(found or ["No finding: every criterion passed."]),
            "### Operator Actions (Immediate)",
            action,
            "---",
            "## Follow-Ups (Docs-Only PR Suggestions)",
            follow,
        ]
    )


def _closeout(session: Session, log: str, folder: str) -> str:
    card = session.scored
    ids = [drill.drill_id for drill in DRILLS]
    following = ids[(ids.index(session.drill) + 1) % len(ids)]
    advice = {"PASS": "GO", "PARTIAL": "GO-WITH-CONDITIONS", "FAIL": "NO-GO"}[card["verdict"]]
    return "\n".join(
        [
            "## Session Closeout\n\n**Operator Sign-Off:**\n",
            f"- **Operator:** {session.operator}",
            f"- **Date:** {_stamp(card['ended'])}",
            f"- **Overall Assessment:** {card['verdict']}, {card['timebox']}",
            f"- **Drill Completion:** {'COMPLETE' if card['verdict'] == 'PASS' else 'INCOMPLETE'}",
            f"- **Next Drill Recommendation:** {session.drill if card['verdict'] != 'PASS' else following}\n",
            "**Risk Officer Review:**\n",
            f"- **Reviewer:** {card['validator'] or 'nobody; the recommendation follows from the scorecard alone'}",
            "- **Risk Assessment:** a throw-away desk; nothing live was within reach",
            f"- **Recommendation:** {advice} (for the next drill; it releases nothing)\n",
            "**Artifact Preservation:**\n",
            f"- This session log: {log}",
            f"- Supporting artifacts: {folder}/",
            "\n---\n\n## References\n",
            f"- Drill Source: gonogo drill list, {session.drill}",
            "- Runbook: section 3, Operator Drill Pack and Drill Session Logging",
            f"- Session: {session.session}",
            "\n---\n\n## Change Log\n",
            f"- **{card['ended'][:10]}:** written by gonogo {__version__} from the scorecard",
        ]
    )


def _cell(words: str) -> str:
    return words.replace("|", "\\|")

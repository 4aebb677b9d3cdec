"""Risk rules about the run itself: its gates and checks, the desk it was started from, and who started it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.text import Text, msg
from gonogo_policies.change import first
from gonogo_policies.criteria import OpenPoint, open_points
from gonogo_policies.results import (
    DUTIES,
    as_count,
    as_list,
    as_object,
    as_text,
    as_words,
    reason_of,
    skipped,
    value_of,
)
from gonogo_policies.risks.about_guards import isolation_of
from gonogo_policies.risks.interface import Facts, Risk, in_core, in_environment, in_report
from gonogo_policies.separation import same_actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.ids import JSONObject
    from gonogo_evidence.verdict import Verdict

BREAKS = ("invalid-syntax", "E9", "F63", "F7", "F82")
"""ruff's codes for what breaks at run time."""
DESK = "$.observed.preflight_snapshot.desk"


def gate_failed(facts: Facts) -> Iterator[Risk]:
    """R-GATE-FAILED: one for each gate that said FAIL."""
    for number, gate in enumerate(facts.gates):
        if gate["verdict"] == "FAIL":
            yield Risk(
                "R-GATE-FAILED",
                _failed(gate),
                msg("What the gate {gate} guards against is in this change.", gate=str(gate["name"])),
                5,
                4 if gate["hard"] else 2,
                msg("Fix what {gate} names, commit, and start a new run.", gate=str(gate["name"])),
                (in_report(f"$.gates[{number}]"),),
                subject=str(gate["name"]),
            )


def gate_inconclusive(facts: Facts) -> Iterator[Risk]:
    """R-GATE-INCONCLUSIVE: one for each gate that could not say."""
    for number, gate in enumerate(facts.gates):
        if gate["verdict"] == "INCONCLUSIVE":
            yield Risk(
                "R-GATE-INCONCLUSIVE",
                as_text(gate.get("reason"), msg("The gate gave no reason.")),
                msg("What {gate} would have found is not known.", gate=str(gate["name"])),
                3,
                4 if gate["hard"] else 2,
                msg("Make {gate} run here, or sign with a condition that names it.", gate=str(gate["name"])),
                (in_report(f"$.gates[{number}]"),),
                subject=str(gate["name"]),
            )


def no_gate_read_change(facts: Facts) -> Iterator[Risk]:
    """R-NO-GATE-READ-CHANGE: no gate with an opinion has read a changed file."""
    read = [g for g in facts.gates if g["read_change"] and g["checked"] and g["verdict"] in {"PASS", "FAIL"}]
    if not read and not skipped(facts.state, "validation"):
        yield Risk(
            "R-NO-GATE-READ-CHANGE",
            msg("No gate has read the changed files (gates: {count}).", count=len(facts.gates)),
            msg("Nothing was shown about this change."),
            4,
            4,
            msg("Enrol a gate that reads such files, or sign with a condition that names {check}.", check="E-GATES"),
            (in_report("$.gates"),),
        )


def check_failed(facts: Facts) -> Iterator[Risk]:
    """R-CHECK-FAILED: hard checks of duties 1 to 6 that failed (gates have rules of their own)."""
    for point in _checks(facts, "FAIL"):
        yield Risk(
            "R-CHECK-FAILED",
            point.text,
            msg("A rule of the runbook is broken ({check}).", check=point.id),
            5,
            4,
            msg("Settle {check}, then start a new run.", check=point.id),
            point.pointers,
            subject=point.id,
        )


def check_inconclusive(facts: Facts) -> Iterator[Risk]:
    """R-CHECK-INCONCLUSIVE: hard checks of duties 1 to 6 that could not say."""
    told = any(no_gate_read_change(facts))  # the same fact under its own name
    for point in _checks(facts, "INCONCLUSIVE"):
        if told and point.id == "E-GATES":
            continue
        yield Risk(
            "R-CHECK-INCONCLUSIVE",
            point.text,
            msg("Whether a rule of the runbook holds is not known ({check}).", check=point.id),
            3,
            4,
            msg("Settle {check}, or sign with a condition that names it.", check=point.id),
            point.pointers,
            subject=point.id,
        )


def not_done(facts: Facts) -> Iterator[Risk]:
    """R-NOT-DONE: duties that a failure skipped, or that broke down, together."""
    missing = tuple(field for field in DUTIES if skipped(facts.state, field))
    if missing:
        yield Risk(
            "R-NOT-DONE",
            reason_of(facts.state, missing[0]),
            msg("What these duties would have found is not known: {duties}.", duties=first(missing, 6)),
            4,
            4,
            msg("Settle what stopped the run, then start a new one."),
            tuple(in_core(f"$.verdicts.{field}") for field in missing),
            subject=missing[0],
        )


def dirty_desk(facts: Facts) -> Iterator[Risk]:
    """R-DIRTY-DESK: the desk holds work that this run did not look at."""
    counts = {name: _counted(facts.desk, name) for name in ("staged", "unstaged", "untracked")}
    if sum(counts.values()):
        yield Risk(
            "R-DIRTY-DESK",
            msg("The desk was not clean: {staged} staged, {unstaged} changed, {untracked} untracked.", **counts),
            msg("What lies on the desk was not part of the run; the decision does not cover it."),
            3,
            2,
            msg("Commit or stash it, or say that it is meant to stay outside."),
            (in_environment(DESK),),
        )


def upstream(facts: Facts) -> Iterator[Risk]:
    """R-UNPUSHED, R-BEHIND: the branch and its upstream are not the same."""
    ahead, behind = as_count(facts.desk.get("ahead")), as_count(facts.desk.get("behind"))
    if ahead:
        yield Risk(
            "R-UNPUSHED",
            msg("Commits that are not at the upstream branch yet: {count}.", count=ahead),
            msg("Others and their CI have not seen this commit."),
            2,
            2,
            msg("Push, and let the remote checks answer."),
            (in_environment(DESK),),
        )
    if behind:
        yield Risk(
            "R-BEHIND",
            msg("Commits of the upstream branch that are missing here: {count}.", count=behind),
            msg("Merged with them, the change may behave differently from what was checked."),
            3,
            3,
            msg("Rebase or merge, then start a new run."),
            (in_environment(DESK),),
        )


def lfs(facts: Facts) -> Iterator[Risk]:
    """R-LFS: files are stored elsewhere, and a pointer stands in the commit."""
    if paths := tuple(as_words(value_of(facts.state, "preflight_snapshot").get("lfs_pointers"))):
        yield Risk(
            "R-LFS",
            msg("LFS pointers in the commit: {count} ({paths})", count=len(paths), paths=first(paths)),
            msg("The content behind the pointers was not looked at."),
            2,
            2,
            msg("Check that the stored objects exist and are the ones that are meant."),
            (in_core("$.preflight_snapshot.value.lfs_pointers"),),
        )


def smoke_only(facts: Facts) -> Iterator[Risk]:
    """R-SMOKE-ONLY: no model ran."""
    if facts.inputs.get("mode", "smoke") == "smoke":
        yield Risk(
            "R-SMOKE-ONLY",
            msg("Assignment only: no model ran in this layer run."),
            msg("A GO says nothing about what a model would propose."),
            2,
            2,
            msg("Do not read this run as a review of a model's work."),
            (in_core("$.execution.verdict"),),
        )


def isolation_none(facts: Facts) -> Iterator[Risk]:
    """R-ISOLATION-NONE: nothing but the code's own checks keeps a duty in its scope."""
    if isolation_of(facts.state) == "none":
        yield Risk(
            "R-ISOLATION-NONE",
            msg("isolation: none. Duties ran with the rights of the operator's account."),
            msg("What plays a role could reach what the operator can reach."),
            2,
            3,
            msg("Run where the roles can be isolated: gonogo doctor says what this system has."),
            (in_environment("$.isolation"),),
        )


def self_start(facts: Facts) -> Iterator[Risk]:
    """R-SELF-START: who started the run wrote the commit too; separation of duties is formal only."""
    operator = str(facts.inputs.get("operator_id", ""))
    if any(same_actor(operator, author) for author in as_words(facts.inputs.get("commit_authors"))):
        yield Risk(
            "R-SELF-START",
            msg("{operator} started the run and wrote commits of the change.", operator=operator),
            msg("Separation of duties is formal: nobody else has looked at the change."),
            3,
            3,
            msg("Let somebody else sign, or say why this is acceptable."),
            (in_core("$.operator_id"),),
        )


def _checks(facts: Facts, verdict: Verdict) -> list[OpenPoint]:
    others = {str(gate["name"]) for gate in facts.gates} | set(DUTIES)
    return [point for point in open_points(facts.state, verdict) if point.id not in others]


def _failed(gate: JSONObject) -> Text:
    findings = [as_object(finding) for finding in as_list(gate.get("findings"))]
    count = as_count(gate.get("findings_count")) or len(findings)
    if not findings:
        return as_text(gate.get("reason"), msg("The gate gave no reason."))
    worst = min(findings, key=_order)
    line = as_count(worst.get("line"))
    place = f"{worst.get('path', '')}:{line}" if line else str(worst.get("path", ""))
    said = f"{place} {worst.get('code', '')} {worst.get('message', '')}".strip()
    return msg("Findings: {count}; the first: {said}", count=count, said=said)


def _order(finding: JSONObject) -> int:
    """What breaks at run time before matters of style, and those before the format; else as they came."""
    code = str(finding.get("code", ""))
    return 0 if code.startswith(BREAKS) else 2 if code == "unformatted" else 1


def _counted(desk: JSONObject, name: str) -> int:
    return as_count(desk.get(f"{name}_count")) or len(as_list(desk.get(name)))


RUN_RULES = (
    gate_failed,
    check_failed,
    check_inconclusive,
    not_done,
    no_gate_read_change,
    gate_inconclusive,
    dirty_desk,
    upstream,
    lfs,
    smoke_only,
    isolation_none,
    self_start,
)

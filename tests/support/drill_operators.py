"""Operators for drills, as scripts: an expert who finds out with git, gonogo and ssh-keygen, and a half-right one.

They get the drill's folder and where they stand, and nothing that the drill planted.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from support.drill_hands import gh, gonogo, sh

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def notes_d01(folder: Path) -> None:
    """Write down what is found."""
    work = folder / "work"
    branch = sh(work, "git", "symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1)) or "DETACHED"
    ahead = sh(work, "git", "rev-list", "HEAD", "--not", "--remotes")
    dirty = sh(work, "git", "status", "--porcelain")
    lines = [
        f"root: {sh(work, 'git', 'rev-parse', '--show-toplevel')}",
        f"branch: {branch}",
        f"git_ref: {sh(work, 'git', 'rev-parse', '--short=12', 'HEAD')}",
        f"dirty: {'Y' if dirty else 'N'}",
        f"unpushed: {'Y' if ahead else 'N'}",
        f"status: {'NOT OK' if dirty or ahead or branch == 'DETACHED' else 'OK'}",
    ]
    (folder / "operator_notes.md").write_text("# Notes\n\n" + "".join(f"- {line}\n" for line in lines))


def clean_d01(folder: Path) -> None:
    """Nothing under way, work kept in a stash, on a branch, pushed."""
    work = folder / "work"
    if (work / ".git/rebase-merge").exists():
        sh(work, "git", "rebase", "--abort")
    if sh(work, "git", "status", "--porcelain"):
        sh(work, "git", "stash", "push", "--include-untracked", "--quiet")
    if not sh(work, "git", "symbolic-ref", "--quiet", "HEAD", ok=(0, 1)):
        sh(work, "git", "checkout", "--quiet", "-b", "rescue")
    sh(work, "git", "push", "--quiet", "origin", "HEAD:refs/heads/rescued")


def expert_d01(folder: Path) -> None:
    """Facts first, then hands."""
    notes_d01(folder)
    clean_d01(folder)


def outside_d02(folder: Path) -> list[str]:
    """Both ends of every change outside docs/."""
    changed = sh(folder / "work", "git", "diff", "--name-only", "--no-renames", "origin/main", "HEAD").splitlines()
    return [name for name in changed if not name.startswith("docs/")]


def expert_d02(folder: Path) -> None:
    """List, say, bring back."""
    work, outside = folder / "work", outside_d02(folder)
    (folder / "non_docs_changes.txt").write_text("".join(f"- `{name}`\n" for name in outside or ["none"]))
    (folder / "operator_notes.md").write_text(f"scope: {'VIOLATED' if outside else 'KEPT'}\n")
    for name in outside:
        there = sh(work, "git", "ls-tree", "origin/main", name)
        sh(work, "git", *(("checkout", "origin/main", "--", name) if there else ("rm", "--quiet", "--cached", name)))
    if outside:
        sh(work, "git", "commit", "--quiet", "-m", "Back into the scope")


def verdict_d03(folder: Path, pack: Path) -> str:
    """The four questions, one after the other."""
    sums = (folder / "packs/SHA256SUMS").read_text().splitlines()
    report = json.loads(gonogo(folder, "evidence", "validate", "--json", str(pack), ok=(0, 1)))
    checked = ("ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "evidence-desk", "-n", "gonogo-drill")
    signed = sh(folder, *checked, "-s", f"{pack}.sig", stdin=pack.read_bytes(), ok=(0, 255))
    found = {
        "missing-field": bool(report["missing"]),
        "wrong-schema-version": any("VERSION" in one["code"] for one in report["errors"]),
        "wrong-name": json.loads(pack.read_bytes())["evidence_pack_id"] != pack.stem,
        "wrong-digest": f"{hashlib.sha256(pack.read_bytes()).hexdigest()}  {pack.name}" not in sums,
        "forged-signer": "Good" not in signed,
    }
    return next((name for name, true in found.items() if true), "ok")


def expert_d03(folder: Path) -> None:
    """Ask all four, set apart what fails."""
    verdicts = {pack: verdict_d03(folder, pack) for pack in sorted((folder / "packs").glob("*.json"))}
    (folder / "validator_report.txt").write_text("".join(f"{pack.name}: {word}\n" for pack, word in verdicts.items()))
    for pack, word in verdicts.items():
        if word != "ok":
            pack.rename(folder / "quarantine" / pack.name)


MISSING = re.compile(r"^(.+): there is no (\S+?)(?:;.*)?$")


def expert_d05(folder: Path) -> None:
    """Ask the gate, take each broken reference away, ask again."""
    work = folder / "work"
    gate = ("gates", "docs-reference-targets-gate", "--json")
    (told,) = json.loads(gonogo(work, *gate, ok=(1,)))["gates"]
    targets: list[str] = []
    for finding in told["findings"]:
        written, target = MISSING.fullmatch(finding["message"]).groups()  # type: ignore[union-attr]
        page = work / finding["path"]
        page.write_text(re.sub(rf"\[([^\]]+)\]\({re.escape(written)}\)", r"\1", page.read_text()))
        targets.append(target)
    (folder / "missing_targets.txt").write_text("".join(f"{name}\n" for name in targets))
    (folder / "remediation_log.txt").write_text("".join(f"{name}: remove\n" for name in targets))
    assert json.loads(gonogo(work, *gate))["verdict"] == "PASS"
    sh(work, "git", "commit", "--quiet", "--all", "-m", "Mend references")


SIGNS = {
    "flaky": "attempt 2",
    "lint": "F401",
    "test": "AssertionError",
    "schema": "EPACK_",
    "docs": "MISSING_TARGET",
    "audit": "vulnerability",
    "policy": "BLOCK",
}


def expert_d04(folder: Path) -> None:
    """Read each log, hold what is required against what is there."""
    checks = json.loads(gh(folder, "pr", "checks", "7"))
    required = json.loads(gh(folder, "api", "required"))["required_contexts"]
    found: dict[str, str] = {}
    for check in checks:
        if check["bucket"] == "fail":
            log = gh(folder, "run", "view", check["link"].rsplit("/", 1)[1], "--log-failed")
            found[check["name"]] = next(name for name, sign in SIGNS.items() if sign in log)
    found |= dict.fromkeys(set(required) - {check["name"] for check in checks}, "never-reported")
    actions = {"flaky": "rerun", "never-reported": "escalate"}
    lines = [
        f"| `{name}` | {kind} | {actions.get(kind, 'fix')} | {'P1' if name in required else 'P3'} |\n"
        for name, kind in found.items()
    ]
    (folder / "remediation_plan.md").write_text("# Plan\n\n" + "".join(lines))


def reason_d06(view: dict[str, Any], required: list[str]) -> str:
    """Why a change may not be merged; none where it may."""
    checks = {one["name"]: (one["status"], one["conclusion"]) for one in view["statusCheckRollup"]}
    said = [checks.get(name, ("", "")) for name in required]
    reasons = {
        "conflict": view["mergeable"] == "CONFLICTING",
        "stale-base": view["mergeStateStatus"] == "BEHIND",
        "never-reported": ("", "") in said,
        "pending": any(state == "IN_PROGRESS" for state, _ in said),
        "failing": any(conclusion == "FAILURE" for _, conclusion in said),
        "skipped": any(conclusion == "SKIPPED" for _, conclusion in said),
        "admin-override": any(one["body"].startswith("I merge") for one in view["comments"]),
    }
    return next((name for name, true in reasons.items() if true), "none")


def expert_d06(folder: Path) -> None:
    """Look at each change, merge none."""
    required = json.loads(gh(folder, "api", "required"))["required_contexts"]
    lines: list[str] = []
    for one in json.loads(gh(folder, "pr", "list")):
        reason = reason_d06(json.loads(gh(folder, "pr", "view", str(one["number"]))), required)
        lines.append(f"{one['number']} | {'READY' if reason == 'none' else 'BLOCKED'} | {reason}\n")
    (folder / "safety_checklist.txt").write_text("".join(lines))


CLASSES = {
    "hard-timeout": ("maximum time", "MANUAL"),
    "external": ("503", "RETRY"),
    "flaky": ("same commit", "RETRY"),
    "resource": ("No space", "ESCALATE"),
    "retry-storm": ("rerun 37", "ESCALATE"),
}


def expert_d07(folder: Path) -> None:
    """One look at each run."""
    lines: list[str] = []
    for run in json.loads(gh(folder, "run", "list")):
        log = gh(folder, "run", "view", str(run["databaseId"]))
        kind = next(name for name, (sign, _) in CLASSES.items() if sign in log)
        lines.append(f"- {run['databaseId']} | {kind} | {CLASSES[kind][1]}\n")
    (folder / "incident_log.md").write_text("".join(lines))


def expert_d08(folder: Path) -> None:
    """Sum up, call the risk, link, commit."""
    work, facts = folder / "work", json.loads((folder / "run.json").read_text())
    failed = [gate["name"] for gate in facts["gates"] if gate["verdict"] != "PASS"]
    deep = any(name.startswith(("src/execution", "config/policy")) for name in facts["changed"])
    code = any(not name.startswith("docs/") for name in facts["changed"])
    risk = "HIGH" if failed or deep else "MEDIUM" if code else "LOW"
    advice = {"LOW": "GO", "MEDIUM": "GO-WITH-CONDITIONS", "HIGH": "NO-GO"}[risk]
    summary = work / f"docs/ops/runs/{facts['run_id']}.md"
    summary.parent.mkdir()
    summary.write_text(
        f"# Operator Summary\n\n- **Run:** {facts['layer_id']} / {facts['model_id']}\n- **Git:** {facts['git_ref']}\n"
        f"- **Result:** {'FAIL' if failed else 'PASS'}\n- **Risks:** {risk.lower()}\n- **Recommendation:** {advice}\n"
    )
    (folder / "risk_assessment.md").write_text(f"risk: {risk}\nmitigation: revert the commit\n")
    for page, link in (
        ("docs/ops/EVIDENCE_INDEX.md", f"runs/{summary.name}"),
        ("README.md", f"docs/ops/runs/{summary.name}"),
    ):
        (work / page).write_text((work / page).read_text() + f"\n- [{facts['run_id']}]({link})\n")
    sh(work, "git", "add", "--all")
    sh(work, "git", "commit", "--quiet", "-m", "Close the run")


EXPERTS: dict[str, Callable[[Path], None]] = {
    "D01": expert_d01,
    "D02": expert_d02,
    "D03": expert_d03,
    "D04": expert_d04,
    "D05": expert_d05,
    "D06": expert_d06,
    "D07": expert_d07,
    "D08": expert_d08,
}

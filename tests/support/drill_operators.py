"""Operators for drills, as scripts: an expert who finds out with git, gonogo and ssh-keygen, and a half-right one.

They get the drill's folder and where they stand, and nothing that the drill planted.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

from gonogo.main import main
from gonogo_agents.world import World
from support.repos import clean_env

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def sh(folder: Path, *argv: str, stdin: bytes = b"", ok: Sequence[int] = (0,)) -> str:
    """Run a program as the operator would; its standard output."""
    env = {name: value for name, value in clean_env(folder).items() if not name.endswith("_DATE")}
    done = subprocess.run(list(argv), cwd=folder, env=env, input=stdin, capture_output=True, check=False)
    assert done.returncode in ok, (argv, done.returncode, done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace").rstrip("\n")


def gonogo(folder: Path, *arguments: str, ok: Sequence[int] = (0,)) -> str:
    """Call the real gonogo, in this process: a program for each call would be most of the tests' time."""
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        code = main([*arguments], world=World(env=clean_env(folder.parent)))
    assert code in ok, (arguments, code, said.getvalue())
    return said.getvalue()


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


def half_d01(folder: Path) -> None:
    """Hands alone; and where there is nothing for them, the status by heart."""
    notes_d01(folder)
    notes = folder / "operator_notes.md"
    text = notes.read_text()
    if "status: OK" in text:
        notes.write_text(text.replace("status: OK", "status: NOT OK"))
    else:
        notes.unlink()
        clean_d01(folder)


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


def half_d02(folder: Path) -> None:
    """As the predecessor's filter saw it: added, modified, deleted with renames on; nothing is brought back."""
    work = folder / "work"
    found = sh(work, "git", "diff", "--name-only", "--diff-filter=AMD", "origin/main", "HEAD").splitlines()
    outside = [name for name in found if not name.startswith("docs/")]
    (folder / "non_docs_changes.txt").write_text("".join(f"{name}\n" for name in outside[:1] or ["none"]))
    (folder / "operator_notes.md").write_text("scope: VIOLATED\n")


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


def half_d03(folder: Path) -> None:
    """Call everything sound that lies there, and touch nothing."""
    packs = sorted((folder / "packs").glob("*.json"))
    (folder / "validator_report.txt").write_text("".join(f"{pack.name}: ok\n" for pack in packs))


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


def half_d05(folder: Path) -> None:
    """Mend one and write nothing down."""
    work = folder / "work"
    pages = [work / "docs/season.md", work / "docs/carriers.md"]
    links = [(page, link) for page in pages for link in re.finditer(r"\[([^\]]+)\]\(([^)]+)\)", page.read_text())]
    page, link = next((page, link) for page, link in links if not (page.parent / link[2]).exists())
    page.write_text(page.read_text().replace(link[0], link[1]))
    sh(work, "git", "commit", "--quiet", "--all", "-m", "Mend a reference")


def gh(folder: Path, *arguments: str) -> str:
    """Ask the stand-in."""
    return sh(folder, str(folder / "bin/gh"), *arguments)


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


def half_d04(folder: Path) -> None:
    """What the list of failures shows, all to be fixed at once."""
    names = [one["name"] for one in json.loads(gh(folder, "pr", "checks", "7")) if one["bucket"] == "fail"]
    (folder / "remediation_plan.md").write_text("".join(f"{name} | test | fix | P1\n" for name in names))


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


def half_d06(folder: Path) -> None:
    """Call all of them blocked, for no reason."""
    numbers = [one["number"] for one in json.loads(gh(folder, "pr", "list"))]
    (folder / "safety_checklist.txt").write_text("".join(f"{number} | BLOCKED | none\n" for number in numbers))


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


def half_d07(folder: Path) -> None:
    """Look into one, and escalate the others unseen."""
    first, *others = [str(one["databaseId"]) for one in json.loads(gh(folder, "run", "list"))]
    log = gh(folder, "run", "view", first)
    kind, action = next((name, action) for name, (sign, action) in CLASSES.items() if sign in log)
    rows = [f"{first} | {kind} | {action}", *(f"{run} | resource | ESCALATE" for run in others)]
    (folder / "incident_log.md").write_text("\n".join(rows))


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


def half_d08(folder: Path) -> None:
    """Call the risk and leave nothing behind."""
    (folder / "risk_assessment.md").write_text("risk: LOW\nmitigation: revert the commit\n")


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
HALF_RIGHT: dict[str, Callable[[Path], None]] = {
    "D01": half_d01,
    "D02": half_d02,
    "D03": half_d03,
    "D04": half_d04,
    "D05": half_d05,
    "D06": half_d06,
    "D07": half_d07,
    "D08": half_d08,
}


def erase_d01(folder: Path) -> None:
    """Everything that was found is thrown away, and the branch put back to where the origin is."""
    work = folder / "work"
    sh(work, "git", "stash", "clear")
    sh(work, "git", "rebase", "--quit", ok=(0, 128))
    sh(work, "git", "checkout", "--quiet", "--force", "-B", "main", "origin/main")
    sh(work, "git", "clean", "--quiet", "-d", "--force")
    for place, spare in ((work, "main"), (folder / "origin.git", "main")):
        for name in sh(place, "git", "branch", "--format=%(refname:short)").split("\n"):
            if name != spare and not name.startswith("("):
                sh(place, "git", "branch", "--quiet", "-D", name)
    for name in sh(work, "git", "for-each-ref", "--format=%(refname)", "refs/remotes").split():
        if name != "refs/remotes/origin/main":
            sh(work, "git", "update-ref", "-d", name)


def erase_d02(folder: Path) -> None:
    """The whole branch is gone, and with it what was wrong on it."""
    sh(folder / "work", "git", "reset", "--quiet", "--hard", "origin/main")


def erase_d03(folder: Path) -> None:
    """No pack, no fault."""
    for pack in (folder / "packs").glob("*.json"):
        pack.unlink()


def erase_d05(folder: Path) -> None:
    """The pages with the broken references are deleted."""
    sh(folder / "work", "git", "rm", "--quiet", "--force", "docs/season.md", "docs/carriers.md")
    sh(folder / "work", "git", "commit", "--quiet", "-m", "No page, no fault")


def erase_d08(folder: Path) -> None:
    """The facts are made harmless."""
    (folder / "run.json").write_text("{}\n")


def erase_snapshot(folder: Path) -> None:
    """What the stand-in answers from is gone."""
    for file in (folder / "snapshot").iterdir():
        file.unlink()


ERASED: dict[str, Callable[[Path], None]] = {
    "D01": erase_d01,
    "D02": erase_d02,
    "D03": erase_d03,
    "D04": erase_snapshot,
    "D05": erase_d05,
    "D06": erase_snapshot,
    "D07": erase_snapshot,
    "D08": erase_d08,
}
"""Operators who make the fault's evidence disappear."""

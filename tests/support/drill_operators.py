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
from typing import TYPE_CHECKING

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
    (folder / "non_docs_changes.txt").write_text("".join(f"- `{name}`\n" for name in outside))
    (folder / "operator_notes.md").write_text("scope: VIOLATED\n")
    for name in outside:
        there = sh(work, "git", "ls-tree", "origin/main", name)
        sh(work, "git", *(("checkout", "origin/main", "--", name) if there else ("rm", "--quiet", "--cached", name)))
    sh(work, "git", "commit", "--quiet", "-m", "Back into the scope")


def half_d02(folder: Path) -> None:
    """As the predecessor's filter saw it: added, modified, deleted with renames on; nothing is brought back."""
    work = folder / "work"
    found = sh(work, "git", "diff", "--name-only", "--diff-filter=AMD", "origin/main", "HEAD").splitlines()
    outside = [name for name in found if not name.startswith("docs/")]
    (folder / "non_docs_changes.txt").write_text("".join(f"{name}\n" for name in outside[:1]))
    (folder / "operator_notes.md").write_text("scope: VIOLATED\n")


def verdict_d03(folder: Path, pack: Path) -> str:
    """The four questions, one after the other."""
    sums = dict(reversed(line.split("  ")) for line in (folder / "packs/SHA256SUMS").read_text().splitlines())
    report = json.loads(gonogo(folder, "evidence", "validate", "--json", str(pack), ok=(0, 1)))
    checked = ("ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "evidence-desk", "-n", "gonogo-drill")
    signed = sh(folder, *checked, "-s", f"{pack}.sig", stdin=pack.read_bytes(), ok=(0, 255))
    found = {
        "missing-field": bool(report["missing"]),
        "wrong-schema-version": any("VERSION" in one["code"] for one in report["errors"]),
        "wrong-name": json.loads(pack.read_bytes())["evidence_pack_id"] != pack.stem,
        "wrong-digest": hashlib.sha256(pack.read_bytes()).hexdigest() != sums[pack.name],
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
    for page in (work / "docs/season.md", work / "docs/carriers.md"):
        mended, count = re.subn(r"See \[([^\]]+)\]\([^)]+\) before", r"See \1 before", page.read_text(), count=1)
        page.write_text(mended)
        if count:
            break
    sh(work, "git", "commit", "--quiet", "--all", "-m", "Mend a reference")


EXPERTS: dict[str, Callable[[Path], None]] = {
    "D01": expert_d01,
    "D02": expert_d02,
    "D03": expert_d03,
    "D05": expert_d05,
}
HALF_RIGHT: dict[str, Callable[[Path], None]] = {
    "D01": clean_d01,
    "D02": half_d02,
    "D03": half_d03,
    "D05": half_d05,
}

"""What is undone, thrown away or made green the wrong way at a drill's desk fails, drill by drill."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gonogo.drills import Session, drill_named, start
from gonogo.drills.bench import Bench
from gonogo.drills.interface import Dice, overall
from support.drill_desks import begin
from support.drill_hands import sh
from support.drill_operators import EXPERTS
from support.terminal import small_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo_agents.world import World

Passed: TypeAlias = "Callable[[str], tuple[World, Session, Path]]"


def _verdict(world: World, session: Session, folder: Path | None = None) -> tuple[str, set[str]]:
    bench = Bench(world, folder or Path(session.folder))
    found = drill_named(session.drill).judge(bench, session.planted)
    broken = {name for name, one in found.items() if one.verdict != "PASS"}
    return overall(found, session.before, in_time=True), broken


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Passed:
    """A desk on which an expert has passed the drill, of seed 1, made once and copied for each who asks."""

    @functools.cache
    def done(drill: str) -> tuple[World, Session, Path]:
        made = begin(tmp_path_factory.mktemp(drill), drill)
        EXPERTS[drill](made[2])
        assert _verdict(*made) == ("PASS", set())
        return made

    def copied(drill: str) -> tuple[World, Session, Path]:
        world, session, folder = done(drill)
        copy = tmp_path_factory.mktemp("copy") / "desk"
        shutil.copytree(folder, copy, symlinks=True)
        return world, session, copy

    return copied


@pytest.mark.parametrize("seed", [0, 1, 3], ids=["what lies aside", "a rebase", "not pushed"])
def test_d01_throwing_work_away_fails(seed: int, tmp_path: Path) -> None:
    world, session, folder = begin(tmp_path, "D01", seed)
    EXPERTS["D01"](folder)
    work = folder / "work"
    for branch in ("rescued", *sh(folder / "origin.git", "git", "branch", "--format=%(refname:short)").split()):
        if branch != "main":
            sh(folder / "origin.git", "git", "branch", "--quiet", "-D", branch, ok=(0, 1))
    sh(work, "git", "checkout", "--quiet", "--detach", "origin/main")
    sh(work, "git", "stash", "clear")
    for ref in sh(work, "git", "for-each-ref", "--format=%(refname)").split():
        if not ref.endswith("/main") or ref == "refs/heads/main":
            sh(work, "git", "update-ref", "-d", ref)
    sh(work, "git", "checkout", "--quiet", "-b", "main")
    assert _verdict(world, session) == ("FAIL", {"nothing-lost"})


def test_d01_a_stash_below_another_is_not_lost(tmp_path: Path) -> None:
    world = small_world(tmp_path)
    session = start(world, drill_named("D01"), 7, 1, "ada", None)
    EXPERTS["D01"](Path(session.folder))
    assert len(sh(Path(session.folder) / "work", "git", "stash", "list").splitlines()) > 1
    assert _verdict(world, session) == ("PASS", set())


def test_d01_rewriting_the_origin_fails(passed: Passed) -> None:
    world, session, folder = passed("D01")
    other = sh(folder / "work", "git", "commit-tree", "-m", "new", "HEAD^{tree}")
    sh(folder / "work", "git", "push", "--quiet", "--force", "origin", f"{other}:refs/heads/main")
    assert "origin-kept" in _verdict(world, session, folder)[1]
    assert _verdict(world, session, folder)[0] == "FAIL"


def test_d02_dropping_the_documents_or_moving_the_base_fails(passed: Passed) -> None:
    world, session, folder = passed("D02")
    work = folder / "work"
    head = sh(work, "git", "rev-parse", "HEAD")
    sh(work, "git", "reset", "--quiet", "--hard", "origin/main")
    assert _verdict(world, session, folder) == ("FAIL", {"docs-kept"})
    sh(work, "git", "reset", "--quiet", "--hard", head)
    sh(work, "git", "update-ref", "refs/remotes/origin/main", head)
    assert _verdict(world, session, folder) == ("FAIL", {"base-kept"})


def test_d03_mending_or_losing_evidence_fails(passed: Passed) -> None:
    world, session, folder = passed("D03")
    first, second = sorted((folder / "quarantine").glob("*.json"))[:2]
    data = first.read_bytes()
    first.write_bytes(data + b"\n")
    assert _verdict(world, session, folder) == ("FAIL", {"evidence-kept", "quarantined"})
    first.write_bytes(data)
    assert _verdict(world, session, folder) == ("PASS", set())
    second.unlink()
    assert _verdict(world, session, folder) == ("FAIL", {"evidence-kept", "quarantined"})


def test_d03_setting_everything_apart_fails(tmp_path: Path) -> None:
    world, session, folder = begin(tmp_path, "D03")
    for pack in (folder / "packs").glob("*.json"):
        pack.rename(folder / "quarantine" / pack.name)
    assert _verdict(world, session)[0] == "FAIL"


@pytest.mark.parametrize("cheat", ["hollow", "page", "baseline", "marker", "alike"])
def test_d05_a_gate_made_green_the_wrong_way_fails(cheat: str, passed: Passed) -> None:
    world, session, folder = passed("D05")
    work = folder / "work"
    if cheat == "hollow":
        target = work / session.planted["missing"][0]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    elif cheat == "page":
        (work / "docs/rules.md").unlink()
    elif cheat == "marker":
        (work / "docs/rules.md").write_text("# Rules\n\nSee [no](no.md). <!-- ref-target-ignore -->\n")
    elif cheat == "baseline":
        (work / "docs/link-debt.json").write_text("{}")
    else:
        for page in (work / "docs/season.md", work / "docs/carriers.md"):
            page.write_text(page.read_text().replace(session.planted["alike"][0], "Gone."))
    sh(work, "git", "add", "--all")
    sh(work, "git", "commit", "--quiet", "-m", "Green")
    verdict, broken = _verdict(world, session, folder)
    assert verdict == "FAIL"
    assert ("alike-kept" if cheat == "alike" else "pages-kept") in broken


def test_who_writes_down_every_answer_has_given_none(tmp_path: Path) -> None:
    world, session, folder = begin(tmp_path, "D05")
    EXPERTS["D05"](folder)
    log = folder / "remediation_log.txt"
    true = log.read_text()
    for wrong in (true.replace("remove", "create correct remove"), true + true.replace("remove", "correct")):
        log.write_text(wrong)
        assert _verdict(world, session) == ("PARTIAL", {"logged"})
    log.write_text(true.replace("remove", "create"))
    assert _verdict(world, session) == ("PARTIAL", {"logged"}), "what was created would be there"
    world, session, folder = begin(tmp_path / "other", "D08")
    EXPERTS["D08"](folder)
    (page,) = (folder / "work/docs/ops/runs").glob("*.md")
    page.write_text(re.sub(r"(- \*\*Run:\*\*).*", r"\1 L0 L1 L2 L3 L4 / model-0 model-1 model-2", page.read_text()))
    sh(folder / "work", "git", "commit", "--quiet", "--all", "-m", "Every layer")
    assert _verdict(world, session) == ("PARTIAL", {"summary"})


@pytest.mark.parametrize("drill", ["D04", "D06", "D07"])
def test_the_snapshot_may_not_be_changed(drill: str, passed: Passed) -> None:
    world, session, folder = passed(drill)
    next((folder / "snapshot").glob("*.json")).unlink()
    assert _verdict(world, session, folder) == ("FAIL", {"snapshot-kept"})


def test_d06_a_merge_that_was_tried_or_hidden_fails(passed: Passed) -> None:
    world, session, folder = passed("D06")
    sh(folder, str(folder / "bin/gh"), "pr", "merge", "40", "--auto", ok=(1,))
    assert _verdict(world, session, folder) == ("FAIL", {"dry-run"})
    (folder / "gh-asked.log").unlink()
    assert _verdict(world, session, folder) == ("FAIL", {"dry-run"})


@pytest.mark.parametrize(("drill", "criterion"), [("D06", "dry-run"), ("D07", "looked")])
def test_the_record_of_what_was_asked_takes_lines_and_gives_none_back(
    drill: str, criterion: str, passed: Passed
) -> None:
    world, session, folder = passed(drill)
    log, chain = folder / "gh-asked.log", folder / "gh-asked.chain"
    before, value = log.read_text(), chain.read_text()
    for words in (("pr", "merge", "40"), ("two\nlines", "a\\nb"), ("\udcff",), ()):
        sh(folder, str(folder / "bin/gh"), *words, ok=(1,))
    assert _verdict(world, session, folder)[1] == ({criterion} if drill == "D06" else set())
    log.write_text(before)
    assert criterion in _verdict(world, session, folder)[1], "the line that was taken out stands in the chain"
    chain.write_text(value)
    assert _verdict(world, session, folder)[1] == set(), "as it was before: that needs a copy made in advance"
    log.write_text(before + "run view 1\n")
    assert criterion in _verdict(world, session, folder)[1], "a line that was never asked"
    chain.unlink()
    assert criterion in _verdict(world, session, folder)[1]


def test_d07_a_watch_hangs_as_announced(tmp_path: Path) -> None:
    _, _, folder = begin(tmp_path, "D07")
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([folder / "bin/gh", "run", "watch", "1"], timeout=1, capture_output=True, check=False)


def test_d08_other_facts_fail(passed: Passed) -> None:
    world, session, folder = passed("D08")
    facts = folder / "run.json"
    facts.write_text(facts.read_text().replace("PASS", "FAIL"))
    assert _verdict(world, session, folder) == ("FAIL", {"facts-kept"})


HIDING = {
    "assume-unchanged": ("git", "update-index", "--assume-unchanged", "README.md"),
    "skip-worktree": ("git", "update-index", "--skip-worktree", "README.md"),
    "no untracked files": ("git", "config", "status.showUntrackedFiles", "no"),
    "no modes": ("git", "config", "core.fileMode", "false"),
    "exclude": ("sh", "-c", "echo new.txt >> .git/info/exclude"),
}


@pytest.mark.parametrize(("drill", "how"), [*(("D08", how) for how in HIDING), ("D01", "exclude"), ("D05", "exclude")])
def test_a_tree_that_only_looks_clean_is_not(drill: str, how: str, passed: Passed) -> None:
    world, session, folder = passed(drill)
    assert _verdict(world, session, folder)[0] == "PASS"
    work = folder / "work"
    (work / "new.txt").write_text("new")
    (work / "README.md").chmod(0o755)
    sh(work, *HIDING[how])
    if how not in {"no untracked files", "exclude"}:
        (work / "new.txt").unlink()
    if how in {"no untracked files", "exclude"}:
        (work / "README.md").chmod(0o644)
    assert sh(work, "git", "status", "--porcelain") == ""
    assert _verdict(world, session, folder)[0] != "PASS"


def test_d02_a_rename_out_of_the_code_has_two_ends(tmp_path: Path) -> None:
    draw = drill_named("D02").draw
    seed = next(one for one in range(99) if "rename" in draw(Dice("D02", one), 1 + one % 3)["changes"])
    world, session, folder = begin(tmp_path, "D02", seed)
    EXPERTS["D02"](folder)
    sh(folder / "work", "git", "rm", "--quiet", "src/notes.md")
    sh(folder / "work", "git", "commit", "--quiet", "-m", "Move the notes after all")
    assert _verdict(world, session) == ("PARTIAL", {"docs-only"})

"""Drills with real git, gonogo and ssh-keygen: who can do it passes, who does nothing fails, who cheats is caught."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gonogo.drills import DRILLS, Session, drill_named, look, score, start
from gonogo.drills.bench import Bench
from gonogo.drills.interface import Dice, overall
from gonogo.drills.result import home
from gonogo.drills.session import check_scorecard, find, save, scorecard
from gonogo_evidence.errors import BadInput, IntegrityBroken, Refused
from support.drill_operators import ERASED, EXPERTS, HALF_RIGHT, sh
from support.terminal import small_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo_agents.world import World

Passed: TypeAlias = "Callable[[str], tuple[World, Session, Path]]"
SEEDS = range(5)
NAMES = [drill.drill_id for drill in DRILLS]


def begin(tmp_path: Path, drill: str, seed: int = 1) -> tuple[World, Session, Path]:
    """A session in a world of its own; its difficulty follows from the seed."""
    world = small_world(tmp_path)
    session = start(world, drill_named(drill), seed, 1 + seed % 3, "ada", None)
    return world, session, home(world) / "desks" / session.session


def later(world: World, minutes: float) -> World:
    """The same world, so many minutes on."""
    now = world.now
    return replace(world, now=lambda: now() + timedelta(minutes=minutes))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("drill", NAMES)
def test_nothing_done_fails_half_is_partial_an_expert_passes_a_cheat_is_caught(
    drill: str, seed: int, tmp_path: Path
) -> None:
    world, session, folder = begin(tmp_path, drill, seed)
    nothing, _ = look(world, session)
    assert overall(nothing, session.before, in_time=True) == "FAIL"
    assert {name: one.verdict for name, one in nothing.items()} == session.before
    assert set(nothing) == set(drill_named(drill).criteria)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, symlinks=True)
    HALF_RIGHT[drill](copy)
    half = drill_named(drill).judge(Bench(world, copy), session.planted)
    assert overall(half, session.before, in_time=True) == "PARTIAL", half
    assert any(one.verdict != "PASS" and session.before[name] != "PASS" for name, one in half.items())
    ERASED[drill](copy)
    erased = drill_named(drill).judge(Bench(world, copy), session.planted)
    assert overall(erased, session.before, in_time=True) == "FAIL", "the fault's evidence is gone"
    EXPERTS[drill](folder)
    with pytest.raises(Refused, match="DRILL_CLOCK"):
        score(later(world, -60), session)
    for herself in ("ada", " ADA ", "Ada <ADA>", "a\u200bda"):
        with pytest.raises(Refused, match="DRILL_SAME_PERSON"):
            score(world, session, herself)
    done = score(world, session)
    card = done.scored
    assert (card["verdict"], card["timebox"]) == ("PASS", "WITHIN"), card
    assert all(one["pointer"] and one["actual"] and one["expected"] for one in card["criteria"])
    check_scorecard(done)
    scorecard(done).write_text(scorecard(done).read_text().replace('"hints": 0', '"hints": 1'))
    with pytest.raises(IntegrityBroken, match="DRILL_SCORECARD"):
        check_scorecard(done)


@pytest.mark.parametrize("drill", NAMES)
def test_the_seed_reproduces_the_desk(drill: str, tmp_path: Path) -> None:
    planted = [begin(tmp_path / str(number), drill, 3)[1].planted for number in range(2)]
    facts = [{name: words for name, words in one.items() if name not in {"root", "chain"}} for one in planted]
    assert facts[0] == facts[1]


def test_over_the_timebox_is_partial_at_best(tmp_path: Path) -> None:
    world, session, folder = begin(tmp_path, "D02")
    EXPERTS["D02"](folder)
    card = score(later(world, 10.1), session).scored
    assert (card["verdict"], card["timebox"]) == ("PARTIAL", "EXCEEDED")


def test_a_clock_that_was_set_back_is_caught(tmp_path: Path) -> None:
    world, session, folder = begin(tmp_path, "D02")
    with pytest.raises(Refused, match="DRILL_CLOCK"):
        look(later(world, -30), session)
    EXPERTS["D02"](folder)
    ahead = (later(world, 30).now()).timestamp()
    os.utime(folder / "operator_notes.md", (ahead, ahead))
    with pytest.raises(Refused, match="DRILL_CLOCK"):
        score(world, session)


@pytest.mark.parametrize("field", ["started", "seen", "planted", "before", "scored", "hints", "operator"])
def test_an_edited_record_is_caught(field: str, tmp_path: Path) -> None:
    world, session, _ = begin(tmp_path, "D03")
    place = home(world) / "sessions" / f"{session.session}.json"
    stored = json.loads(place.read_bytes())
    stored["body"][field] = {"planted": {}, "before": {}, "scored": {"verdict": "PASS"}, "hints": 7}.get(field, "x")
    place.write_text(json.dumps(stored))
    with pytest.raises(IntegrityBroken, match="DRILL_STATE"):
        find(world, "latest")


def test_a_record_under_another_name_is_caught(tmp_path: Path) -> None:
    world, session, _ = begin(tmp_path, "D03")
    place = home(world) / "sessions" / f"{session.session}.json"
    place.rename(place.with_name("20260101-000000-D01-beef.json"))
    with pytest.raises(IntegrityBroken, match="DRILL_STATE"):
        find(world, "latest")


@pytest.mark.parametrize("how", ["edited", "gone"])
def test_a_scorecard_that_is_not_the_one_written_is_caught(how: str, tmp_path: Path) -> None:
    world, session, _ = begin(tmp_path, "D03")
    done = score(world, session)
    check_scorecard(done)
    card = scorecard(done)
    if how == "gone":
        card.unlink()
    else:
        card.write_text(card.read_text().replace('"verdict": "FAIL"', '"verdict": "PASS"'))
    with pytest.raises(IntegrityBroken, match="DRILL_SCORECARD"):
        check_scorecard(done)


def test_a_session_is_scored_once_and_not_by_who_acted(tmp_path: Path) -> None:
    world, session, _ = begin(tmp_path, "D03")
    with pytest.raises(Refused, match="DRILL_SAME_PERSON"):
        score(world, session, " ADA ")
    done = score(world, session, "grace")
    assert done.scored["validator"] == "grace"
    with pytest.raises(Refused, match="DRILL_SCORED"):
        score(world, find(world, "latest"))


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


def test_a_desk_that_is_gone_or_broken_is_said(tmp_path: Path) -> None:
    world, session, folder = begin(tmp_path, "D01")
    shutil.rmtree(folder / "work")
    with pytest.raises(BadInput, match="DRILL_DESK"):
        look(world, session)
    shutil.rmtree(folder)
    with pytest.raises(BadInput, match="DRILL_DESK"):
        look(world, session)


def test_a_folder_with_something_in_it_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    with pytest.raises(BadInput, match="DRILL_FOLDER"):
        start(small_world(tmp_path), drill_named("d01"), 1, 1, "ada", tmp_path / "mine")


@pytest.mark.parametrize("name", ["two\nlines", "bell\a", "tick`", "turned\u202eround"])
def test_a_folder_that_no_line_of_notes_can_name_is_not_used(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="DRILL_FOLDER"):
        start(small_world(tmp_path), drill_named("D01"), 1, 1, "ada", tmp_path / name)


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


def test_hints_and_looks_are_kept(tmp_path: Path) -> None:
    world, session, _ = begin(tmp_path, "D03")
    save(world, replace(session, hints=2))
    assert score(world, find(world, session.session[-4:])).scored["hints"] == 2


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

"""Drills with real git, gonogo and ssh-keygen: who can do it passes, who does nothing fails, who cheats is caught."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gonogo.drills import DRILLS, drill_named, look, score, start
from gonogo.drills.bench import Bench
from gonogo.drills.interface import overall
from gonogo.drills.result import home
from gonogo.drills.session import check_scorecard, find, save, scorecard
from gonogo_evidence.errors import BadInput, IntegrityBroken, Refused
from support.drill_desks import begin
from support.drill_erased import ERASED
from support.drill_half_right import HALF_RIGHT
from support.drill_operators import EXPERTS
from support.terminal import small_world

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.world import World

SEEDS = range(5)
NAMES = [drill.drill_id for drill in DRILLS]


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


def test_hints_and_looks_are_kept(tmp_path: Path) -> None:
    world, session, _ = begin(tmp_path, "D03")
    save(world, replace(session, hints=2))
    assert score(world, find(world, session.session[-4:])).scored["hints"] == 2

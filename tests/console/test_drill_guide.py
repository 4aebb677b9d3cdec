"""The guided drill and the tutorial made of it; what is under way; which drill is next, and why; the history drawn."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from gonogo.drills import DRILLS, Session, drill_named, look, score, start
from gonogo.drills.choice import LOAD, RISK, WEIGHTS, ranked
from gonogo.drills.guide import next_step
from gonogo.drills.history import ROUND, competence
from gonogo.main import main
from support.drill_hands import sh
from support.drill_operators import EXPERTS
from support.terminal import small_world
from support.tutorial import PAGES, page

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def drill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """``gonogo drill``; its document."""

    def call(*words: str, ok: int = 0) -> Any:  # noqa: ANN401 - any JSON
        code = main(["drill", *words, "--json"], world=small_world(tmp_path))
        said = capsys.readouterr().out
        assert code == ok, said
        return json.loads(said)

    return call


@pytest.mark.parametrize("seed", [0, 1, 5], ids=["a sound desk", "a rebase", "a detached HEAD"])
def test_who_follows_the_guide_gets_every_criterion(seed: int, tmp_path: Path) -> None:
    """On any desk, not only the tutorial's; and is PARTIAL, for whoever is told the answers did not find them."""
    world = small_world(tmp_path)
    session = start(world, drill_named("D01"), seed, 1 + seed % 3, "ada", None, guided=True)
    work, told = Path(session.folder) / "work", list[str]()
    while step := next_step(drill_named("D01"), look(world, session)[0]):
        assert step[1].criterion not in told, "a step that was done shows on the desk"
        told.append(step[1].criterion)
        for command in step[1].commands:
            sh(work, "sh", "-c", command)
    done = score(world, session)
    assert (done.scored["verdict"], done.scored["guided"]) == ("PARTIAL", True)
    assert {one["verdict"] for one in done.scored["criteria"]} == {"PASS"}
    assert told[0] == "notes"


@pytest.mark.parametrize("language", PAGES)
def test_the_tutorial_is_what_the_commands_say(language: str) -> None:
    assert PAGES[language].read_text(encoding="utf-8") == page(language)


def test_the_guide_tells_the_next_step_until_all_are_done(
    drill: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = drill("start", "d01", "--guide", "--operator", "ada", "--dir", str(tmp_path / "a b"))
    assert (begun["seed"], begun["difficulty"], begun["guided"]) == (7, 1, True)
    assert (drill("guide")["step"], drill("guide")["criterion"]) == (1, "notes")
    assert main(["drill", "guide"], world=small_world(tmp_path)) == 0
    assert f"    cd '{tmp_path}/a b/work'\n" in capsys.readouterr().out, "ready to paste, whatever the folder is called"
    EXPERTS["D01"](Path(begun["folder"]))
    assert drill("guide")["step"] is None
    assert drill("start", "D02", "--guide", "--operator", "ada", ok=2)["error"]["code"] == "DRILL_NO_GUIDE"
    drill("start", "D04", "--operator", "ada")
    assert drill("guide", ok=2)["error"]["code"] == "DRILL_NO_GUIDE"


def test_status_shows_how_much_and_never_what(drill: Callable[..., Any], tmp_path: Path) -> None:
    assert drill("status")["sessions"] == []
    begun = drill("start", "D03", "--seed", "3", "--operator", "ada", "--dir", str(tmp_path / "desk"))
    (one,) = drill("status")["sessions"]
    assert (one["work_done"], one["guards_held"], one["error"]) == (0, one["guards"], "")
    assert 14 < one["minutes_left"] <= 15
    EXPERTS["D03"](tmp_path / "desk")
    (one,) = drill("status")["sessions"]
    assert one["work_done"] == one["work"] > 0
    assert not {"criteria", "planted", "actual"} & one.keys()
    (tmp_path / "desk" / "packs").rename(tmp_path / "gone")
    assert drill("status")["sessions"][0]["error"] == ""
    (tmp_path / "desk").rename(tmp_path / "moved")
    assert drill("status")["sessions"][0]["error"] == "DRILL_DESK"
    assert main(["drill", "status"], world=small_world(tmp_path)) == 0
    assert begun["session"]


def test_next_starts_the_drill_that_the_list_recommends(drill: Callable[..., Any]) -> None:
    first = drill("list")["next"]
    begun = drill("start", "--next", "--operator", "ada", "--seed", "1", "--difficulty", "1")
    assert begun["drill"] == first
    EXPERTS[first](Path(begun["folder"]))
    drill("score")
    then = drill("list")
    assert then["next"] != first, "what was just passed is not next"
    assert drill("list", "--operator", "eve")["next"] == first, "another one's history is another one's"
    assert re.fullmatch(rf"{then['next']} is next, \d+ of 65 points: never passed, .*\.", then["why"])
    for wrong in ((), ("D01", "--next")):
        assert drill("start", *wrong, "--operator", "ada", ok=2)["error"]["code"] == "DRILL_UNKNOWN"


def past(drill_id: str, verdict: str, days: float, *missed: str) -> Session:
    """A session that was scored so many days ago."""
    ended = (NOW - timedelta(days=days)).isoformat()
    criteria = [
        {"criterion": name, "verdict": "FAIL" if name in missed else "PASS"} for name in drill_named(drill_id).criteria
    ]
    card = {"verdict": verdict, "ended": ended, "criteria": criteria}
    return Session(f"{ended}-{drill_id}", drill_id, 1, 1, "ada", ended, ended, "", {}, {}, scored=card)


ALL = [past(one.drill_id, "PASS", 1) for one in DRILLS]


def test_what_is_overdue_or_missed_comes_first() -> None:
    fresh = {one.drill: one.points for one in ranked(ALL, NOW)}
    for drill_id, now in fresh.items():
        others = [one for one in ALL if one.drill != drill_id]
        overdue = {one.drill: one.points for one in ranked([*others, past(drill_id, "PASS", 90)], NOW)}
        never = {one.drill: one.points for one in ranked(others, NOW)}
        first = next(iter(drill_named(drill_id).criteria))
        weak = ranked([*ALL, past(drill_id, "FAIL", 0.5, first)], NOW)
        assert now < overdue[drill_id] <= never[drill_id]
        assert {one.drill: one.points for one in weak}[drill_id] > now
        assert next(one.missed for one in weak if one.drill == drill_id) == first
        assert {**overdue, drill_id: 0} == {**fresh, drill_id: 0}, "one drill's history moves no other's points"


def test_the_weights_are_the_metadrills_and_no_drill_has_more_than_65() -> None:
    assert sorted(WEIGHTS.values(), reverse=True) == [3, 3, 2, 2, 2, 1]
    ids = {one.drill_id for one in DRILLS}
    assert RISK.keys() == ids
    assert LOAD.keys() <= ids
    assert {*RISK.values(), *LOAD.values()} <= set(range(1, 6))
    failed = [past(one.drill_id, "FAIL", 1, *one.criteria) for one in DRILLS for _ in range(3)]
    points = [one.points for one in ranked(failed, NOW)]
    assert points == sorted(points, reverse=True)
    assert all(13 <= one <= 65 for one in [*points, *(one.points for one in ranked(ALL, NOW))])


def test_competence_rises_with_what_is_passed_and_falls_when_it_is_due_again() -> None:
    days = ROUND.days
    rows = [past("D01", "PASS", 2 * days), past("D02", "PASS", days), past("D02", "FAIL", 5), past("D03", "PASS", 1)]
    assert [count for _, count, _ in competence(rows)] == [1, 2, 1, 2]
    assert competence([replace(rows[0], scored={})]) == []


def test_the_history_is_drawn(drill: Callable[..., Any], tmp_path: Path) -> None:
    picture = tmp_path / "history.svg"
    assert drill("history", "--svg", str(picture), ok=2)["error"]["code"] == "DRILL_NO_HISTORY"
    for operator in ("<b>&eve", "ada"):
        drill("start", "D04", "--seed", "2", "--operator", operator, "--dir", str(tmp_path / operator[-3:]))
        EXPERTS["D04"](tmp_path / operator[-3:])
        drill("score")
    told = drill("history", "--svg", str(picture))
    assert told["sessions"][0]["verdict"] == "PASS"
    drawn = ET.fromstring(picture.read_text())  # noqa: S314 - our own
    titles = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 1 + 2
    assert "<b>&eve: PASS; 1/8" in str(titles[1])

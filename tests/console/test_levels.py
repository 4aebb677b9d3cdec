"""The whole loop at each level of isolation: same core, and everything says which level it was."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gonogo.main import main
from gonogo_agents import confine
from gonogo_agents.workers import NoIsolation, Workers
from gonogo_agents.world import World
from gonogo_graph.drive import carry_on
from gonogo_graph.proof import pack_folder
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, start_run
from gonogo_policies.packaged import packaged_config
from support.crash import rows
from support.desk import make_desk

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.workers import Crew
    from support.desk import Desk

LINUX = "filter" in confine.offered()
LEVELS = [level for level in confine.LEVELS if LINUX or level != "sealed"]
CORE = ("core/pack.json", "core/inventory.json", "core/run-plan.json", "core/validator-report.json")


def crew_of(level: confine.Level, world: World) -> Crew:
    """A crew that can give just this level."""
    if level == "none":
        return NoIsolation()
    return Workers(world) if level == "sealed" else Workers(world, layers=confine.PORTABLE)


def run_at(level: confine.Level, desk: Desk) -> Path:
    """A run to the hold point; its pack."""
    world = World(env=desk.environment())
    with open_session(world, desk.repo.path) as session, closing(crew_of(level, world)) as crew:
        context = start_run(
            Options(layer="L0", reason="test", operator="ada"),
            world=world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        row = carry_on(context, crew=crew).row
        assert (row.state, row.verdict) == ("AWAITING_OPERATOR", "PASS")
        return pack_folder(context)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = make_desk(tmp_path_factory.mktemp("levels"))
    made.enrol()
    made.let_unproven_sign()
    return made


@pytest.fixture(scope="module")
def packs(desk: Desk) -> dict[str, Path]:
    """One run a level, of the same change."""
    return {level: run_at(level, desk) for level in LEVELS}


@pytest.mark.parametrize("level", LEVELS)
def test_pack_and_card_say_the_level(packs: dict[str, Path], level: str) -> None:
    around = json.loads((packs[level] / "environment.json").read_bytes())
    assert around["isolation"] == level
    expected = {"sealed": list(confine.offered()), "process": list(confine.PORTABLE), "none": []}
    assert around["layers"] == expected[level]
    assert f"isolation: {level} · " in (packs[level] / "review" / "card.txt").read_text()
    rules = {finding["rule"] for finding in _risks(packs[level])}
    assert ("R-ISOLATION-NONE" in rules, "R-GATES-OPEN" in rules) == (level == "none", True), "gates have fences anyway"


def _risks(pack: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((pack / "review" / "risk-review.json").read_bytes())["risks"]
    return found


def test_the_core_is_the_same_at_every_level(packs: dict[str, Path]) -> None:
    for name in CORE:
        assert len({(pack / name).read_bytes() for pack in packs.values()}) == 1, name


@pytest.mark.parametrize("level", LEVELS)
def test_a_run_of_every_level_is_signed_committed_and_verified(desk: Desk, packs: dict[str, Path], level: str) -> None:
    run = json.loads((packs[level] / "environment.json").read_bytes())["run_id"]
    signed = desk.json("sign", run, "--decision", "GO", "--reason", "seen", code=0)
    assert (signed["state"], signed["decision"]) == ("COMMITTED", "GO")
    done = desk.gonogo("verify", run)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_level_that_is_not_there_is_refused_before_any_run_exists(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(desk, "SELECT count(*) FROM runs")
    monkeypatch.chdir(desk.repo.path)
    monkeypatch.setattr("gonogo_agents.confine.offered", lambda: confine.PORTABLE)
    words = ["run", "--layer", "L0", "--reason", "test", "--require-isolation", "sealed"]
    assert main(words, world=World(env=desk.environment())) == 3
    said = capsys.readouterr()
    assert "ISOLATION_TOO_LOW" in said.err
    assert "gonogo doctor" in said.err
    assert rows(desk, "SELECT count(*) FROM runs") == before


@pytest.mark.skipif(not LINUX, reason="sealing needs Linux")
def test_a_level_that_is_there_lets_the_run_begin(desk: Desk) -> None:
    run = desk.run("--require-isolation", "sealed")
    around = json.loads((desk.repo.path / "data" / "evidence_packs" / run["pack_id"] / "environment.json").read_bytes())
    assert around["isolation"] == "sealed"

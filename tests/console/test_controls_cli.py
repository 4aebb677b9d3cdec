"""``gonogo controls``: every line of the runbook, its check, its test and its evidence; a hole is exit 1."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from gonogo.main import main
from gonogo_agents.world import World
from gonogo_evidence.canonical import digest_of
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.desk import Desk

RUNBOOK = tomllib.loads((packaged_config() / "runbook.toml").read_text())["control"]


def asked(desk: Desk, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401 - a document
    found = main(["controls", *words, "--json", "--repo", str(desk.repo.path)], world=World(env=desk.environment()))
    said = capsys.readouterr()
    assert found == code, said.err
    return json.loads(said.out)


def test_every_line_is_there_with_its_check_and_what_shows_it(
    waiting: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = asked(waiting, capsys, "--coverage")
    keys = ("id", "step", "role", "hard", "check", "test")
    assert [[one[key] for key in keys] for one in listed["controls"]] == [
        [one.get(key) for key in keys] for one in RUNBOOK
    ]
    assert listed["holes"] == []
    planned = [one for one in listed["controls"] if one["coverage"] == "planned"]
    assert {one["id"] for one in planned} == {one["id"] for one in RUNBOOK if not one["built"]}
    assert all(one["planned_with"] and one["test"] is None for one in planned)


def test_a_packs_evidence_is_where_it_says_by_path_and_digest(
    waiting: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = asked(waiting, capsys, "latest", "--coverage")
    assert listed["holes"] == []
    (pack,) = (path for path in waiting.state_folder().glob("runs/*/pack/EVP-*") if path.is_dir())
    shown = [one["evidence"] for one in listed["controls"] if one["coverage"] == "covered"]
    assert len(shown) == sum(one["hard"] and one["built"] for one in RUNBOOK)
    for one in shown:
        assert one["sha256"] == digest_of((pack / one["file"]).read_bytes())
    live = next(one for one in listed["controls"] if one["id"] == "A-5")
    assert (live["evidence"]["file"], live["evidence"]["verdict"]) == ("core/pack.json", "PASS")


def test_evidence_that_is_gone_is_a_hole(waiting: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    (pack,) = (path for path in waiting.state_folder().glob("runs/*/pack/EVP-*") if path.is_dir())
    copy = shutil.copytree(pack, tmp_path / pack.name)
    (copy / "core/inventory.json").unlink()
    listed = asked(waiting, capsys, str(copy), "--coverage", code=1)
    assert set(listed["holes"]) == {one["id"] for one in RUNBOOK if one["hard"] and one["check"].startswith("B-")}
    assert asked(waiting, capsys, str(copy))["holes"] == listed["holes"], (
        "without --coverage it is listed, and no error"
    )


def test_a_hard_control_without_a_test_is_a_hole(
    waiting: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gonogo_policies.controls.coverage", lambda one: "hole" if one.id == "A-5" else "soft")
    assert asked(waiting, capsys, "--coverage", code=1)["holes"] == ["A-5"]


def test_in_german_for_people(waiting: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--lang", "de", "controls", "--step", "A", "--coverage", "--repo", str(waiting.repo.path)]
    assert main(words, world=World(env=waiting.environment())) == 0
    said = capsys.readouterr().out
    assert "abgedeckt" in said
    assert "A-LIVE" in said
    assert "B-SCHEMA" not in said

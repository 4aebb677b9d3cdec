"""What the doctor finds, on machines that have everything and on machines that lack something."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gonogo.main import main
from gonogo_agents.confine import offered
from gonogo_agents.world import Command, Completed, ProgramMissing, World, run_command
from support.terminal import small_world


@pytest.fixture
def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HOME, and a repository with one commit as the current folder."""
    home, root = tmp_path / "home", tmp_path / "repository"
    home.mkdir()
    root.mkdir()
    (root / "a.txt").write_text("a\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True)
    monkeypatch.chdir(root)
    return home


def _world(home: Path, **env: str) -> World:
    return small_world(home, **env)


def _look(
    capsys: pytest.CaptureFixture[str], world: World, *arguments: str
) -> tuple[int, dict[str, Any], dict[str, Any]]:
    code = main(["doctor", "--json", *arguments], world=world)
    document = json.loads(capsys.readouterr().out)
    return code, {item["id"]: item for item in document["checks"]}, document


def _enrol(home: Path, document: dict[str, Any]) -> None:
    ssh = home / ".ssh"
    ssh.mkdir(mode=0o700)
    key = ssh / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    kind, blob = (ssh / "id_ed25519.pub").read_text().split()[:2]
    trust = Path(document["places"]["trust"])
    trust.mkdir(parents=True, mode=0o700)
    line = f'alice namespaces="gonogo-signoff@v1,gonogo-close@v1" {kind} {blob}\n'
    (trust / "allowed_signers").write_text(line)


def test_nobody_enrolled_is_3_with_the_command_that_enrols(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, items, document = _look(capsys, _world(seat))
    assert code == 3
    assert document["schema"] == "gonogo/doctor/v1"
    assert document["verdict"] == "INCONCLUSIVE"
    assert document["isolation"] == ("sealed" if "filter" in offered() else "process")
    assert {layer for layer, state in document["layers"].items() if state == "on"} == set(offered())
    held = "fenced" if {"landlock", "filter"} <= set(offered()) else "process"
    assert {name: one["level"] for name, one in document["fences"].items()} == {"gates": held, "git": held}
    assert all(one["tried"]["own"] for one in document["fences"].values())
    assert [name for name, item in items.items() if item["state"] == "missing"] == ["signer"]
    assert "gonogo init" in items["signer"]["next"]
    assert document["not_checked"]


def test_an_enrolled_signer_with_a_key_is_0(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, before = _look(capsys, _world(seat))
    _enrol(seat, before)
    code, items, document = _look(capsys, _world(seat))
    assert (code, document["verdict"]) == (0, "PASS")
    assert "alice SHA256:" in items["signer"]["text"]
    assert items["key"]["state"] == "ok"
    assert document["signers"][0]["principal"] == "alice"
    assert document["trust_files"]["allowed_signers"] == "trust"


def test_places_and_files_are_named_with_the_reason(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, document = _look(capsys, _world(seat))
    assert document["places"]["state"].startswith(str(seat / ".local/state/gonogo"))
    assert document["places"]["trust"].startswith(str(seat / ".config/gonogo/trust"))
    assert all(entry["why"] for entry in document["files"])
    assert {gate["name"] for gate in document["gates"]} >= {"schema", "required-fields", "Lint Gate"}


@pytest.mark.parametrize(("program", "item"), [("git", "git"), ("ssh", "ssh-keygen"), ("ruff", "ruff")])
def test_a_missing_program_is_said_with_how_to_install_it(
    program: str, item: str, seat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def without(command: Command) -> Completed:
        if os.path.basename(command.argv[0]) == program:  # noqa: PTH119 - a word of an argv
            raise ProgramMissing(program)
        return run_command(command)

    code, items, _ = _look(capsys, replace(_world(seat), run=without))
    assert code == 3
    assert items[item]["state"] == "missing"
    assert "Install" in items[item]["next"]


def test_an_old_openssh_is_too_old(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def old(command: Command) -> Completed:
        if list(command.argv) == ["ssh", "-V"]:
            return Completed(0, b"", b"OpenSSH_7.9p1, OpenSSL 1.1.1\n", 1)
        return run_command(command)

    _, items, _ = _look(capsys, replace(_world(seat), run=old))
    assert items["ssh-keygen"]["state"] == "missing"
    assert "8.2" in items["ssh-keygen"]["text"]


def test_a_state_folder_that_cannot_be_written(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (seat / "file").write_text("a file, so that not even root can make a folder in it")
    code, items, _ = _look(capsys, _world(seat, GONOGO_HOME=str(seat / "file" / "state")))
    assert code == 3
    assert items["state"]["state"] == "missing"
    assert "GONOGO_HOME" in items["state"]["next"]


def test_a_broken_configuration_is_a_finding_not_a_crash(seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = Path.cwd()
    (root / "config").mkdir()
    (root / "config/layers.toml").write_text('schema = "gonogo/layers/v1"\nlayerz = 1\n')
    for arguments in (["add", "."], ["commit", "-q", "-m", "second"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True)
    code, items, _ = _look(capsys, _world(seat))
    assert code == 3
    assert items["configuration"]["state"] == "missing"
    assert "layers.toml" in items["configuration"]["text"]


def test_outside_a_repository_the_rest_is_still_said(
    seat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, items, document = _look(capsys, _world(seat))
    assert code == 0
    assert items["repository"]["state"] == "limit"
    assert document["places"] == {}


@pytest.mark.parametrize(("language", "words"), [("en", "isolation: "), ("de", "Hier nicht prüfbar")])
def test_words_for_people(language: str, words: str, seat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--lang", language], world=_world(seat)) == 3
    said = capsys.readouterr()
    assert words in said.out
    assert said.err == ""

"""The layer map and the registry, as a run from here would have them, with the side that each file came from."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gonogo.main import main
from support.terminal import small_world

PACKAGED = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HOME, and a current folder that is no repository."""
    (tmp_path / "home").mkdir()
    (tmp_path / "nowhere").mkdir()
    monkeypatch.chdir(tmp_path / "nowhere")
    return tmp_path / "home"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit and its own layer map, in which L0 asks another model."""
    root = tmp_path / "repository"
    (root / "config").mkdir(parents=True)
    layers = (PACKAGED / "layers.toml").read_text(encoding="utf-8")
    (root / "config/layers.toml").write_text(layers.replace('"Ops/Docs"', '"Ours"'), encoding="utf-8")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True)
    return root


def _json(capsys: pytest.CaptureFixture[str], home: Path, *arguments: str, code: int = 0, **env: str) -> dict[str, Any]:
    assert main([*arguments, "--json"], world=small_world(home, **env)) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_outside_a_repository_the_packaged_defaults_are_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _json(capsys, home, "layers")
    assert document["schema"] == "gonogo/layers/v1"
    assert [entry["layer_id"] for entry in document["layers"]] == ["L0", "L1", "L2", "L3", "L4", "L5", "L6"]
    assert {entry["origin"] for entry in document["files"]} == {"packaged"}


def test_each_layer_says_what_a_run_would_use_and_why(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_id = {entry["layer_id"]: entry for entry in _json(capsys, home, "layers")["layers"]}
    for name in ("L0", "L1", "L2", "L3", "L4"):
        chosen = by_id[name]["selection"]
        assert chosen["possible"]
        assert chosen["primary"] == by_id[name]["primary"] != chosen["critic"]
        assert chosen["reasons"]
    assert by_id["L5"]["selection"]["primary"] == "none"
    assert by_id["L6"]["selection"]["error"]["exit_code"] == 5


def test_the_commits_own_layer_map_is_shown_with_its_side(
    home: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = _json(capsys, home, "layers", "L0", "--repo", str(repository))
    (entry,) = document["layers"]
    assert entry["name"] == "Ours"
    sides = [(file["file"], file["origin"]) for file in document["files"]]
    assert ("layers.toml", "commit") in sides
    assert ("gates.toml", "packaged") in sides


def test_an_uncommitted_change_is_not_what_a_run_would_use(
    home: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = repository / "config/layers.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"Ours"', '"Not yet"'), encoding="utf-8")
    assert _json(capsys, home, "layers", "L0", "--repo", str(repository))["layers"][0]["name"] == "Ours"


def test_a_repository_that_was_named_and_is_none_is_an_error(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _json(capsys, home, "layers", "--repo", str(home), code=2)
    assert document["error"]["code"] == "NOT_A_REPOSITORY"


@pytest.mark.parametrize(
    ("arguments", "code", "nearest"),
    [(["layers", "L7"], "LAYER_UNKNOWN", "L"), (["models", "deepsek-r1"], "MODEL_UNKNOWN", "deepseek-r1")],
)
def test_a_wrong_name_gets_the_nearest(
    arguments: list[str], code: str, nearest: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = _json(capsys, home, *arguments, code=2)["error"]
    assert error["code"] == code
    assert nearest in error["next"]


def test_words_for_people_in_two_languages(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, name, head in (("en", "Market Outlook", "Autonomy"), ("de", "Marktausblick", "Autonomie")):
        assert main(["layers", "--lang", language], world=small_world(home)) == 0
        said = capsys.readouterr().out
        assert name in said
        assert head in said.splitlines()[0]
        assert main(["layers", "L6", "--lang", language], world=small_world(home)) == 0
        assert "LAYER_FORBIDDEN" in capsys.readouterr().out


def test_the_registry_says_which_layers_use_a_model(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _json(capsys, home, "models")
    layers = {entry["layer_id"]: entry for entry in _json(capsys, home, "layers")["layers"]}
    models = {entry["model_id"]: entry for entry in document["models"]}
    for name, layer in layers.items():
        if layer["primary"] != "none":
            assert "primary" in models[layer["primary"]]["layers"][name]
            assert "critic" in models[layer["critic"]]["layers"][name]
    assert document["profiles"]
    assert main(["models"], world=small_world(home)) == 0
    said = capsys.readouterr().out
    assert [model for model in models if model not in said] == []


def test_one_model_in_words(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "o3"], world=small_world(home)) == 0
    said = capsys.readouterr().out
    assert said.startswith("o3\n")
    assert "L3 critic" in said


def test_a_terminal_gets_a_table_and_a_pipe_plain_columns(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"], world=small_world(home)) == 0
    lines = capsys.readouterr().out.splitlines()
    column = lines[0].index("Provider")
    assert all(line[column - 1] == " " and line[column] != " " for line in lines[1:9])

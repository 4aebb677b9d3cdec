"""How refusals are put into words: the executable as it was called, click's mistakes in our form."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from gonogo.cli.invocation import invocation, with_invocation
from gonogo.cli.streams import emit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable ``tool/gonogo`` below the current folder."""
    made = tmp_path / "tool" / "gonogo"
    made.parent.mkdir()
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(made)])
    return made


def test_a_program_on_path_is_called_by_its_name(program: Path) -> None:
    assert invocation({"PATH": f"/nowhere:{program.parent}"}) == "gonogo"


def test_a_program_that_path_does_not_find_is_called_by_its_path_from_here(program: Path) -> None:
    assert invocation({"PATH": ""}) == "tool/gonogo"
    assert program.exists()


def test_another_program_of_that_name_on_path_is_not_ours(program: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "gonogo"
    other.parent.mkdir()
    other.write_text("")
    assert invocation({"PATH": f"{other.parent}:{program.parent}"}) == "tool/gonogo"


def test_a_program_elsewhere_is_called_by_its_whole_path_quoted(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert invocation({"PATH": ""}) == str(program)
    monkeypatch.setattr(sys, "argv", [str(elsewhere / "gonogo")])
    monkeypatch.chdir(tmp_path)
    assert invocation({"PATH": ""}) == "'else where/gonogo'"


def test_a_program_in_this_very_folder_keeps_its_dot(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(program.parent)
    assert invocation({"PATH": ""}) == "./gonogo"


def test_python_m_is_said_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "gonogo" / "__main__.py")])
    monkeypatch.setattr(sys, "executable", "/opt/python/bin/python3")
    assert invocation({"PATH": ""}) == "/opt/python/bin/python3 -m gonogo"


def test_the_python_that_an_environment_links_to_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, environment = tmp_path / "base" / "python", tmp_path / "venv" / "python"
    for made in (base, environment):
        made.parent.mkdir()
    base.write_text("")
    environment.symlink_to(base)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "gonogo" / "__main__.py")])
    monkeypatch.setattr(sys, "executable", str(environment))
    assert invocation({"PATH": str(base.parent)}) == f"{environment} -m gonogo"
    assert invocation({"PATH": f"{environment.parent}:{base.parent}"}) == "python -m gonogo"


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("gonogo sign latest", "x/gonogo sign latest"),
        ("Then: gonogo resume RUN (or gonogo abandon RUN)", "Then: x/gonogo resume RUN (or x/gonogo abandon RUN)"),
        ("{gonogo} inbox", "x/gonogo inbox"),
        ("All commands: gonogo --help", "All commands: x/gonogo --help"),
        ("gonogo starts no shell", "gonogo starts no shell"),
        ("/usr/bin/gonogo sign", "/usr/bin/gonogo sign"),
        ("~/.local/state/gonogo run", "~/.local/state/gonogo run"),
        ("gonogo runs", "gonogo runs"),
    ],
)
def test_the_executable_stands_where_a_command_begins_and_nowhere_else(sentence: str, said: str) -> None:
    assert with_invocation(sentence, "x/gonogo") == said


@pytest.mark.parametrize("gonogo", ["gonogo", "x/gonogo", "python -m gonogo", "'a b/gonogo'"])
def test_saying_it_twice_changes_nothing(gonogo: str) -> None:
    once = with_invocation("gonogo show latest", gonogo)
    assert once == f"{gonogo} show latest"
    assert with_invocation(once, gonogo) == once


def test_a_closed_pipe_is_quiet() -> None:
    class Closed:
        encoding = "utf-8"

        def write(self, _: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            raise ValueError("none")

    emit(Closed(), "words")  # type: ignore[arg-type]

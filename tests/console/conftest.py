"""Desks for the tests of the commands; a file may have others of these names."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from gonogo.main import main
from support.crash import copy_of
from support.desk import Desk, make_desk
from support.quick import quick_world

if TYPE_CHECKING:
    from pathlib import Path

    from support.bad_input import Said


@pytest.fixture
def gonogo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    def run(desk: Desk, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(desk.repo.path)
        capsys.readouterr()
        code = main(words, world=quick_world(desk.environment(**env)))
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(words, code, out, err)

    return run


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("bad"))
    desk.enrol()
    desk.let_unproven_sign()
    return desk


@pytest.fixture
def desk(enrolled: Desk, tmp_path: Path) -> Desk:
    return copy_of(enrolled, tmp_path / "desk")


@pytest.fixture(scope="session")
def waiting(enrolled: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = copy_of(enrolled, tmp_path_factory.mktemp("waiting"))
    desk.run()
    return desk


@pytest.fixture
def held(waiting: Desk, tmp_path: Path) -> Desk:
    """A desk whose one run waits for its operator."""
    return copy_of(waiting, tmp_path / "desk")

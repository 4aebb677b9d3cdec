"""The machine of the night, the file that it hands over, and the operator's machine; gonogo runs in this process."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.crash import copy_of
from support.desk import Desk, make_desk, make_key
from support.handed import copied
from support.repos import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from support.bad_input import Said


@pytest.fixture(autouse=True)
def in_this_process(gonogo: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a program for each command is what these tests would cost; the desks themselves are real."""
    monkeypatch.setattr(Desk, "gonogo", gonogo)


@pytest.fixture(scope="package")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    """A machine without a key whose one run waits, and the run."""
    desk = make_desk(tmp_path_factory.mktemp("ci"), key=False)
    return desk, str(desk.run("--operator", "ci")["run_id"])


@pytest.fixture(scope="package")
def handed(night: tuple[Desk, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str, Path, str]:
    """The same machine after it handed the run over: run, file and digest too."""
    source, run = night
    desk, file = copied(source, tmp_path_factory.mktemp("handed")), tmp_path_factory.mktemp("file") / "a.handoff"
    said = desk.json("handoff", "export", run, str(file), "--operator", "ci", code=0)
    return desk, run, file, said["digest"]


@pytest.fixture(scope="package")
def enrolled_elsewhere(night: tuple[Desk, str], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The operator's machine: a clone, a key, a ledger and a trust store of its own."""
    folder = tmp_path_factory.mktemp("operator")
    subprocess.run(["git", "clone", "-q", str(night[0].repo.path), str(folder / "repo")], check=True)
    (folder / "home").mkdir()
    desk = Desk(folder / "home", Repo(folder / "repo", night[0].repo.branch, list(night[0].repo.commits)))
    make_key(desk.key)
    desk.enrol()
    desk.let_unproven_sign()
    return desk


@pytest.fixture
def operator(enrolled_elsewhere: Desk, tmp_path: Path) -> Desk:
    return copy_of(enrolled_elsewhere, tmp_path / "operator")


@pytest.fixture(scope="package")
def decided(
    handed: tuple[Desk, str, Path, str], enrolled_elsewhere: Desk, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Desk, Any, Any]:
    """The operator's machine after the run was taken up and signed there, and what both commands said."""
    _, run, file, digest = handed
    desk = copy_of(enrolled_elsewhere, tmp_path_factory.mktemp("decided"))
    taken = desk.json("handoff", "import", str(file), "--digest", f"sha256:{digest}", code=4)
    return desk, taken, desk.json("sign", run, "--decision", "GO", "--reason", "read", code=0)

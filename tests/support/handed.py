"""What the tests of hand-overs share: a desk without a trust store elsewhere, and what a refused file leaves behind."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from support.desk import Desk
from support.repos import Repo

if TYPE_CHECKING:
    from pathlib import Path


def copied(desk: Desk, folder: Path) -> Desk:
    """A desk without a trust store, elsewhere."""
    shutil.copytree(desk.home, folder / "home", symlinks=True)
    shutil.copytree(desk.repo.path, folder / "repo", symlinks=True)
    return Desk(folder / "home", Repo(folder / "repo", desk.repo.branch, list(desk.repo.commits)), dict(desk.env))


def nothing_there(desk: Desk) -> None:
    """No run, no folder, no half of one."""
    assert not list(desk.home.rglob("runs/*"))
    assert not list(desk.home.rglob("*.partial"))
    assert desk.json("inbox", "--all", code=0)["runs"] == []

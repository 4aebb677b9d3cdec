"""Desks for the tests of the graph; a file may have others of these names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_graph.session import open_session
from support.crash import copy_of
from support.desk import Desk, make_desk
from support.quick import quick_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_graph.context import RunContext


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk whose only run waits at the hold point."""
    desk = make_desk(tmp_path_factory.mktemp("waiting"))
    desk.enrol()
    desk.let_unproven_sign()
    desk.run()
    return desk


@pytest.fixture
def desk(waiting: Desk, tmp_path: Path) -> Desk:
    """A copy of it."""
    return copy_of(waiting, tmp_path / "desk")


@pytest.fixture
def context(desk: Desk) -> Iterator[RunContext]:
    """Its run, opened."""
    with open_session(quick_world(desk.environment()), desk.repo.path) as session:
        yield session.context(session.find("latest"))

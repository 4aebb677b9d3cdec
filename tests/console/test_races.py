"""Several operators at once: one commits, the others are told who decided. ``tests/support/races.py`` runs more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.races import prepare, race

if TYPE_CHECKING:
    from pathlib import Path

    from support.races import Kind
    from support.team import Team


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return prepare(tmp_path_factory.mktemp("races") / "team")


@pytest.mark.parametrize(("operators", "kind"), [(2, "sign"), (4, "resume")])
def test_of_several_operators_at_once_one_commits_and_the_others_are_told(
    team: Team, tmp_path: Path, operators: int, kind: Kind
) -> None:
    found = race(team, tmp_path / "race", operators, kind)
    assert (found.committed, found.told + found.refused) == (1, operators - 1)

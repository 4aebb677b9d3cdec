"""Several operators at once: one commits, the others are told who decided. ``tests/support/races.py`` runs more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.races import prepare, race

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.races import Kind, Start


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    made = prepare(tmp_path_factory.mktemp("races"))
    yield made
    made.operators.close()


@pytest.mark.parametrize(("operators", "kind"), [(2, "sign"), (4, "resume")])
def test_of_several_operators_at_once_one_commits_and_the_others_are_told(
    start: Start, tmp_path: Path, operators: int, kind: Kind
) -> None:
    found = race(start, tmp_path / "race", operators, kind)
    assert (found.committed, found.told + found.refused) == (1, operators - 1)

"""The list of drills' desks: where it cannot be read whole, nothing is taken for a run of production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_graph.desks import LIMIT, entry, listed, register

if TYPE_CHECKING:
    from pathlib import Path


def test_no_list_is_an_empty_one_and_no_other(tmp_path: Path) -> None:
    desks = tmp_path / "desks"
    assert listed(desks) == []
    register(desks, line := entry("D01", 7, tmp_path))
    assert listed(desks) == [line]
    with desks.open("ab") as file:
        file.truncate(LIMIT + 1)
    with pytest.raises(BadInput, match="FILE_TOO_LARGE"):
        listed(desks)
    desks.rename(tmp_path / "elsewhere")
    desks.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntegrityBroken):
        listed(desks)

"""``gonogo doctor`` says of the fences what programs inside them tried: with a layer off, what it kept goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_agents.confine import PORTABLE, offered
from gonogo_agents.fence_proof import try_gates, try_git
from support.repos import make_world

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.confine import Layer

needs_linux = pytest.mark.skipif(not {"landlock", "filter"} <= set(offered()), reason="no Landlock or no filter here")


@needs_linux
def test_inside_everything_is_refused_that_should_be(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    gates, git = try_gates(world), try_git(world)
    assert (gates.level, git.level) == ("fenced", "fenced")
    assert set(gates.came_out) == {"read", "write", "socket", "own"}
    assert set(git.came_out) == {"program", "write", "socket", "own"}


@needs_linux
@pytest.mark.parametrize(
    ("layer", "lost"),
    [("landlock", {"read", "write"}), ("filter", {"socket"})],
)
def test_a_layer_that_is_off_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: Layer, lost: set[str]
) -> None:
    left = tuple(one for one in offered() if one != layer)
    monkeypatch.setattr("gonogo_agents.gate_fence.offered", lambda: left)
    tried = try_gates(make_world(tmp_path))
    assert {name for name, good in tried.came_out.items() if not good} == lost
    assert tried.level == "process"


def test_where_nothing_is_offered_nothing_is_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo_agents.gate_fence.offered", lambda: PORTABLE)
    world = make_world(tmp_path)
    gates, git = try_gates(world), try_git(world)
    assert (gates.level, git.level) == ("process", "process")
    assert gates.came_out == {"read": False, "write": False, "socket": False, "own": True}
    assert git.came_out["program"] is False


def test_without_git_nothing_is_claimed(tmp_path: Path) -> None:
    assert try_git(make_world(tmp_path, PATH=str(tmp_path))).level == "process"

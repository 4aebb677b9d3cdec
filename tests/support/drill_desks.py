"""A drill's desk in a world of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.drills import Session, drill_named, start
from gonogo.drills.result import home
from support.terminal import small_world

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.world import World


def begin(tmp_path: Path, drill: str, seed: int = 1) -> tuple[World, Session, Path]:
    """A session in a world of its own; its difficulty follows from the seed."""
    world = small_world(tmp_path)
    session = start(world, drill_named(drill), seed, 1 + seed % 3, "ada", None)
    return world, session, home(world) / "desks" / session.session

"""Runs that chats drive, carried once a session and kept at each duty: a test begins where it needs to, on a copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gonogo.mcp.desk import ChatDesk
from gonogo_graph.chat import By
from support.crash import copy_of
from support.desk import Desk, make_desk
from support.quick import quick_world

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

BY = By("mcp", "tests 1", "m", "asserted")
EMPTY: dict[str, Any] = {"schema": "gonogo/contribution/v1", "verdict": "PASS", "claims": []}
HOLD = 10
"""Behind the last duty."""


def new_desk(folder: Path) -> Desk:
    """An enrolled desk without a run."""
    desk = make_desk(folder)
    desk.enrol()
    desk.let_unproven_sign()
    return desk


def chat(desk: Desk, role: str = "") -> ChatDesk:
    """The server's inside, over the same places as the desk's programs."""
    return ChatDesk(quick_world(desk.environment()), desk.repo.path, role)


def start(desk: Desk) -> str:
    """Start a run; the first role is due."""
    document = desk.json("run", "--driver", "chat", "--layer", "L0", "--reason", "chat", code=4)
    assert document["due"]["role"] == "ORCHESTRATOR"
    return str(document["run_id"])


def play(desk: Desk, run: str, said: Mapping[int, Any] | None = None, *, until: int = 9) -> Any:  # noqa: ANN401 - JSON
    """Hand in for each due duty up to ``until``, ``said`` where it has something to say; the status then."""
    server = chat(desk)
    while (now := server.status(run)["runs"][0])["due"] is not None and now["due"]["number"] <= until:
        server.hand_in(run, now["due"]["role"], (said or {}).get(now["due"]["number"], EMPTY), BY)
    return now


@dataclass(slots=True)
class Stages:
    """One run, kept as it waited at each duty so far."""

    folder: Path
    run: str = ""
    _kept: dict[int, Desk] = field(default_factory=dict[int, Desk])

    def at(self, number: int, folder: Path) -> Desk:
        """A desk of its own whose run waits at this duty (:data:`HOLD`: at the hold point)."""
        if not self._kept:
            desk = new_desk(self.folder)
            self.run = start(desk)
            self._kept[1] = desk
        for last in range(max(self._kept), number):
            self._kept[last + 1] = copy_of(self._kept[last], self.folder / str(last + 1))
            play(self._kept[last + 1], self.run, until=last)
        return copy_of(self._kept[number], folder / "desk")


_made: list[Stages] = []


def the_stages(factory: pytest.TempPathFactory) -> Stages:
    """The one of this session."""
    if not _made:
        _made.append(Stages(factory.mktemp("chats")))
    return _made[0]

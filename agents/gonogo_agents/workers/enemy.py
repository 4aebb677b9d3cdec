"""Duties that are played by an enemy, for real workers. Only ``gonogo attack`` uses this."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from gonogo_agents.duties.bodies import BODIES
from gonogo_agents.duty import Result
from gonogo_agents.workers import wire
from gonogo_agents.workers.role import record_of
from gonogo_evidence.errors import GonogoError, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.duty import Ask, DutyBody, View
    from gonogo_evidence.ids import JSON

BAIT: Final = "dataset_snapshot_id"
"""The input that names the file that an enemy wants to read: one that whoever starts the run chooses freely."""
_BEYOND: Final[tuple[tuple[str, dict[str, JSON]], ...]] = (
    ("gate.run", {"name": "Lint Gate"}),
    ("repo.read", {"path": "config/secrets/token"}),
    ("evidence.seal", {"fields": {}, "files": {}}),
)
_MOST_DESCRIPTORS: Final = 64


def ask_beyond(view: View, ask: Ask) -> Result:
    """Ask for what another role may, and for what nobody may."""
    del view
    answered: list[JSON] = []
    for verb, arguments in _BEYOND:
        try:
            ask(verb, **arguments)
        except Refused:
            continue
        except GonogoError:  # it was tried, and only then something went wrong
            pass
        answered.append(verb)
    return Result("PASS", {}, {"answered": answered})


def hand_back_another(view: View, ask: Ask) -> Result:
    """Hand back another role's field, past the worker's own code."""
    del view, ask
    record = record_of("execution", "ORCHESTRATOR", Result("PASS", {}, {}))
    frames = (wire.dump({"result": "execution"}), record, b"{}")
    for number in range(_MOST_DESCRIPTORS):
        with suppress(OSError):
            os.write(number, b"".join(wire.pack(frame, wire.FROM_WORKER) for frame in frames))
    return Result("PASS", {}, {})


def read_a_file(view: View, ask: Ask) -> Result:
    """Read a file of the operator's home."""
    del ask
    place = str(cast("Mapping[str, JSON]", view["inputs"])[BAIT])
    try:
        with open(place, encoding="utf-8") as file:  # noqa: PTH123 - what an enemy writes
            return Result("PASS", {}, {"read": file.read()})
    except OSError as error:
        return Result("PASS", {}, {"refused": type(error).__name__})


BEYOND: Final[Mapping[str, DutyBody]] = {**BODIES, "inventory": ask_beyond}
ANOTHER: Final[Mapping[str, DutyBody]] = {**BODIES, "inventory": hand_back_another}
READER: Final[Mapping[str, DutyBody]] = {**BODIES, "inventory": read_a_file}

"""Duties played in this process: nothing is confined, nobody signs. The level is ``none``, and everything says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.workers.interface import DutyCrashed, Played, Seat
from gonogo_agents.workers.role import record_of, view_of
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import FULL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.duty import Ask, DutyBody, Role
    from gonogo_agents.workers.interface import Task


class NoIsolation:
    """Plays every role with the rights of the operator's account."""

    def __init__(self, bodies: Mapping[str, DutyBody] | None = None) -> None:
        self._given = bodies

    def play(self, task: Task, view: Mapping[str, bytes], ask: Ask) -> Played:
        """Do a duty here."""
        try:
            result = self._bodies()[task.field](view_of(view), ask)
            return Played(record_of(task.field, task.role, result), None, self.seat(task.role))
        except GonogoError:
            raise
        except OSError as error:
            if error.errno in FULL:
                raise
            raise DutyCrashed(type(error).__name__, str(error)) from error
        except Exception as error:
            raise DutyCrashed(type(error).__name__, str(error)) from error

    def _bodies(self) -> Mapping[str, DutyBody]:
        from gonogo_agents.duties.bodies import BODIES  # noqa: PLC0415 - where workers play, this process need not import them

        return BODIES if self._given is None else self._given

    def seat(self, role: Role) -> Seat:
        """Nobody in particular."""
        return Seat(role, "none", "", {}, {})

    def warm(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to end."""

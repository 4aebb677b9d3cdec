"""The workers of one leg: one for each role, forked from one zygote, as confined as this system can."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from gonogo_agents import confine
from gonogo_agents.duty import ROLES, Role
from gonogo_agents.workers.client import PATIENCE, Worker
from gonogo_agents.workers.here import NoIsolation
from gonogo_agents.workers.start import BODIES, Zygote
from gonogo_agents.workers.wire import WireError
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from gonogo_agents.confine import Layer, Level
    from gonogo_agents.duty import Ask
    from gonogo_agents.workers.interface import Crew, Played, Seat, Task
    from gonogo_agents.world import World

STARTING: Final = 30.0
"""Seconds for the zygote to import the duties."""


class Workers:
    """Plays duties in workers; where no process can be started at all, in this one, and says so.

    Args:
        world: starts the zygote.
        layers: what workers put on; by default all that this system offers.
        bodies: where the zygote finds the duties' table, ``module:name``.
        patience: seconds that a worker may compute before it asks or answers.
    """

    def __init__(
        self,
        world: World,
        *,
        layers: Sequence[Layer] | None = None,
        bodies: str = BODIES,
        patience: float = PATIENCE,
    ) -> None:
        self._world = world
        self._layers = confine.offered() if layers is None else tuple(layers)
        self._bodies = bodies
        self._patience = patience
        self._zygote: Zygote | None = None
        self._here: NoIsolation | None = None
        self._ahead: tuple[Role, ...] = ROLES
        self._at_work: dict[Role, tuple[str, Worker]] = {}

    def warm(self) -> None:
        """Start the zygote; the workers follow when somebody asks for one."""
        if self._zygote is None and self._here is None:
            try:
                self._zygote = Zygote(self._world, self._bodies)
            except OSError:
                self._here = NoIsolation()

    def seat(self, role: Role) -> Seat:
        """Who plays this role: started if need be. Raises :class:`WireError` for one that does not greet."""
        worker = self._worker(role)
        if not isinstance(worker, Worker):
            return worker.seat(role)
        try:
            return worker.greet()
        except WireError:
            self._end(role)
            raise

    def play(self, task: Task, view: Mapping[str, bytes], ask: Ask) -> Played:
        """Do a duty; a worker that breaks off is ended, and the role's next duty gets a new one."""
        worker = self._worker(task.role)
        try:
            return worker.play(task, view, ask)
        finally:
            if isinstance(worker, Worker) and not worker.idle:
                self._end(task.role)

    def close(self) -> None:
        """End them all."""
        for role in list(self._at_work):
            self._at_work.pop(role)[1].close()
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def _worker(self, role: Role) -> Worker | NoIsolation:
        self.warm()
        if role not in self._at_work and self._zygote is not None:
            if self._zygote.up(STARTING):
                self._fork(role, self._zygote)
            else:
                self.close()
                self._here = NoIsolation()
        return self._here if self._here is not None else self._at_work[role][1]

    def _fork(self, role: Role, zygote: Zygote) -> None:
        """A worker for this role; the first time for all of them, while nobody waits for the others."""
        wanted, self._ahead = self._ahead or (role,), ()
        try:
            forked = zygote.fork(wanted, self._layers)
        except OSError as error:
            raise WireError("WORKER_LOST", msg("The process that starts workers is gone.")) from error
        for name, (token, line) in forked.items():
            self._at_work[name] = (token, Worker(name, line, self._patience))

    def _end(self, role: Role) -> None:
        token, worker = self._at_work.pop(role, ("", None))
        if worker is not None and self._zygote is not None:
            with suppress(OSError):
                self._zygote.kill(token)
            worker.close()


@contextmanager
def open_crew(world: World) -> Generator[Crew, None, None]:
    """The best crew that this system has, for one leg of a run; nothing is started before it is needed."""
    crew = Workers(world)
    try:
        yield crew
    finally:
        crew.close()


def require(crew: Crew, level: Level) -> None:
    """Refuse to go on below a level of isolation. Raises ``Inconclusive`` ISOLATION_TOO_LOW."""
    found = crew.seat("ORCHESTRATOR").level
    if confine.LEVELS.index(found) < confine.LEVELS.index(level):
        raise Inconclusive(
            "ISOLATION_TOO_LOW",
            msg("The roles' isolation here is {found}, and {level} was asked for.", found=found, level=level),
            next_step=msg("gonogo doctor"),
        )

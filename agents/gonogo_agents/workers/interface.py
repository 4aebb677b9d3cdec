"""Who plays duties: a task in, a stored result out. One port, two ways: workers, and this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.confine import Level
    from gonogo_agents.duty import Ask, Role


@dataclass(frozen=True, slots=True)
class Task:
    """One duty of one run."""

    run_id: str
    number: int
    role: Role
    field: str
    """The state field that the role owns and this duty writes."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sat there: what was proven about a worker, and its key."""

    role: Role
    level: Level
    key: str
    """The Ed25519 public key, 64 hex digits; empty where a duty was played in this process."""
    layers: Mapping[str, str]
    """Each layer: ``on``, or why it is not."""
    tried: Mapping[str, str]
    """What the worker tried before it saw anything, and the error that it got."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came back."""

    record: bytes
    """The result in the form of :func:`gonogo_evidence.attest.duties.record`, checked."""
    envelope: bytes | None
    """The worker's DSSE envelope over what it read and wrote, verified; None without a worker."""
    seat: Seat


class Crew(Protocol):
    """Plays the duties of one leg of a run."""

    def play(self, task: Task, view: Mapping[str, bytes], ask: Ask) -> Played:
        """Do a duty.

        Args:
            task: which.
            view: the state fields that the role may read, as canonical bytes.
            ask: the role's door to the world.

        Raises:
            GonogoError: the duty's own, the broker's, or WORKER_*; IntegrityBroken WORKER_FOREIGN_RESULT.
            DutyCrashed: the duty's code ended with another error.
        """
        ...

    def seat(self, role: Role) -> Seat:
        """Who would play this role, started if need be."""
        ...

    def warm(self) -> None:
        """Begin to start what will be needed, and return at once."""
        ...

    def close(self) -> None:
        """End all workers."""
        ...


class DutyCrashed(Inconclusive):
    """The duty's code ended with an error that is none of ours."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__("DUTY_CRASHED", msg("The duty ended with an unexpected error ({kind}).", kind=kind))
        self.text = text
        """What the error said; for the log."""

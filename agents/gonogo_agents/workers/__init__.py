"""Roles as processes: one confined worker for each role and leg, which opens nothing and signs what it hands back."""

from gonogo_agents.workers.crew import Workers, open_crew, require
from gonogo_agents.workers.here import NoIsolation
from gonogo_agents.workers.interface import Crew, DutyCrashed, Played, Seat, Task
from gonogo_agents.workers.wire import WireError

__all__ = [
    "Crew",
    "DutyCrashed",
    "NoIsolation",
    "Played",
    "Seat",
    "Task",
    "WireError",
    "Workers",
    "open_crew",
    "require",
]

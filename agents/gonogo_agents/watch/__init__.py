"""The work trees, compared with before: what changed, and at whose door it is laid."""

from gonogo_agents.watch.desk import DeskPrint, desk_print
from gonogo_agents.watch.stamps import Change, Snapshot, changes, take
from gonogo_agents.watch.watch import CACHES, Command, Watch

__all__ = ["CACHES", "Change", "Command", "DeskPrint", "Snapshot", "Watch", "changes", "desk_print", "take"]

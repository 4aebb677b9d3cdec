"""The work trees, compared with before: what changed, and at whose door it is laid."""

from gonogo_agents.watch.desk import DeskPrint, desk_print
from gonogo_agents.watch.stamps import Change, Snapshot, changes, take
from gonogo_agents.watch.watch import UNGUARDED, Command, Guards, Watch, guards_of

__all__ = [
    "UNGUARDED",
    "Change",
    "Command",
    "DeskPrint",
    "Guards",
    "Snapshot",
    "Watch",
    "changes",
    "desk_print",
    "guards_of",
    "take",
]

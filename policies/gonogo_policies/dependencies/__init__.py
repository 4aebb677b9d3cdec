"""Dependencies: what lock files pin, what project files declare, advisories about them. Pure: texts in, facts out."""

from gonogo_policies.dependencies.advisories import Advisory, Snapshot, SnapshotInvalid, read_snapshot
from gonogo_policies.dependencies.declared import DECLARATIONS, Unreadable, declared
from gonogo_policies.dependencies.locks import LOCKS, Locked, Pin, is_lock, read_lock

__all__ = [
    "DECLARATIONS",
    "LOCKS",
    "Advisory",
    "Locked",
    "Pin",
    "Snapshot",
    "SnapshotInvalid",
    "Unreadable",
    "declared",
    "is_lock",
    "read_lock",
    "read_snapshot",
]

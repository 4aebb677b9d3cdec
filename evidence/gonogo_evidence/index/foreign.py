"""Other logs that are tied in: each by a checkpoint of its own that an entry holds. They may only grow either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_evidence.index.checkpoint import Checkpoint
    from gonogo_evidence.index.log import Log


def newest(log: Log, origin: str) -> Checkpoint | None:
    """The largest checkpoint of another log that this one holds; None where it holds none."""
    held = (one.entry for one in log.entries() if one.entry.kind == "foreign-checkpoint")
    named = [checkpoints.parse(str(entry.details["checkpoint"]).encode()) for entry in held if entry.subject == origin]
    return max(named, key=lambda one: one.size, default=None)


def refuse_older(log: Log, now: Checkpoint) -> None:
    """Raise :class:`IntegrityBroken` where another log is smaller than it was, or another at the same size."""
    last = newest(log, now.origin)
    if last is None or now.size > last.size or (now.size, now.root) == (last.size, last.root):
        return
    if now.size == last.size:
        words = msg("The log {origin} signed two histories of {size} entries.", origin=now.origin, size=now.size)
        raise IntegrityBroken("INDEX_FORKED", words, next_step=msg("Keep both checkpoints: they prove it."))
    raise IntegrityBroken(
        "INDEX_ROLLED_BACK",
        msg("The log has {size} entries; it had {seen} when it was seen last.", size=now.size, seen=last.size),
        where=now.origin,
        next_step=msg("Keep the checkpoint as evidence, and ask whoever keeps that log."),
    )

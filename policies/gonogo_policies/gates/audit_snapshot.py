"""Asking an advisory snapshot: a file with its day, no older than the entry allows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_evidence.canonical import digest_of
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_policies.dependencies import SnapshotInvalid, read_snapshot
from gonogo_policies.gates.audit_service import Answer, Hit
from gonogo_policies.gates.verdicts import Stopped
from gonogo_policies.gates.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.dependencies import Advisory, Pin, Snapshot
    from gonogo_policies.gates.interface import GateContext

LIMIT = 256 * 1024 * 1024
"""Bytes of a snapshot that is read."""
AHEAD = timedelta(days=1)
"""How far a snapshot's day may lie ahead of this clock: time zones and clocks differ."""


def ask_snapshot(context: GateContext, pins: Sequence[Pin]) -> Answer:
    """Hold every pin against the snapshot that the entry names.

    Raises:
        Stopped: GATE_SNAPSHOT where it is missing, unreadable, too old, of the future, or part of the change.
    """
    settings = context.settings.audit
    snapshot, digest = _read(context)
    age = context.now() - snapshot.as_of
    if age < -AHEAD or age > timedelta(days=settings.max_age_days):
        why = msg(
            "The advisory snapshot is of {day}; it may be {days} days old.",
            day=f"{snapshot.as_of:%Y-%m-%d}",
            days=settings.max_age_days,
        )
        raise Stopped("GATE_SNAPSHOT", why)
    hits = {(pin.name, pin.version): snapshot.about(pin.name, pin.version) for pin in pins}
    who = f"snapshot of {snapshot.as_of:%Y-%m-%d} with {snapshot.count} advisories, sha256 {digest[:16]}"
    found = {key: tuple(map(_hit, about)) for key, about in hits.items() if about}
    return Answer(who, frozenset(hits), found)


def _read(context: GateContext) -> tuple[Snapshot, str]:
    words = context.settings.audit.snapshot
    if not words:
        raise Stopped("GATE_SNAPSHOT", msg("No service is asked, and the entry names no snapshot."))
    place = _place(context, words)
    if place is None:
        raise Stopped("GATE_SNAPSHOT", msg("The snapshot {path} cannot be read.", path=plain(words)))
    try:
        data = read_bytes(place, limit=LIMIT)
    except GonogoError as error:
        raise Stopped("GATE_SNAPSHOT", msg("The snapshot {path} cannot be read.", path=plain(words))) from error
    if not words.startswith(("/", "~/")) and words in context.change.paths and context.at_base(words) != data:
        why = msg("{path} is part of the change: what it brings itself proves nothing about it.", path=plain(words))
        raise Stopped("GATE_SNAPSHOT", why)
    try:
        return read_snapshot(data), digest_of(data)
    except SnapshotInvalid as error:
        why = msg("{path} is no advisory snapshot: {words}.", path=plain(words), words=plain(str(error), 200))
        raise Stopped("GATE_SNAPSHOT", why) from error


def _place(context: GateContext, words: str) -> Path | None:
    """Outside the tree as it says, inside only a regular file of the commit."""
    if words.startswith("~/"):
        return context.home / words[2:]
    if words.startswith("/"):
        return Path(words)
    tracked = context.tracked()
    return context.tree / tracked.disk(words) if words in tracked else None


def _hit(advisory: Advisory) -> Hit:
    return Hit(advisory.id, advisory.aliases, advisory.fixed)

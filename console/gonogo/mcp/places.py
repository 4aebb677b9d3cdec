"""What the server leaves for the host's hook, inside the git folder: which duty waits for which role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_graph.chat import waits_for_chat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import RunContext
    from gonogo_graph.table import Duty

FOLDER: Final = "gonogo"
ACTIVE: Final = "active.json"
HOOK_LOG: Final = "hook.jsonl"
KEPT: Final = "hook-*.bin"
"""The rules that the hook keeps compiled (:mod:`gonogo.hook_start`)."""
FIELDS: Final = ("run", "duty", "host", "event", "kind", "subject", "role", "binding", "allowed", "rule")
"""What the hook writes down of a decision."""
MOST_SIGNS: Final = 300
MOST: Final = 16 << 20
"""Bytes of the hook's log that are looked at; it stops writing at half of that."""


def mark_active(context: RunContext) -> Duty | None:
    """Write down which duty of this run waits for a chat, or take the note away; returns the duty.

    A note of another run that waits stays: two chats at two runs share one desk, and the hook takes the newest. The
    rules that the hook kept compiled are taken away: whatever was put there before is not what guards this duty.
    """
    folder = context.repository.git_dir / FOLDER
    duty, path = waits_for_chat(context), folder / ACTIVE
    if duty is not None:
        folder.mkdir(mode=0o700, exist_ok=True)
        for kept in folder.glob(KEPT):
            kept.unlink(missing_ok=True)
        note = {"run": context.run_id, "number": duty.number, "step": duty.step, "role": duty.role}
        write_atomic(path, json.dumps(note).encode(), mode=0o600)
    elif _noted(path) == context.run_id:
        path.unlink(missing_ok=True)
    return duty


def hook_lines(context: RunContext, duty: Duty) -> list[JSON]:
    """What the host's hook decided while this duty of this run was open, as it wrote it down: asserted."""
    path = context.repository.git_dir / FOLDER / HOOK_LOG
    if not path.is_file() or path.is_symlink():
        return []
    return list(_lines(path, context.run_id, duty.number))


def _lines(path: Path, run_id: str, number: int) -> Iterator[JSON]:
    for line in read_bytes(path, limit=MOST).splitlines():
        entry = _object(line)  # empty for a line that a full disk cut off
        if (entry.get("run"), entry.get("duty")) == (run_id, number):
            yield {name: _plain(entry[name]) for name in FIELDS if isinstance(entry.get(name), str | int)}


def _plain(value: str | int) -> str | int:
    """A value that evidence can hold: what a chat asked for may be half a character, or longer than it should be."""
    if isinstance(value, str):
        return "".join(sign if sign.isprintable() else "?" for sign in value[:MOST_SIGNS])
    return value if abs(value) < 2**53 else -1


def _noted(path: Path) -> str | None:
    return str(_object(read_bytes(path, limit=1 << 16)).get("run")) if path.is_file() else None


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

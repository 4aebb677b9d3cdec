"""The broker's log: one JSON line for each request, with its decision and the digest of the answer."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, cast

from gonogo_evidence.files import no_room

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_agents.broker.interface import Arguments, Record
    from gonogo_evidence.ids import JSON

MAX_ARGUMENT = 1000
"""Characters of an argument that are written out; a longer one stands as size and digest."""


def jsonl_recorder(path: Path) -> Record:
    """A recorder that appends to ``path``. A line that a crash cut short is ended first, so that no other is lost."""

    def record(line: Mapping[str, JSON]) -> None:
        data = json.dumps(line, ensure_ascii=True, sort_keys=True).encode("ascii") + b"\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            try:
                size = os.fstat(descriptor).st_size
                cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
                os.write(descriptor, b"\n" + data if cut else data)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise no_room(error, path) from error

    return record


def digest(value: JSON) -> dict[str, JSON]:
    """Size and SHA-256 of a value as sorted JSON in ASCII: texts of files may lie outside the canonical form."""
    data = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def told(arguments: Arguments) -> dict[str, JSON]:
    """The arguments as the log holds them: long ones by size and digest."""
    return {name: _short(value) for name, value in arguments.items()}


def _short(value: JSON) -> JSON:
    try:
        words = json.dumps(value, ensure_ascii=True)
    except (TypeError, ValueError):
        return f"a {type(value).__name__}"
    return value if len(words) <= MAX_ARGUMENT else cast("JSON", digest(value))

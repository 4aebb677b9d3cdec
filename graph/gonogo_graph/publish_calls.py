"""Publishing the log of calls: a run's lines of ``ai_model_calls.jsonl``, added to the repository's own file of them.

Where it lies says the registry (``[audit]`` ``log_destination``), below ``logs/`` and nowhere else: a commit brings its
registry. Lines are added once, whoever publishes how often; no line is ever changed or taken away here.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Final, cast

from gonogo_agents.models.call_log import NAME
from gonogo_agents.redact_run import kept_redaction
from gonogo_evidence.errors import Inconclusive, IntegrityBroken
from gonogo_evidence.files import check_path, read_bytes
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSONObject
    from gonogo_graph.context import RunContext

FOLDER: Final = "logs/"
LIMIT: Final = 256 * 1024 * 1024


def calls_place(context: RunContext) -> Path | None:
    """Where the run's calls are published; None where it asked nobody, or the registry keeps no such log.

    Raises ``Inconclusive`` ``CALL_LOG_PLACE`` for a place that is none.
    """
    audit = cast("JSONObject", cast("JSONObject", context.inputs.get("asked", {})).get("audit", {}))
    if audit.get("log_all_model_calls") is not True or not (context.folder.root / NAME).exists():
        return None
    named = str(audit.get("log_destination"))
    try:
        path = check_path(named)
    except IntegrityBroken:
        path = ""
    if not path.startswith(FOLDER) or not path.endswith(".jsonl"):
        raise Inconclusive(
            "CALL_LOG_PLACE",
            msg(
                "The registry wants the log of calls at {place}: it is published below logs/ alone.", place=ascii(named)
            ),
            where="model_registry.toml",
            next_step=msg("Name a .jsonl file below logs/ as log_destination. The lines lie in the pack in any case."),
        )
    return context.repository.root / path


def publish_calls(context: RunContext, place: Path) -> None:
    """Add the run's lines that are not there yet, without the secrets that the seal replaced. Raises ``OSError``."""
    data = kept_redaction(context.folder.root).of_bytes(read_bytes(context.folder.root / NAME, limit=LIMIT))
    place.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(place, flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        there = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        known = set(there.splitlines())
        fresh = b"".join(line + b"\n" for line in data.splitlines() if line not in known)
        if fresh:
            os.write(descriptor, (b"\n" if there and not there.endswith(b"\n") else b"") + fresh)
    finally:
        os.close(descriptor)

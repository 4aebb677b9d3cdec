"""The run's log: JSON lines in the run's folder, sealed into the pack at step F; human lines too under ``-v``."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Generator, MutableMapping
    from pathlib import Path


@contextmanager
def open_log(path: Path, *, verbose: int = 0) -> Generator[structlog.typing.FilteringBoundLogger, None, None]:
    """A logger that appends to ``path``, one JSON object a line with an RFC 3339 time in UTC."""
    with path.open("a", encoding="utf-8") as file:
        tee = _Tee(sys.stderr if verbose else None)
        yield structlog.wrap_logger(
            structlog.WriteLogger(file),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                tee,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(0),
            cache_logger_on_first_use=False,
        ).bind()


class _Tee:
    """A processor that also says a line to a person."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if self._stream is not None:
            rest = " ".join(f"{name}={value}" for name, value in event.items() if name not in {"event", "at", "level"})
            self._stream.write(f"{event['at'][11:19]} {event['event']} {rest}\n")
        return event

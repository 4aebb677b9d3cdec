"""Frames between engine and worker: four bytes of length, then the bytes. Capped both ways, with a deadline here.

The engine is trusted by the worker, never the other way round: what comes from a worker is at most 8 MB, must come
in time, and is JSON of at most 64 levels.
"""

from __future__ import annotations

import json
import os
import select
import time
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from gonogo_evidence.canonical import MAX_DEPTH
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON

FROM_WORKER: Final = 8 * 1024 * 1024
"""Bytes of one frame of a worker."""
TO_WORKER: Final = 64 * 1024 * 1024
_HEAD: Final = 4
_CHUNK: Final = 1024 * 1024


class WireError(Inconclusive):
    """A worker that is gone, silent, or talks nonsense. What it said is worth nothing any more."""


def pack(data: bytes, limit: int) -> bytes:
    """A frame. Raises :class:`WireError` WORKER_FRAME for one that is too large."""
    if len(data) > limit:
        what = msg("A message of {size} bytes is over the limit of {limit}.", size=len(data), limit=limit)
        raise WireError("WORKER_FRAME", what)
    return len(data).to_bytes(_HEAD, "big") + data


def dump(value: object) -> bytes:
    """JSON bytes of what goes to a worker, or comes from one."""
    try:
        return orjson.dumps(value)
    except TypeError:  # halves of characters in the text of a file, integers of any length
        return json.dumps(value, ensure_ascii=True).encode("ascii")


def load(data: bytes) -> Any:  # noqa: ANN401 - JSON, read by those who trust it
    """What :func:`dump` wrote."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data)


def load_object(data: bytes) -> dict[str, JSON]:
    """A worker's JSON object. Raises :class:`WireError` WORKER_GARBAGE for anything else."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise garbage("it is not JSON") from error
    if not isinstance(value, dict) or not _shallow(cast("object", value)):
        raise garbage(f"it is no JSON object of at most {MAX_DEPTH} levels")
    return cast("dict[str, JSON]", value)


def garbage(why: str) -> WireError:
    """The error for a message that cannot be understood."""
    return WireError("WORKER_GARBAGE", msg("A worker's message could not be understood: {why}.", why=why))


class Line:
    """The engine's side of a worker's two pipes. It never waits without a deadline."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)

    def send(self, *frames: bytes, within: float) -> None:
        """Send frames; the worker must take them within so many seconds. Raises :class:`WireError`."""
        until = time.monotonic() + within
        left = memoryview(b"".join(pack(frame, TO_WORKER) for frame in frames))
        while left:
            _wait(self._writing, select.POLLOUT, until)
            try:
                left = left[os.write(self._writing, left[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _gone() from error

    def receive(self, *, within: float) -> bytes:
        """The next frame. Raises :class:`WireError` WORKER_LOST, WORKER_SILENT, WORKER_FRAME."""
        until = time.monotonic() + within
        size = int.from_bytes(self._exactly(_HEAD, until), "big")
        if size > FROM_WORKER:
            what = msg("A message of {size} bytes is over the limit of {limit}.", size=size, limit=FROM_WORKER)
            raise WireError("WORKER_FRAME", what)
        return self._exactly(size, until)

    def close(self) -> None:
        """Close both pipes; a worker that waits for work ends by that."""
        for descriptor in (self._reading, self._writing):
            if descriptor >= 0:
                os.close(descriptor)
        self._reading = self._writing = -1

    def _exactly(self, size: int, until: float) -> bytes:
        parts: list[bytes] = []
        while size:
            _wait(self._reading, select.POLLIN, until)
            try:
                part = os.read(self._reading, min(size, _CHUNK))
            except BlockingIOError:
                continue
            except OSError as error:
                raise _gone() from error
            if not part:
                raise _gone()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _wait(descriptor: int, event: int, until: float) -> None:
    if descriptor < 0:
        raise _gone()
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        raise WireError("WORKER_SILENT", msg("A worker gave no answer in time, and was ended."))


def _gone() -> WireError:
    return WireError("WORKER_LOST", msg("A worker ended before it handed back its result."))


def _shallow(value: object) -> bool:
    """Whether a value has at most the levels that evidence may have; a level at a time, nothing recurses."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for one in level for item in _below(one)]
        if not level:
            return True
    return False


def _below(value: object) -> list[object]:
    if isinstance(value, dict):
        return [item for item in cast("dict[str, object]", value).values() if isinstance(item, dict | list)]
    return [item for item in cast("list[object]", value) if isinstance(item, dict | list)]

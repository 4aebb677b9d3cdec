"""Processes that hash: each runs ``hash_worker.py`` and is fed batches over pipes.

They are started by name (``python -I -S``), never forked, and end with the call, whatever ends it.
"""

from __future__ import annotations

import os
import selectors
import subprocess  # our own worker, by argv, with the interpreter that runs this
import sys
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias, cast

from gonogo_evidence import hash_worker

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import IO

Worker: TypeAlias = "subprocess.Popen[bytes]"
Answers: TypeAlias = "tuple[Sequence[str], list[str]]"
"""Paths, and a line for each; at the end some may be missing."""

BATCH = 256
"""Files a worker gets at once, at most."""
SHARES = 4
"""Near the end a worker gets so small a part of its share of the rest, so that all are done at about the same time."""


def answers(root: int, paths: Sequence[str], count: int) -> Generator[Answers]:
    """What ``count`` workers answer, batch by batch as they are done; nothing where no worker can be started at all.

    One batch is under way to a worker at a time: neither side ever writes while the other does. A worker that is gone
    gets no further batch; what is left when all of them are gone is not answered.
    """
    todo = _batches(paths, count)
    with _started(root, count) as workers, selectors.DefaultSelector() as waiting:
        for worker in workers:
            _ask(waiting, worker, todo)
        while waiting.get_map():
            for key, _ in waiting.select():
                worker, batch = cast("tuple[Worker, Sequence[str]]", key.data)
                waiting.unregister(key.fileobj)
                lines = _lines(worker, len(batch))
                if len(lines) == len(batch):
                    _ask(waiting, worker, todo)
                yield batch, lines


def _batches(paths: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    at = 0
    while at < len(paths):
        size = max(1, min(BATCH, (len(paths) - at) // (count * SHARES)))
        yield paths[at : at + size]
        at += size


@contextmanager
def _started(root: int, count: int) -> Generator[list[Worker]]:
    """As many workers as the system lets start, at most ``count``; all are gone when this is left, however it is."""
    argv = [sys.executable, "-I", "-S", hash_worker.__file__, str(root)]
    workers: list[Worker] = []
    try:
        try:
            for _ in range(count):
                workers.append(  # noqa: PERF401 - those that did start must be known when the next one does not
                    subprocess.Popen(  # noqa: S603 - argv, no shell
                        argv,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL,
                        pass_fds=(root,),
                        start_new_session=True,  # Ctrl-C is for us; we end them
                    )
                )
        except OSError:
            pass  # hash with those that started, or without any: the same function, the same answers
        yield workers
    finally:
        for worker in workers:
            worker.kill()
        for worker in workers:
            with suppress(BrokenPipeError), worker:
                worker.wait()


def _ask(waiting: selectors.BaseSelector, worker: Worker, todo: Iterator[Sequence[str]]) -> None:
    """Give a worker the next batch. One that is gone is found out when its answer is read."""
    batch = next(todo, None)
    if batch is None:
        return
    with suppress(BrokenPipeError):
        pipe = _pipe(worker.stdin)
        pipe.write(os.fsencode("\n".join(batch) + "\n\n"))
        pipe.flush()
    waiting.register(_pipe(worker.stdout), selectors.EVENT_READ, (worker, batch))


def _lines(worker: Worker, count: int) -> list[str]:
    """So many whole answers; fewer from a worker that is gone."""
    lines = list(islice(_pipe(worker.stdout), count))
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()
    return b"".join(lines).decode("ascii", "replace").split("\n")[:-1]


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("a worker is started with pipes")
    return pipe

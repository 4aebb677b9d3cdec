"""A process that parses documents beside the gate's own. It is only quicker: what it does not answer is parsed again.

It is a program like any that a gate starts, in the same fence: it reads the work tree and writes to its output alone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_policies.docs.sheets import from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_policies.docs.library import Sheet

WORTH = 4 * 1024 * 1024
"""Bytes of documents from which on a second process pays: it takes a tenth of a second to start."""
JOB = "documents.json"
_START = "import sys; sys.path[:0] = sys.argv[1:3]; from gonogo_policies.docs.worker import main; main(sys.argv[3])"


class Beside:
    """Sheets of some documents, made by another process while this one goes on.

    Args:
        start: runs an argv to its end and gives what it wrote, None where it failed.
        tree: the work tree.
        output: an empty folder for the job.
    """

    def __init__(self, start: Callable[[list[str]], bytes | None], tree: Path, output: Path) -> None:
        self._start = start
        self._tree = tree
        self._output = output
        self._thread: threading.Thread | None = None
        self._answer: bytes | None = None
        self._asked: tuple[str, ...] = ()
        self.asked: frozenset[str] = frozenset()
        """The documents that are parsed elsewhere."""

    def ask(self, places: Mapping[str, str], roots: frozenset[str]) -> None:
        """Begin with a part of these documents, by path and place on the disk, where that pays."""
        self._asked = _part(self._tree, places) if cores() > 1 else ()
        if not self._asked:
            return
        job = {"tree": str(self._tree), "roots": sorted(roots), "files": [places[path] for path in self._asked]}
        try:
            (self._output / JOB).write_text(json.dumps(job), encoding="ascii")
        except OSError:
            self._asked = ()
            return
        self.asked = frozenset(self._asked)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def answers(self) -> dict[str, Sheet]:
        """Wait for the end: the sheets, by path; documents that are not text or went wrong are not there."""
        if self._thread is not None:
            self._thread.join()
        try:
            found = json.loads(self._answer or b"[]")
            return {
                path: from_json(value)
                for path, value in zip(self._asked, found, strict=bool(found))
                if value is not None
            }
        except (ValueError, TypeError, KeyError, AttributeError):
            return {}

    def _run(self) -> None:
        package, evidence = (
            str(Path(sys.modules[name].__path__[0]).parent) for name in ("gonogo_policies", "gonogo_evidence")
        )
        argv = [sys.executable, "-I", "-S", "-c", _START, package, evidence, str(self._output / JOB)]
        try:
            self._answer = self._start(argv)
        except (GonogoError, OSError):
            self._answer = None


def _part(tree: Path, places: Mapping[str, str]) -> tuple[str, ...]:
    """About half of the documents by size; none where they are too few to pay."""
    sizes = {path: _size(os.path.join(tree, disk)) for path, disk in places.items()}  # noqa: PTH118 - thousands
    if sum(sizes.values()) < WORTH:
        return ()
    ours = theirs = 0
    part: list[str] = []
    for path, size in sorted(sizes.items(), key=lambda item: -item[1]):
        if theirs < ours:
            part.append(path)
            theirs += size
        else:
            ours += size
    return tuple(part)


def _size(place: str) -> int:
    try:
        return os.lstat(place).st_size
    except OSError:
        return 0


def cores() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # a call that Linux alone has
        return os.cpu_count() or 1

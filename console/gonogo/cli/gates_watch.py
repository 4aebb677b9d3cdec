"""``gonogo gates --watch``: look again whenever the desk changes, until Ctrl-C. For one's eyes, never evidence."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from gonogo.cli.context import Output
    from gonogo_agents.repository import Repository

PAUSE = 0.5
"""Seconds between two questions to git."""
CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def check_watchable(form: str, commit: str | None, *, json: bool) -> None:
    """Refuse what cannot be watched. Raises BadInput WATCH_WORDS: documents for programs, and commits, which stay."""
    if json or form != "text" or commit is not None:
        raise BadInput(
            "WATCH_WORDS",
            msg("--watch shows words about the desk: it goes with neither --json, --format nor --commit."),
            next_step=msg("gonogo gates --watch"),
        )


def watch(output: Output, repository: Repository, look: Callable[[], object]) -> NoReturn:
    """Look now and after each change of the desk.

    What the first look raises is raised; later it is shown, and the next look may be better.
    """
    before: object = None
    while True:
        now = desk_state(repository)
        if now != before:
            if output.live and sys.stdout.isatty():
                sys.stdout.write(CLEAR)
            try:
                look()
            except GonogoError as error:
                if before is None:
                    raise
                output.say(error.what)
            output.say(msg("Watching the desk; Ctrl-C ends it. This is no evidence: a run looks for itself."))
            before = now
        time.sleep(PAUSE)


def desk_state(repository: Repository) -> tuple[object, ...]:
    """What tells one desk from another: HEAD, what git calls changed or new, and when and how long these files are."""
    status = repository.git("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")
    return (status, *(_stamp(repository.root / os.fsdecode(name)) for name in _names(status)))


def _names(status: bytes) -> Iterator[bytes]:
    """The names in git's answer: the last of the fields that each kind of line has."""
    fields = {b"1": 8, b"2": 9, b"u": 10, b"?": 1}
    for record in status.split(b"\0"):
        if record[:1] in fields and record[1:2] == b" ":
            yield record.split(b" ", fields[record[:1]])[-1]


def _stamp(place: os.PathLike[str]) -> tuple[int, int] | None:
    try:
        found = os.lstat(place)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size)

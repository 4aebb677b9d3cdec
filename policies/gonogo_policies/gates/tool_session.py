"""Starting a gate's programs: one time budget for all, outputs kept, ends looked at in one place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gonogo_policies.gates.interface import GATE_ENV, CommandResult, Observation
from gonogo_policies.gates.verdicts import require_end, tool_missing
from gonogo_policies.gates.words import decode, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from gonogo_evidence.ids import JSON
    from gonogo_policies.gates.interface import GateContext

T = TypeVar("T")

BATCH_BYTES = 96 * 1024
"""Bytes of file names in one argv: below every system's limit."""
BATCH_FILES = 1000


class Session:
    """The programs of one gate, run one after the other in the work tree."""

    def __init__(self, context: GateContext, tool: str) -> None:
        self._context = context
        self._tool = tool
        self._version = ""
        self._runs: list[tuple[tuple[str, ...], CommandResult]] = []

    def run(
        self, argv: Sequence[str], *, expected: Container[int], more: Mapping[str, str] | None = None
    ) -> CommandResult:
        """Run to an end that is expected. Raises Stopped GATE_TOOL_MISSING, GATE_TIMEOUT or GATE_CRASHED."""
        done = self.attempt(argv, more)
        require_end(done, self._tool, seconds=self._seconds, expected=expected)
        return done

    def attempt(self, argv: Sequence[str], more: Mapping[str, str] | None = None) -> CommandResult:
        """Run to any end, within what is left of the gate's time; ``more`` is added to the environment."""
        left = self._seconds - sum(done.duration_ms for _, done in self._runs) / 1000
        own = {GATE_ENV: self._context.settings.name, "PYTHONDONTWRITEBYTECODE": "1"}
        env = {**self._context.env, **(more or {}), **own}
        if left <= 0:
            done = CommandResult(None, timed_out=True)
        else:
            done = self._context.run_command(argv, cwd=self._context.tree, timeout=left, env=env)
        self._runs.append((tuple(argv), done))
        return done

    @property
    def version(self) -> str:
        """What the program said its version was; empty before it was asked."""
        return self._version

    def find_version(self, program: str, more: Mapping[str, str] | None = None) -> None:
        """Ask the program for its version. Raises Stopped as :meth:`run`."""
        words = decode(self.run((program, "--version"), expected={0}, more=more).stdout).split()
        self._version = plain(words[-1], 60) if words else ""

    def note_version(self, version: str) -> None:
        """Keep a version that was learnt in another way than by :meth:`find_version`."""
        self._version = version

    def observed(self, attempts: Sequence[Mapping[str, JSON]] = ()) -> Observation:
        """All runs together: the last argv and exit code, whole times, outputs one after the other."""
        argv, last = self._runs[-1] if self._runs else ((), CommandResult(None))
        return Observation(
            tool=self._tool,
            version=self._version,
            argv=argv,
            exit_code=last.code,
            duration_ms=sum(done.duration_ms for _, done in self._runs),
            timed_out=any(done.timed_out for _, done in self._runs),
            stdout=b"".join(done.stdout for _, done in self._runs),
            stderr=b"".join(done.stderr for _, done in self._runs),
            attempts=tuple(attempts),
        )

    @property
    def _seconds(self) -> int:
        return self._context.settings.timeout_seconds


def find_tool(name: str, context: GateContext) -> str:
    """A program that came with gonogo, beside its interpreter, else on PATH. Raises Stopped GATE_TOOL_MISSING."""
    beside = Path(context.python).parent / name
    if beside.is_file() and os.access(beside, os.X_OK):
        return str(beside)
    if found := shutil.which(name, path=context.env.get("PATH", "")):
        return found
    raise tool_missing(name)


def batches(items: Sequence[T], *, size: Callable[[T], int]) -> Iterator[list[T]]:
    """Items in order, cut so that an argv can hold each part; ``size`` in bytes."""
    part: list[T] = []
    used = 0
    for item in items:
        if part and (used + size(item) > BATCH_BYTES or len(part) == BATCH_FILES):
            yield part
            part, used = [], 0
        part.append(item)
        used += size(item)
    if part:
        yield part

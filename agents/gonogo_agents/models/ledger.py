"""The ledger of what models cost: one line when a call is reserved, one when it is settled, synced, behind a lock.

A call whose run died before it was settled counts with its estimate for ever: a crash makes nothing cheaper. All runs
of a repository share the file, so that two at once cannot spend one rest twice.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from gonogo_agents.models.interface import CallFailed
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.files import no_room
from gonogo_evidence.text import msg
from gonogo_policies.layer_run.money import Counted, Spent, over

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from gonogo_agents.world import World
    from gonogo_policies.layer_run.money import Budget


@dataclass(frozen=True, slots=True)
class Ledger:
    """What this run may still spend. ``path`` lies in the state folder, one for a repository."""

    path: Path
    world: World
    run_id: str
    layer_id: str

    def reserve(self, budget: Budget, cost: int, tokens: int) -> str:
        """Take an estimated call (micro-dollars, tokens) off the budget, before it is made. Returns its id.

        Raises:
            CallFailed: ``budget``, where it does not fit; nothing was written and nothing may be asked.
            IntegrityBroken: ``SPEND_LEDGER``, where a line of the ledger cannot be read.
            Inconclusive: DISK_FULL, CANNOT_WRITE.
        """
        with self._open() as descriptor:
            spent = self._spent(_read(descriptor, self.path))
            if limit := budget.refuses(spent, cost, tokens):
                raise CallFailed("budget", str(over(limit)))
            name = self.world.token(8)
            self._write(descriptor, name, Counted(cost, tokens, "estimated"), 0, settled=False)
        return name

    def settle(self, name: str, counted: Counted, ms: int) -> None:
        """Write down what a reserved call came to, whether it was answered or not, and whose numbers these are."""
        with self._open() as descriptor:
            self._write(descriptor, name, counted, ms, settled=True)

    def spent(self) -> Spent:
        """What stands in the ledger for this run, its layer today, today and this month."""
        with self._open() as descriptor:
            return self._spent(_read(descriptor, self.path))

    def _spent(self, calls: Mapping[str, Mapping[str, Any]]) -> Spent:
        day = f"{self.world.now():%Y-%m-%d}"
        run = [call for call in calls.values() if call["run"] == self.run_id]
        today = [call for call in calls.values() if call["at"][:10] == day]
        month = [call for call in calls.values() if call["at"][:7] == day[:7]]
        return Spent(
            run_cost=sum(call["cost"] for call in run),
            layer_cost=sum(call["cost"] for call in today if call["layer"] == self.layer_id),
            day_cost=sum(call["cost"] for call in today),
            month_cost=sum(call["cost"] for call in month),
            run_tokens=sum(call["tokens"] for call in run),
            run_seconds=-(-sum(call["ms"] for call in run) // 1000),
        )

    def _write(self, descriptor: int, name: str, counted: Counted, ms: int, *, settled: bool) -> None:
        line = {
            "call": name,
            "at": f"{self.world.now():%Y-%m-%dT%H:%M:%SZ}",
            "run": self.run_id,
            "layer": self.layer_id,
            "cost": counted.cost,
            "tokens": counted.tokens,
            "basis": counted.basis,
            "ms": ms,
            "settled": settled,
        }
        try:
            os.write(descriptor, json.dumps(line, sort_keys=True).encode() + b"\n")
            os.fsync(descriptor)
        except OSError as error:
            raise no_room(error, self.path) from error

    @contextmanager
    def _open(self) -> Generator[int, None, None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise no_room(error, self.path) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)


def _read(descriptor: int, path: Path) -> dict[str, dict[str, Any]]:
    """The last line of each call. A line that a crash cut short at the end is ended: its call was not made."""
    size = os.fstat(descriptor).st_size
    data = os.pread(descriptor, size, 0)
    if data and not data.endswith(b"\n"):
        data = data[: data.rfind(b"\n") + 1]
        os.ftruncate(descriptor, len(data))
    calls: dict[str, dict[str, Any]] = {}
    for line in data.splitlines():
        try:
            call = cast("dict[str, Any]", json.loads(line))
            numbers = [call[name] for name in ("cost", "tokens", "ms")]
            words = [call[name] for name in ("call", "at", "run", "layer")]
        except (ValueError, KeyError, TypeError) as error:
            raise _broken(path) from error
        if not all(type(number) is int and number >= 0 for number in numbers) or not all(type(w) is str for w in words):
            raise _broken(path)
        began = calls.get(call["call"], call)
        calls[call["call"]] = {**call, "at": began["at"]}
    return calls


def _broken(path: Path) -> IntegrityBroken:
    return IntegrityBroken(
        "SPEND_LEDGER",
        msg("The ledger of what models cost cannot be read, so nothing may be spent."),
        where=str(path),
        next_step=msg("Look at the file; if it cannot be mended, move it away: spending begins at nothing again."),
    )

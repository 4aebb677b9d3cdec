"""A ledger in memory: the store's port over a value, so that a state of the world can be kept and taken up again.

It passes the kit that every store must pass (``tests/graph/test_store.py``).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from gonogo_graph.macs import SIZE, MacKey
from gonogo_graph.store import Close, PackNumber, Refusal, Request, RunRow, SignOff, Spent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gonogo_evidence.ids import RunId
    from gonogo_graph.store.interface import RunState

COLUMNS = frozenset(column.name for column in fields(RunRow))


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every table, in the order of insertion."""

    runs: tuple[RunRow, ...] = ()
    numbers: tuple[tuple[RunId, PackNumber], ...] = ()
    requests: tuple[Request, ...] = ()
    signoffs: tuple[SignOff, ...] = ()
    spent: tuple[Spent, ...] = ()
    closes: tuple[Close, ...] = ()
    abandonments: tuple[tuple[RunId, str, str, str], ...] = ()
    refusals: tuple[Refusal, ...] = field(default=(), compare=False)
    """Only grows and decides nothing: two states that differ in it alone are one."""


def _silent(name: str) -> None:
    del name


class MemoryStore:
    """The store over one :class:`Ledger`. ``effect`` is told of each write before it happens, and may raise."""

    def __init__(self, ledger: Ledger = Ledger(), effect: Callable[[str], None] = _silent) -> None:
        self.ledger = ledger
        self.key = MacKey(bytes(SIZE))
        self._effect = effect

    def _write(self, name: str, **tables: object) -> None:
        self._effect(name)
        self.ledger = replace(self.ledger, **tables)  # type: ignore[arg-type]

    def add_run(self, row: RunRow) -> None:
        if self.run(row.run_id) is not None:
            raise sqlite3.IntegrityError(row.run_id)
        self._write("run", runs=(*self.ledger.runs, row))

    def adopted(self, run_id: RunId) -> bool:
        del run_id
        return False

    def row(self, run_id: RunId) -> RunRow | None:
        return self.run(run_id)

    def run(self, run_id: RunId) -> RunRow | None:
        return next((row for row in self.ledger.runs if row.run_id == run_id), None)

    def runs(self, states: Sequence[RunState] = (), *, limit: int = 50) -> list[RunRow]:
        found = [row for row in self.ledger.runs if not states or row.state in states]
        return sorted(found, key=lambda row: row.updated if states else row.run_id, reverse=True)[:limit]

    def run_ids(self, prefix: str = "", *, limit: int = 20) -> list[RunId]:
        return sorted((row.run_id for row in self.ledger.runs if row.run_id.startswith(prefix)), reverse=True)[:limit]

    def _with(self, run_id: RunId, values: dict[str, str | None]) -> tuple[RunRow, ...]:
        if not values or not values.keys() <= COLUMNS:
            raise ValueError(f"no such columns: {sorted(values.keys() - COLUMNS)}")
        return tuple(
            replace(row, **values) if row.run_id == run_id else row  # type: ignore[arg-type]
            for row in self.ledger.runs
        )

    def update_run(self, run_id: RunId, **values: str | None) -> None:
        self._write("run index", runs=self._with(run_id, values))

    def number_pack(self, run_id: RunId, phase: str, layer: str, date: str) -> PackNumber:
        known = next((number for run, number in self.ledger.numbers if run == run_id), None)
        if known is not None:
            return known
        same = [n.number for _, n in self.ledger.numbers if (n.phase, n.layer, n.date) == (phase, layer, date)]
        made = PackNumber(phase, layer, date, max(same, default=0) + 1)
        self._write("pack number", numbers=(*self.ledger.numbers, (run_id, made)))
        return made

    def add_request(self, request: Request, **index: str | None) -> None:
        runs = self._with(request.run_id, index) if index else self.ledger.runs
        known = {one.request_id for one in self.ledger.requests}
        new = () if request.request_id in known else (request,)
        self._write("request", requests=(*self.ledger.requests, *new), runs=runs)

    def request(self, run_id: RunId) -> Request | None:
        return next((one for one in reversed(self.ledger.requests) if one.run_id == run_id), None)

    def add_signoff(self, signoff: SignOff) -> bool:
        def names(row: SignOff) -> tuple[str, str, str]:
            return row.run_id, row.request_id, row.fingerprint

        if any(row.digest == signoff.digest or names(row) == names(signoff) for row in self.ledger.signoffs):
            return False
        self._write("sign-off", signoffs=(*self.ledger.signoffs, signoff))
        return True

    def signoffs(self, run_id: RunId, request_id: str) -> list[SignOff]:
        return [row for row in self.ledger.signoffs if (row.run_id, row.request_id) == (run_id, request_id)]

    def spend(self, spent: Spent) -> Spent | None:
        if self.abandoned(spent.run_id) is None and self.spent(spent.run_id) is None:
            self._write("intent", spent=(*self.ledger.spent, spent))
        return self.spent(spent.run_id)

    def finish(self, run_id: RunId, updated: str) -> None:
        done = tuple(replace(row, state="DONE") if row.run_id == run_id else row for row in self.ledger.spent)
        decision = next((row.decision for row in done if row.run_id == run_id), None)
        runs = self._with(run_id, {"state": "COMMITTED", "updated": updated, "decision": decision})
        self._write("done", spent=done, runs=runs)

    def spent(self, run_id: RunId) -> Spent | None:
        return next((row for row in self.ledger.spent if row.run_id == run_id), None)

    def add_close(self, close: Close) -> bool:
        if any((row.run_id, row.number) == (close.run_id, close.number) for row in self.ledger.closes):
            return False
        self._write("close", closes=(*self.ledger.closes, close))
        return True

    def closes(self, run_id: RunId) -> list[Close]:
        return sorted((row for row in self.ledger.closes if row.run_id == run_id), key=lambda row: row.number)

    def add_refusal(self, refusal: Refusal) -> None:
        self._write("refusal", refusals=(*self.ledger.refusals, refusal))

    def refusals(self, run_id: RunId) -> list[Refusal]:
        return [row for row in self.ledger.refusals if row.run_id == run_id]

    def abandon(self, run_id: RunId, principal: str, reason: str, at: str) -> bool:
        if self.spent(run_id) is not None or self.abandoned(run_id) is not None:
            return False
        self._write("abandonment", abandonments=(*self.ledger.abandonments, (run_id, principal, reason, at)))
        return True

    def abandoned(self, run_id: RunId) -> tuple[str, str, str] | None:
        found = next((row for row in self.ledger.abandonments if row[0] == run_id), None)
        return found[1:] if found else None

    def close(self) -> None:
        return

"""The store on SQLite: WAL, ``synchronous=FULL``, unique constraints that do the deciding."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast

from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.ids import RunId
from gonogo_evidence.text import msg
from gonogo_graph.store.database import SCHEMA, SCHEMA_VERSION, connect
from gonogo_graph.store.interface import Close, PackNumber, Refusal, Request, RunRow, RunState, SignOff, Spent

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from gonogo_graph.macs import MacKey

Row = TypeVar("Row")
SIGNED = attrgetter(*(field.name for field in fields(RunRow) if field.name != "mac"))
"""What the MAC of a run's row covers: all the rest of it."""


class SqliteStore:
    """One database file for a repository."""

    def __init__(self, path: Path, key: MacKey) -> None:
        self._db = connect(path)
        self.key = key
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise BadInput(
                "STATE_TOO_NEW",
                msg("The state was written by a newer gonogo (schema {version}).", version=version),
                where=str(path),
                next_step=msg("Use that version, or another GONOGO_HOME."),
            )
        if version < SCHEMA_VERSION:
            with self._transaction():
                self._bring_up_to_date()
        elif key.fresh:
            with self._transaction():
                self._adopt()

    def _bring_up_to_date(self) -> None:
        for statement in SCHEMA.split(";"):
            self._db.execute(statement)
        if "mac" not in {row[1] for row in self._db.execute("PRAGMA table_info(runs)")}:
            self._db.execute("ALTER TABLE runs ADD COLUMN mac BLOB")
        if self.key.fresh:
            self._adopt()
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _adopt(self) -> None:
        """Rows of an earlier version get their MAC once, when the key is made; nothing gets one later."""
        for row in self._all(RunRow, "SELECT * FROM runs WHERE mac IS NULL"):
            self._db.execute("UPDATE runs SET mac = ? WHERE run_id = ?", (self._mac("adopted", row), row.run_id))

    def _one(self, kind: type[Row], query: str, *values: object) -> Row | None:
        rows = self._all(kind, query, *values)
        return rows[0] if rows else None

    def _all(self, kind: type[Row], query: str, *values: object) -> list[Row]:
        return [kind(*row) for row in self._db.execute(query.replace("*", _columns(kind), 1), values)]  # type: ignore[arg-type]

    def _insert(self, table: str, row: Any, clause: str = "") -> int:  # noqa: ANN401 - any of the port's dataclasses
        values = asdict(row)
        columns, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
        query = f"INSERT INTO {table} ({columns}) VALUES ({marks}) {clause}"  # noqa: S608 - names are our own
        return self._db.execute(query, tuple(values.values())).rowcount

    @contextmanager
    def _transaction(self) -> Generator[None, None, None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _mac(self, kind: str, row: RunRow) -> bytes:
        return self.key.of(kind, *SIGNED(row))

    def _kind(self, row: RunRow) -> str | None:
        """Of which kind the row's MAC is: ``run``, or ``adopted`` from an earlier version. None: it does not fit."""
        return next((kind for kind in ("run", "adopted") if self.key.fits(row.mac, kind, *SIGNED(row))), None)

    def _looked_at(self, row: RunRow) -> RunRow:
        return row if self._kind(row) else replace(row, state="CHANGED")

    def add_run(self, row: RunRow) -> None:
        """Insert a new run."""
        self._insert("runs", replace(row, mac=self._mac("run", row)))

    def run(self, run_id: RunId) -> RunRow | None:
        """The run, or None. Raises :class:`IntegrityBroken` ``RUN_ROW_CHANGED``."""
        row = self.row(run_id)
        if row is not None and row.state == "CHANGED":
            raise IntegrityBroken(
                "RUN_ROW_CHANGED",
                msg("What the index says of the run is not what was written here: its row was edited."),
                where=run_id,
                next_step=msg('gonogo abandon {run} --reason "run row changed"', run=run_id),
            )
        return row

    def row(self, run_id: RunId) -> RunRow | None:
        """The run as it lies there; in the state CHANGED where its MAC does not fit it."""
        found = self._one(RunRow, "SELECT * FROM runs WHERE run_id = ?", run_id)
        return self._looked_at(found) if found else None

    def adopted(self, run_id: RunId) -> bool:
        """Whether the run is of an earlier version that wrote no MACs."""
        found = self._one(RunRow, "SELECT * FROM runs WHERE run_id = ?", run_id)
        return found is not None and self._kind(found) == "adopted"

    def runs(self, states: Sequence[RunState] = (), *, limit: int = 50) -> list[RunRow]:
        """The newest runs in these states (all states when empty)."""
        if not states:
            found = self._all(RunRow, "SELECT * FROM runs ORDER BY run_id DESC LIMIT ?", limit)
            return [self._looked_at(row) for row in found]
        marks = ", ".join("?" * len(states))
        query = f"SELECT * FROM runs WHERE state IN ({marks}) ORDER BY updated DESC LIMIT ?"  # noqa: S608 - marks only
        return [self._looked_at(row) for row in self._all(RunRow, query, *states, limit)]

    def run_ids(self, prefix: str = "", *, limit: int = 20) -> list[RunId]:
        """Ids that begin with ``prefix``, newest first."""
        query = "SELECT run_id FROM runs WHERE substr(run_id, 1, ?) = ? ORDER BY run_id DESC LIMIT ?"
        return [RunId(row[0]) for row in self._db.execute(query, (len(prefix), prefix, limit))]

    def update_run(self, run_id: RunId, **values: str | None) -> None:
        """Set columns of the index row."""
        if not values:
            raise ValueError("no such columns: []")
        with self._transaction():
            self._update_run(run_id, values)

    def _update_run(self, run_id: RunId, values: Mapping[str, str | None]) -> None:
        """Inside a transaction. A row whose MAC does not fit gets none that does: an edit is never made good."""
        known = {field.name for field in fields(RunRow)}
        if not values.keys() <= known:
            raise ValueError(f"no such columns: {sorted(values.keys() - known)}")
        row = self._one(RunRow, "SELECT * FROM runs WHERE run_id = ?", run_id)
        if row is None:
            return
        kind, changed = self._kind(row), replace(row, **cast("dict[str, Any]", values))
        stored = {**values, "mac": self._mac(kind, changed) if kind else row.mac}
        columns = ", ".join(f'"{name}" = ?' for name in stored)
        self._db.execute(f"UPDATE runs SET {columns} WHERE run_id = ?", (*stored.values(), run_id))  # noqa: S608 - columns of the dataclass

    def number_pack(self, run_id: RunId, phase: str, layer: str, date: str) -> PackNumber:
        """The run's pack number; the next free one on the first call, the same ever after."""
        self._db.execute(
            "INSERT INTO pack_numbers (phase, layer, date, number, run_id) SELECT ?1, ?2, ?3,"
            " coalesce((SELECT max(number) FROM pack_numbers WHERE phase = ?1 AND layer = ?2 AND date = ?3), 0) + 1, ?4"
            " WHERE true ON CONFLICT (run_id) DO NOTHING",
            (phase, layer, date, run_id),
        )
        found = self._one(PackNumber, "SELECT * FROM pack_numbers WHERE run_id = ?", run_id)
        if found is None:
            raise RuntimeError("the pack number that was just written is not there")
        return found

    def add_request(self, request: Request, **index: str | None) -> None:
        """Record a request and, in the same transaction, what the index shows of its run."""
        with self._transaction():
            self._insert("requests", request, "ON CONFLICT (request_id) DO NOTHING")
            if index:
                self._update_run(request.run_id, index)

    def request(self, run_id: RunId) -> Request | None:
        """The newest request of the run."""
        return self._one(Request, "SELECT * FROM requests WHERE run_id = ? ORDER BY rowid DESC LIMIT 1", run_id)

    def add_signoff(self, signoff: SignOff) -> bool:
        """Record a sign-off; False when this key already answered this request."""
        return self._insert("signoffs", signoff, "ON CONFLICT DO NOTHING") == 1

    def signoffs(self, run_id: RunId, request_id: str) -> list[SignOff]:
        """All answers to one request, in order of arrival."""
        query = "SELECT * FROM signoffs WHERE run_id = ? AND request_id = ? ORDER BY rowid"
        return self._all(SignOff, query, run_id, request_id)

    def spend(self, spent: Spent) -> Spent | None:
        """Insert the single-use row, or return the row that was there first; None when the run was abandoned."""
        query = (
            "INSERT INTO spent SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS"
            " (SELECT 1 FROM abandonments WHERE run_id = ?1) ON CONFLICT (run_id) DO NOTHING"
        )
        self._db.execute(query, (spent.run_id, spent.decision, spent.state, spent.outcome, spent.at))
        return self.spent(spent.run_id)

    def finish(self, run_id: RunId, updated: str) -> None:
        """Mark the single-use row DONE and the run COMMITTED, in one transaction."""
        with self._transaction():
            self._db.execute("UPDATE spent SET state = 'DONE' WHERE run_id = ?", (run_id,))
            spent = self.spent(run_id)
            decision = spent.decision if spent else None
            self._update_run(run_id, {"state": "COMMITTED", "updated": updated, "decision": decision})

    def spent(self, run_id: RunId) -> Spent | None:
        """The single-use row, or None."""
        return self._one(Spent, "SELECT * FROM spent WHERE run_id = ?", run_id)

    def add_close(self, close: Close) -> bool:
        """Record a met condition; False when it was closed before."""
        return self._insert("closes", close, "ON CONFLICT DO NOTHING") == 1

    def closes(self, run_id: RunId) -> list[Close]:
        """The met conditions."""
        return self._all(Close, "SELECT * FROM closes WHERE run_id = ? ORDER BY number", run_id)

    def add_refusal(self, refusal: Refusal) -> None:
        """Record a refused attempt."""
        self._insert("refusals", refusal)

    def refusals(self, run_id: RunId) -> list[Refusal]:
        """The refused attempts of a run, oldest first."""
        return self._all(Refusal, "SELECT * FROM refusals WHERE run_id = ? ORDER BY rowid", run_id)

    def abandon(self, run_id: RunId, principal: str, reason: str, at: str) -> bool:
        """End a run on the record; False when it was ended or decided before."""
        query = (
            "INSERT INTO abandonments SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM spent WHERE run_id = ?1)"
            " ON CONFLICT DO NOTHING"
        )
        return self._db.execute(query, (run_id, principal, reason, at)).rowcount == 1

    def abandoned(self, run_id: RunId) -> tuple[str, str, str] | None:
        """Who ended the run, why and when."""
        query = "SELECT principal, reason, at FROM abandonments WHERE run_id = ?"
        found: tuple[str, str, str] | None = self._db.execute(query, (run_id,)).fetchone()
        return found

    def close(self) -> None:
        """Give the connection back."""
        self._db.close()


@cache
def _columns(kind: type) -> str:
    """A table's columns in the order of its dataclass."""
    return ", ".join(f'"{field.name}"' for field in fields(kind))

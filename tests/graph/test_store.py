"""The kit that every store must pass: SQLite, and the one in memory that the proof explores."""

from __future__ import annotations

import dataclasses
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.ids import Digest, RunId
from gonogo_graph.macs import SIZE, MacKey
from gonogo_graph.store import Close, Refusal, Request, RunRow, SignOff, Spent
from gonogo_graph.store.sqlite import SqliteStore
from proof.ledger import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_graph.store import Store

RUN = RunId("20260101-000000-aaaaaa")
ROW = RunRow(
    run_id=RUN,
    state="RUNNING",
    layer_id="L0",
    reason="because",
    operator_id="ada@example.org",
    git_ref="0" * 40,
    mode="smoke",
    repo_root="/r",
    inputs=b"{}",
    graph_version="v",
    thread=RUN,
    created="2026-01-01T00:00:00Z",
    updated="2026-01-01T00:00:00Z",
)
KEY = MacKey(bytes(SIZE))
ZERO = Digest("0" * 64)
REQUEST = Request("req1", RUN, ZERO, ZERO, ZERO, "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z", "hold point")
SIGNOFF = SignOff(ZERO, RUN, "req1", "SHA256:k", "ada", "GO", b"s", b"sig", "2026-01-01T00:00:00Z")
SPENT = Spent(RUN, "GO", "INTENT", b"{}", "2026-01-01T00:00:00Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "gonogo.db"


@pytest.fixture
def sqlite(path: Path) -> Iterator[Store]:
    made = SqliteStore(path, KEY)
    made.add_run(ROW)
    yield made
    made.close()


def plain(row: RunRow | None) -> RunRow | None:
    """The row without its MAC."""
    return dataclasses.replace(row, mac=None) if row else None


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "sqlite":
        found: Store = request.getfixturevalue("sqlite")
        return found
    made = MemoryStore()
    made.add_run(ROW)
    return made


def test_a_run_is_found_by_id_prefix_and_state(store: Store) -> None:
    assert plain(store.run(RUN)) == ROW
    assert store.run(RunId("nope")) is None
    assert store.run_ids("20260101") == [RUN]
    assert store.run_ids("2026%") == []
    assert list(map(plain, store.runs(["RUNNING"]))) == [ROW]
    assert store.runs(["COMMITTED"]) == []


def test_a_run_is_inserted_once(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.add_run(ROW)


def test_columns_of_the_index_only(store: Store) -> None:
    store.update_run(RUN, verdict="PASS")
    assert list(map(plain, store.runs())) == [dataclasses.replace(ROW, verdict="PASS")]
    with pytest.raises(ValueError, match="no such columns"):
        store.update_run(RUN, **{"verdict = 'GO' --": "x"})


def test_pack_numbers_are_unique_and_stay(store: Store) -> None:
    first = store.number_pack(RUN, "4BM2", "L0", "20260101")
    assert store.number_pack(RUN, "4BM2", "L0", "20260101") == first
    assert store.number_pack(RunId("other"), "4BM2", "L0", "20260101").number == first.number + 1
    assert store.number_pack(RunId("third"), "4BM2", "L1", "20260101").number == 1


def test_the_newest_request_counts_and_updates_the_index(store: Store) -> None:
    assert store.request(RUN) is None
    store.add_request(REQUEST, state="AWAITING_OPERATOR")
    store.add_request(dataclasses.replace(REQUEST, request_id="req2"))
    newest = store.request(RUN)
    assert newest is not None
    assert newest.request_id == "req2"
    assert [row.state for row in store.runs()] == ["AWAITING_OPERATOR"]


def test_a_failed_index_update_takes_the_request_back(store: Store) -> None:
    with pytest.raises(ValueError, match="no such columns"):
        store.add_request(REQUEST, nonsense="1")
    assert store.request(RUN) is None


def test_a_key_answers_a_request_once(store: Store) -> None:
    assert store.add_signoff(SIGNOFF)
    assert not store.add_signoff(dataclasses.replace(SIGNOFF, digest=Digest("1" * 64), decision="NO-GO"))
    assert store.signoffs(RUN, "req1") == [SIGNOFF]
    assert store.signoffs(RUN, "req2") == []


def test_a_decision_is_spent_once_and_the_first_answers(store: Store) -> None:
    assert store.spent(RUN) is None
    assert store.spend(SPENT) == SPENT
    assert store.spend(dataclasses.replace(SPENT, decision="NO-GO")) == SPENT
    store.finish(RUN, "2026-01-02T00:00:00Z")
    assert store.spent(RUN) == dataclasses.replace(SPENT, state="DONE")
    row = store.run(RUN)
    assert row is not None
    assert (row.state, row.decision) == ("COMMITTED", "GO")


def test_four_at_once_spend_once(path: Path, sqlite: Store) -> None:
    def attempt(name: int) -> bytes:
        mine = SqliteStore(path, KEY)
        spent = mine.spend(dataclasses.replace(SPENT, outcome=str(name).encode()))
        mine.close()
        assert spent is not None
        return spent.outcome

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(attempt, range(4)))) == 1
    assert sqlite.spent(RUN) is not None


def test_an_abandoned_run_cannot_be_decided_nor_a_decided_one_abandoned(store: Store) -> None:
    assert store.abandon(RUN, "ada", "why", "2026-01-01T00:00:00Z")
    assert not store.abandon(RUN, "ada", "again", "2026-01-01T00:00:00Z")
    assert store.spend(SPENT) is None
    assert store.abandoned(RUN) == ("ada", "why", "2026-01-01T00:00:00Z")
    other = dataclasses.replace(SPENT, run_id=RunId("other"))
    assert store.spend(other) == other
    assert not store.abandon(RunId("other"), "ada", "late", "2026-01-01T00:00:00Z")


def test_conditions_close_once_and_refusals_stay(store: Store) -> None:
    close = Close(RUN, 1, "ada", b"s", b"sig", "2026-01-01T00:00:00Z")
    assert store.add_close(close)
    assert not store.add_close(close)
    assert store.closes(RUN) == [close]
    refusal = Refusal(RUN, "2026-01-01T00:00:00Z", "SIGNER_UNTRUSTED", "no", "there")
    store.add_refusal(refusal)
    store.add_refusal(refusal)
    assert store.refusals(RUN) == [refusal, refusal]


def test_the_file_is_its_owners_alone_and_durable(path: Path, sqlite: Store) -> None:
    del sqlite
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    raw = SqliteStore(path, KEY)._db
    assert raw.execute("PRAGMA synchronous").fetchone() == (2,)
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()


def test_a_newer_schema_is_refused(path: Path, sqlite: Store) -> None:
    sqlite.close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(BadInput, match="STATE_TOO_NEW"):
        SqliteStore(path, KEY)


def test_a_broken_file_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "gonogo.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(Inconclusive, match="STATE_UNUSABLE"):
        SqliteStore(path, KEY)

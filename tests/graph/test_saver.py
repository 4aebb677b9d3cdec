"""Checkpoints and writes on the disk: together, once a step, and there before the next step begins."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, local
from typing import TYPE_CHECKING, Any

from gonogo_graph import checkpoints
from gonogo_graph.checkpoints import config_for, saver
from gonogo_graph.machine import RECURSION_LIMIT, build
from gonogo_graph.macs import SIZE, MacKey

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.state import Ref, Run
    from gonogo_graph.table import Duty

KEY = MacKey(bytes(SIZE))
CONFIG: Any = config_for("run", RECURSION_LIMIT)
START: Any = {"schema_version": 1, "run_id": "run", "verdicts": {}}


class Play:
    """Passes every duty, and looks at the disk as somebody else would."""

    def __init__(self, path: Path, *, dies_at: int = 0) -> None:
        self.path = path
        self.dies_at = dies_at
        self.seen: list[int] = []

    def __call__(self, duty: Duty, state: Run) -> tuple[Verdict, Ref]:
        del state
        if duty.number == self.dies_at:
            raise KeyboardInterrupt
        self.seen.append(count(self.path, "SELECT count(*) FROM checkpoints"))
        return "PASS", {"path": duty.writes, "sha256": "0" * 64, "size": 0, "media_type": "text/plain"}


def count(path: Path, query: str) -> int:
    """A number, read by another connection."""
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


def test_a_step_waits_for_the_disk_once_and_the_next_begins_after_it(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.db"
    play, said = Play(path), list[str]()
    with saver(path, KEY) as checkpointer:
        checkpointer.setup()
        checkpointer.conn.set_trace_callback(said.append)
        build(play, lambda _: "done").compile(checkpointer=checkpointer).invoke(START, CONFIG, durability="sync")
        assert play.seen == [number + 1 for number in range(1, 10)]
        assert said.count("COMMIT") == count(path, "SELECT count(*) FROM checkpoints") == 11
    assert count(path, "SELECT count(*) FROM writes WHERE channel = '__interrupt__'") == 1


def test_two_first_runs_at_once_make_the_column_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, both, first, real = tmp_path / "checkpoints.db", Barrier(2, timeout=60), local(), checkpoints._without_mac

    def together(connection: sqlite3.Connection) -> list[str]:
        found = real(connection)
        if not hasattr(first, "looked"):
            first.looked = True
            both.wait()
        return found

    def one(_: int) -> None:
        with saver(path, KEY) as checkpointer:
            checkpointer.setup()

    monkeypatch.setattr(checkpoints, "_without_mac", together)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(one, range(2)))
    assert count(path, "SELECT count(*) FROM pragma_table_info('checkpoints') WHERE name = 'mac'") == 1


def test_what_no_checkpoint_follows_is_there_for_whoever_reads(tmp_path: Path) -> None:
    with saver(tmp_path / "checkpoints.db", KEY) as checkpointer:
        app: Any = build(Play(tmp_path / "checkpoints.db"), lambda _: "done").compile(checkpointer=checkpointer)
        app.invoke(START, CONFIG, durability="sync")
        assert len(app.get_state(CONFIG).interrupts) == 1
        assert len(next(app.get_state_history(CONFIG)).interrupts) == 1


def test_a_node_that_was_cut_off_is_played_again_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.db"
    first, second = Play(path, dies_at=5), Play(path)
    with saver(path, KEY) as checkpointer:
        try:
            build(first, lambda _: "done").compile(checkpointer=checkpointer).invoke(START, CONFIG, durability="sync")
        except KeyboardInterrupt:
            first.dies_at = 0
    with saver(path, KEY) as checkpointer:
        app: Any = build(second, lambda _: "done").compile(checkpointer=checkpointer)
        app.invoke(None, CONFIG, durability="sync")
        assert app.get_state(CONFIG).interrupts
    assert (first.dies_at, len(first.seen), len(second.seen)) == (0, 4, 5)

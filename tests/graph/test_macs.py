"""What lies in the databases and result files counts as it was written here, or is refused on the record."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.main import main
from gonogo_agents.world import World
from gonogo_evidence.errors import GonogoError
from gonogo_graph.macs import SIZE, MacKey, mac_key
from gonogo_graph.store.sqlite import SqliteStore
from support.crash import rows

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_graph.macs import Part
    from support.desk import Desk

KEY = MacKey(bytes(SIZE))
PARTS = st.lists(st.none() | st.integers() | st.text(st.characters(codec="utf-8")) | st.binary(), max_size=4)
THEN = "UPDATE {table} SET {column} = {value} WHERE rowid = (SELECT max(rowid) FROM {table})"


@given(PARTS, PARTS)
def test_two_lists_of_parts_have_one_mac_only_where_they_are_one(first: list[Part], second: list[Part]) -> None:
    assert KEY.fits(KEY.of("x", *first), "x", *second) == (repr(first) == repr(second))
    assert not KEY.fits(KEY.of("x", *first), "y", *first)
    assert not KEY.fits(None, "x", *first)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path, world = tmp_path / "state" / "state.key", World()
    made, again = mac_key(path, world), mac_key(path, world)
    assert (made.secret, made.fresh, again.fresh) == (again.secret, True, False)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(GonogoError, match="STATE_KEY_OPEN"):
        mac_key(path, world)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(GonogoError, match="STATE_KEY_MALFORMED"):
        mac_key(path, world)


def gonogo(desk: Desk, *words: str) -> int:
    return main([*words, "--repo", str(desk.repo.path)], world=World(env=desk.environment()))


def edit(desk: Desk, script: str, name: str = "checkpoints.db") -> None:
    connection = sqlite3.connect(desk.state_folder() / name)
    connection.executescript(script)
    connection.close()


@pytest.mark.parametrize("table", ["checkpoints", "writes"])
@pytest.mark.parametrize("change", ["an edit", "no MAC", "another place"])
def test_an_edited_checkpoint_is_refused_until_the_operator_says_migrate(desk: Desk, table: str, change: str) -> None:
    column, value = {
        "an edit": ("type", "'null'"),
        "no MAC": ("mac", "NULL"),
        "another place": ("checkpoint" if table == "checkpoints" else "value", f"(SELECT min({{}}) FROM {table})"),  # noqa: S608 - a test's own words
    }[change]
    edit(desk, THEN.format(table=table, column=column, value=value.format(column)))
    assert gonogo(desk, "resume", "latest") == 6
    assert rows(desk, "SELECT code FROM refusals") == [("CHECKPOINT_CHANGED",)]
    assert gonogo(desk, "resume", "latest", "--migrate") == 4
    ((run, thread),) = rows(desk, "SELECT run_id, thread FROM runs")
    assert thread == f"{run}/2"
    assert "migrated" in (desk.state_folder() / "runs" / run / "log.jsonl").read_text()
    assert gonogo(desk, "sign", "latest", "--decision", "GO", "--reason", "seen") == 0


@pytest.mark.parametrize("change", ["reason = 'another'", "state = 'COMMITTED', decision = 'GO'", "mac = NULL"])
def test_an_edited_run_row_is_refused_and_can_be_abandoned(
    desk: Desk, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(desk, f"UPDATE runs SET {change}", "gonogo.db")  # noqa: S608 - a test's own words
    for words in (("show",), ("resume",), ("resume", "--migrate"), ("sign", "--decision", "GO", "--reason", "x")):
        assert gonogo(desk, words[0], "latest", *words[1:]) == 6
    assert set(rows(desk, "SELECT code FROM refusals")) == {("RUN_ROW_CHANGED",)}
    capsys.readouterr()
    gonogo(desk, "inbox", "--all")
    assert "CHANGED" in capsys.readouterr().out
    assert gonogo(desk, "abandon", "latest", "--reason", "edited") == 0
    assert gonogo(desk, "show", "latest") == 6, "an edit is never made good"


def test_a_run_begins_again_from_no_result_that_was_edited(desk: Desk) -> None:
    (path,) = desk.state_folder().glob("runs/*/results/inventory.json")
    whole = path.read_bytes()
    for data in (
        whole.replace(b'"verdict":"', b'"verdict": "'),
        whole.splitlines()[0],
        whole.splitlines()[0] + b"\nzz\n",
    ):
        path.write_bytes(data)
        edit(desk, "UPDATE checkpoints SET mac = NULL")
        assert gonogo(desk, "resume", "latest", "--migrate") == 6


def test_a_state_folder_of_an_earlier_version_goes_on_once_it_is_told_to(desk: Desk) -> None:
    edit(desk, "ALTER TABLE checkpoints DROP COLUMN mac; ALTER TABLE writes DROP COLUMN mac")
    edit(desk, "ALTER TABLE runs DROP COLUMN mac; PRAGMA user_version = 1", "gonogo.db")
    (desk.state_folder() / "state.key").unlink()
    for path in desk.state_folder().glob("runs/*/results/*.json"):
        path.write_bytes(path.read_bytes().splitlines()[0])
    assert gonogo(desk, "show", "latest") == 0
    assert gonogo(desk, "resume", "latest") == 6
    assert gonogo(desk, "resume", "latest", "--migrate") == 4
    assert gonogo(desk, "sign", "latest", "--decision", "GO", "--reason", "seen") == 0


def test_an_earlier_version_is_adopted_only_while_there_is_no_key(desk: Desk) -> None:
    edit(desk, "ALTER TABLE runs DROP COLUMN mac; PRAGMA user_version = 1", "gonogo.db")
    assert gonogo(desk, "show", "latest") == 6
    store = SqliteStore(desk.state_folder() / "gonogo.db", desk.mac_key())
    (row,) = store.runs()
    store.close()
    assert row.state == "CHANGED"

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# langgraph ships no stubs and leaves generics of its own unnamed.
"""The checkpointer: SQLite, WAL, ``synchronous=FULL``; strict msgpack, set before langgraph is imported, asserted.

Every row carries a MAC over itself and its place (thread, checkpoint, task): a row that somebody edited, moved or
brought from another run is refused before a byte of it is deserialized.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.text import msg
from gonogo_graph.store.database import connect

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read once, when langgraph is imported

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator
    from pathlib import Path

    from langgraph.checkpoint.sqlite import SqliteSaver

    from gonogo_graph.macs import MacKey

SIGNED = {
    "checkpoints": (
        "thread_id",
        "checkpoint_ns",
        "checkpoint_id",
        "parent_checkpoint_id",
        "type",
        "checkpoint",
        "metadata",
    ),
    "writes": (
        *("thread_id", "checkpoint_ns", "checkpoint_id", "task_id", "task_path", "idx", "channel", "type", "value"),
    ),
}
"""The columns that each table's MAC covers, all that langgraph reads."""

INSERTS = {
    table: f"INTO {table} ({', '.join(columns)}, mac) VALUES ({', '.join('?' * (len(columns) + 1))})"
    for table, columns in SIGNED.items()
}
NEWEST = "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?1)"
SELECTS = {
    table: f"SELECT {', '.join(columns)}, mac FROM {table}"  # noqa: S608 - names are our own
    f" WHERE thread_id = ?1 AND checkpoint_id = coalesce(?2, {NEWEST})"
    for table, columns in SIGNED.items()
}


@contextmanager
def saver(path: Path, key: MacKey) -> Generator[SqliteSaver, None, None]:
    """The saver over one database file. Refuses to work where stored bytes could name code to run."""
    from langgraph.checkpoint.serde import _msgpack  # noqa: PLC0415 - after the variable is set

    from gonogo_graph.saver import AuthenticSaver  # noqa: PLC0415 - the same

    if not _msgpack.STRICT_MSGPACK_ENABLED:
        raise RuntimeError("langgraph was imported before strict msgpack was set")
    connection = connect(path)
    connection.isolation_level = "IMMEDIATE"  # a duty's writes and its checkpoint: all of them or, after a crash, none
    try:
        authentic = AuthenticSaver(connection, key)
        try:
            yield authentic
        finally:
            authentic.store_held()
    finally:
        connection.close()


def add_macs(connection: sqlite3.Connection) -> None:
    """Give both tables their column; rows of an earlier version have none, and are refused like edited ones.

    One process at a time: two first runs of a repository may come at once.
    """
    if not _without_mac(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table in _without_mac(connection):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN mac BLOB")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _without_mac(connection: sqlite3.Connection) -> list[str]:
    columns = {table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")} for table in SIGNED}
    return [table for table in SIGNED if "mac" not in columns[table]]


def sign_rows(connection: sqlite3.Connection, key: MacKey, table: str, rows: list[tuple[Any, ...]], verb: str) -> None:
    """Insert rows, each with its MAC; ``verb`` says what happens to one that is there."""
    connection.executemany(f"INSERT OR {verb} {INSERTS[table]}", [(*row, key.of(table, *row)) for row in rows])


def check_rows(connection: sqlite3.Connection, key: MacKey, thread: str, checkpoint: str | None) -> None:
    """Refuse one checkpoint of a thread (None: the newest) and its writes unless each row is as it was written here.

    Raises:
        IntegrityBroken: ``CHECKPOINT_CHANGED``.
    """
    for table, query in SELECTS.items():
        for *row, mac in connection.execute(query, (thread, checkpoint)):
            if not key.fits(mac, table, *row):
                raise _changed(thread, table)


def _changed(thread: str, table: str) -> IntegrityBroken:
    run = thread.partition("/")[0]
    return IntegrityBroken(
        "CHECKPOINT_CHANGED",
        msg(
            "The stored state of the run is not what was written here: it was edited, or is of an older gonogo. It can"
            " begin again from the results that verify, or be abandoned."
        ),
        where=f"{thread} ({table})",
        next_step=msg("gonogo resume {run} --migrate", run=run),
    )


def config_for(thread: str, limit: int) -> dict[str, Any]:
    """What langgraph wants to know about a thread."""
    return {"configurable": {"thread_id": thread}, "recursion_limit": limit}

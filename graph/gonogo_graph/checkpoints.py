"""The checkpointer: SQLite, WAL, ``synchronous=FULL``; strict msgpack, set before langgraph is imported, asserted."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gonogo_graph.store.sqlite import connect

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read once, when langgraph is imported

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from langgraph.checkpoint.sqlite import SqliteSaver


@contextmanager
def saver(path: Path) -> Generator[SqliteSaver, None, None]:
    """The saver over one database file. Refuses to work where stored bytes could name code to run."""
    from langgraph.checkpoint.serde import _msgpack  # noqa: PLC0415 - after the variable is set
    from langgraph.checkpoint.sqlite import SqliteSaver  # noqa: PLC0415 - the same

    if not _msgpack.STRICT_MSGPACK_ENABLED:
        raise RuntimeError("langgraph was imported before strict msgpack was set")
    connection = connect(path)
    connection.isolation_level = "IMMEDIATE"  # a duty's writes are several rows: all of them or, after a crash, none
    try:
        yield SqliteSaver(connection)
    finally:
        connection.close()


def forget_history(path: Path, thread: str) -> None:
    """Keep the newest checkpoint of a thread only: a waiting run costs one row, not thirteen."""
    connection = connect(path)
    try:
        newest = "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?1"
        connection.execute("BEGIN IMMEDIATE")
        for table in ("writes", "checkpoints"):
            connection.execute(
                f"DELETE FROM {table} WHERE thread_id = ?1 AND checkpoint_id < ({newest})",  # noqa: S608 - two names
                (thread,),
            )
        connection.execute("COMMIT")
    finally:
        connection.close()


def config_for(thread: str, limit: int) -> dict[str, Any]:
    """What langgraph wants to know about a thread."""
    return {"configurable": {"thread_id": thread}, "recursion_limit": limit}

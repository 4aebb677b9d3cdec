# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# langgraph ships no stubs and leaves generics of its own unnamed.
"""langgraph's SQLite saver with a MAC on every row: see :mod:`gonogo_graph.checkpoints`.

What a node wrote goes to the disk with a checkpoint that follows it, in one transaction: one wait for the disk a step
instead of two, and no crash between them. langgraph waits for the checkpoint before the next step
(``durability="sync"``), so a crash still repeats one node at most. Writes that no checkpoint follows (the interrupt, an
error) are stored when somebody reads, or at the end.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.base import WRITES_IDX_MAP, get_checkpoint_id, get_checkpoint_metadata
from langgraph.checkpoint.sqlite import SqliteSaver

from gonogo_graph.checkpoints import add_macs, check_rows, sign_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple

    from gonogo_graph.macs import MacKey


class AuthenticSaver(SqliteSaver):
    """Writes rows with their MAC, and reads none without."""

    def __init__(self, connection: sqlite3.Connection, key: MacKey) -> None:
        super().__init__(connection)
        self._key = key
        self._held: list[tuple[str, list[tuple[Any, ...]]]] = []
        """Writes that are not stored yet: what happens to a row that is there, and the rows. The one list of all copies
        that langgraph makes of a saver when it compiles."""

    def setup(self) -> None:
        """Make the tables, with the column for the MAC."""
        if not self.is_setup:
            super().setup()
            add_macs(self.conn)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint, verified before it is read. Raises :class:`IntegrityBroken` ``CHECKPOINT_CHANGED``."""
        self.store_held()
        with self.cursor(transaction=False):
            check_rows(self.conn, self._key, str(_place(config)["thread_id"]), get_checkpoint_id(config))
        return super().get_tuple(config)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - langgraph's own name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """All checkpoints of a thread, newest first; only attacks look at more than the newest."""
        self.store_held()
        return super().list(config, filter=filter, before=before, limit=limit)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint and its MAC in one row."""
        del new_versions
        place = _place(config)
        thread, namespace = str(place["thread_id"]), place["checkpoint_ns"]
        kind, data = self.serde.dumps_typed(checkpoint)
        about = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=False).encode("utf-8", "ignore")
        row = (thread, namespace, checkpoint["id"], place.get("checkpoint_id"), kind, data, about)
        with self.cursor():
            self._store()
            sign_rows(self.conn, self._key, "checkpoints", [row], "REPLACE")
        return {"configurable": {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": checkpoint["id"]}}

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Take what a task wrote, each row with its MAC; as langgraph does, a later answer replaces an earlier one."""
        place = _place(config)
        task = (str(place["thread_id"]), str(place["checkpoint_ns"]), str(place["checkpoint_id"]), task_id, task_path)
        verb = "REPLACE" if all(channel in WRITES_IDX_MAP for channel, _ in writes) else "IGNORE"
        rows = [
            (*task, WRITES_IDX_MAP.get(channel, number), channel, *self.serde.dumps_typed(value))
            for number, (channel, value) in enumerate(writes)
        ]
        with self.lock:
            self._held.append((verb, rows))

    def store_held(self) -> None:
        """Store what was taken and no checkpoint followed."""
        if self._held:
            with self.cursor():
                self._store()

    def _store(self) -> None:
        for verb, rows in self._held:
            sign_rows(self.conn, self._key, "writes", rows, verb)
        self._held.clear()


def _place(config: RunnableConfig) -> dict[str, Any]:
    """Where a row belongs: thread, namespace, checkpoint."""
    return config.get("configurable", {})

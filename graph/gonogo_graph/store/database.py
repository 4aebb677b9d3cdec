"""Database files of the house: how they are opened, what stands in the ledger's, and what a full disk is called."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.files import FULL, no_room
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SCHEMA_VERSION = 2
SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY, state TEXT NOT NULL, layer_id TEXT NOT NULL, reason TEXT NOT NULL,
    operator_id TEXT NOT NULL, git_ref TEXT NOT NULL, mode TEXT NOT NULL, repo_root TEXT NOT NULL, inputs BLOB NOT NULL,
    graph_version TEXT NOT NULL, thread TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL, pack_id TEXT,
    pack_digest TEXT, core_digest TEXT, review_digest TEXT, verdict TEXT, recommendation TEXT, decision TEXT, mac BLOB)
    STRICT;
CREATE INDEX IF NOT EXISTS runs_by_state ON runs (state, updated);
CREATE TABLE IF NOT EXISTS pack_numbers (
    phase TEXT NOT NULL, layer TEXT NOT NULL, date TEXT NOT NULL, number INTEGER NOT NULL, run_id TEXT NOT NULL UNIQUE,
    PRIMARY KEY (phase, layer, date, number)) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    request_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, pack_digest TEXT NOT NULL, review_digest TEXT NOT NULL,
    policy_digest TEXT, issued TEXT NOT NULL, expires TEXT NOT NULL, why TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS requests_by_run ON requests (run_id);
CREATE TABLE IF NOT EXISTS signoffs (
    digest TEXT PRIMARY KEY, run_id TEXT NOT NULL, request_id TEXT NOT NULL, fingerprint TEXT NOT NULL,
    principal TEXT NOT NULL, decision TEXT NOT NULL, statement BLOB NOT NULL, signature BLOB NOT NULL,
    received TEXT NOT NULL, UNIQUE (run_id, request_id, fingerprint)) STRICT;
CREATE TABLE IF NOT EXISTS spent (
    run_id TEXT PRIMARY KEY, decision TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('INTENT', 'DONE')),
    outcome BLOB NOT NULL, at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS closes (
    run_id TEXT NOT NULL, number INTEGER NOT NULL, principal TEXT NOT NULL, statement BLOB NOT NULL,
    signature BLOB NOT NULL, received TEXT NOT NULL, PRIMARY KEY (run_id, number)) STRICT;
CREATE TABLE IF NOT EXISTS refusals (
    run_id TEXT NOT NULL, at TEXT NOT NULL, code TEXT NOT NULL, what TEXT NOT NULL, "where" TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS abandonments (
    run_id TEXT PRIMARY KEY, principal TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL) STRICT;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open a database file of the house (0600): WAL, FULL, thirty seconds of patience with a busy neighbour."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except (OSError, sqlite3.Error) as error:
        raise unusable(error, path) from error
    return connection


@contextmanager
def what_the_disk_says(state: Path) -> Generator[None, None, None]:
    """Turn a full disk and a database that cannot be used, wherever they are met below ``state``, into words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise no_room(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), state) from error
        raise unusable(error, state) from error
    except OSError as error:
        if error.errno in FULL:
            raise no_room(error, state) from error
        raise


def unusable(error: Exception, path: Path) -> Inconclusive:
    """The error that says so."""
    return Inconclusive(
        "STATE_UNUSABLE",
        msg("The state database cannot be opened: {reason}.", reason=str(error)),
        where=str(path),
        next_step=msg("Make the folder writable, or name another one in GONOGO_HOME."),
    )

"""A whole log, checked from its bytes: checkpoint, every entry and signature, the root, gaps, and what was seen."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gonogo_evidence import dsse, merkle
from gonogo_evidence.errors import GonogoError, Inconclusive, Refused
from gonogo_evidence.files import hash_file
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import seen as memory
from gonogo_evidence.index.about import OF_KIND
from gonogo_evidence.index.gaps import Trails
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, limit, of_error, passed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.index.checkpoint import Checkpoint
    from gonogo_evidence.index.entry import Signed
    from gonogo_evidence.index.log import Log
    from gonogo_evidence.index.note import VerifierKey

CHECKPOINT, ENTRIES, ROOT, GAPS, LAST = "index.checkpoint", "index.entries", "index.root", "index.gaps", "index.seen"
OUTCOMES = "index.outcomes"
MOST = 100
"""Nobody reads more gaps."""
STEP = 500
"""Entries between two words about how far it is."""


@dataclass(frozen=True, slots=True)
class Roots:
    """What the verifier brings."""

    index_keys: Sequence[VerifierKey]
    engine_keys: Sequence[Ed25519PublicKey]
    last: Checkpoint | None
    """The checkpoint that they saw last."""
    runs: Sequence[str] = ()
    """Runs that are known from elsewhere (the ledger): each must have its intent."""
    only_these: bool = False
    """Whether the verifier named ``index_keys`` for this very log: another log is then refused, and no limit."""


@dataclass(slots=True)
class _Walk:
    """What one pass over the entries gathers."""

    trusted: frozenset[str]
    """Ids of the engine's keys that the verifier brings."""
    trails: Trails = field(default_factory=Trails)
    tree: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    count: int = 0
    began: str = ""
    """Time of the first entry, as run ids begin: earlier runs are from before the log."""
    unknown: int = 0
    first_changed: int | None = None

    def push(self, leaf: bytes) -> None:
        height = 0
        while self.tree and self.tree[-1][0] == height:
            leaf, height = merkle.node_hash(self.tree.pop()[1], leaf), height + 1
        self.tree.append((height, leaf))
        self.count += 1

    def root(self) -> bytes:
        if not self.tree:
            return checkpoints.EMPTY_ROOT
        digest = self.tree[-1][1]
        for _, left in reversed(self.tree[:-1]):
            digest = merkle.node_hash(left, digest)
        return digest


def check_log(log: Log, roots: Roots, *, progress: Callable[[int, int], None] | None = None) -> list[Check]:
    """Every check of a log. An empty one is INCONCLUSIVE: there is nothing that it shows.

    Args:
        log: the log as it lies there.
        roots: keys and memory of the verifier, never of the log.
        progress: told how many entries of how many are read.
    """
    checks = [_checkpoint(log, roots)]
    walk = _Walk(frozenset(map(dsse.key_id, roots.engine_keys)))
    try:
        for one in log.entries():
            _take(walk, log, one)
            if progress and walk.count % STEP == 0:
                progress(walk.count, log.size)
    except GonogoError as error:
        return [*checks, of_error(ENTRIES, error, area="authentic"), *_seen(log, roots.last)]
    return [*checks, _entries(log, walk, roots), _root(log, walk), *_gaps(walk, roots.runs), *_seen(log, roots.last)]


def check_outcomes(log: Log, outcomes: Iterable[tuple[str, Path]]) -> Iterator[Check]:
    """Whether each outcome that lies beside a pack is the one that the log has of its run.

    Args:
        log: the log.
        outcomes: runs, and where an outcome of theirs may lie.
    """
    decided = {one.entry.run_id: one.entry for _, one in log.matching(OF_KIND % b"decision")}
    count = 0
    for run, path in outcomes:
        if run in decided and os.path.lexists(path):
            count += 1
            try:
                same = hash_file(path)[0] == decided[run].details["outcome_digest"]
            except (GonogoError, OSError):
                same = False
            if not same:
                words = msg("The index has another decision of run {run} than what lies here.", run=run)
                yield broken(OUTCOMES, "INDEX_OTHER_DECISION", words, where=str(path))
    yield passed(OUTCOMES, msg("{count} outcomes beside packs were held against the index.", count=count))


def _take(walk: _Walk, log: Log, one: Signed) -> None:
    number = walk.count
    if number == 0:
        walk.began = re.sub("[-:Z]", "", one.entry.time).replace("T", "-")
    try:
        one.check()
    except GonogoError as error:
        error.where = f"{log.where}:{number}"
        raise
    walk.unknown += one.keyid not in walk.trusted
    walk.trails.add(number, one.entry)
    leaf = merkle.leaf_hash(one.leaf)
    if walk.first_changed is None and not log.is_leaf(number, leaf):
        walk.first_changed = number
    walk.push(leaf)


def _checkpoint(log: Log, roots: Roots) -> Check:
    try:
        named = checkpoints.verify(log.note, roots.index_keys)
    except GonogoError as error:
        return of_error(CHECKPOINT, error, area="authentic")
    if named is None and roots.only_these:
        words = msg(
            "The checkpoint is of the log {origin}; the keys that you brought are for other logs.",
            origin=log.checkpoint.origin,
        )
        return broken(CHECKPOINT, "INDEX_FOREIGN_LOG", words, where=str(log.where))
    if named is None:
        words = msg("No key that you brought is for the log: who signed its checkpoint is not known.")
        return limit(CHECKPOINT, "INDEX_KEY_UNKNOWN", words, where=log.checkpoint.origin)
    words = msg("The log {origin} signed that it has {size} entries.", origin=named.origin, size=named.size)
    return passed(CHECKPOINT, words, where=str(log.where))


def _entries(log: Log, walk: _Walk, roots: Roots) -> Check:
    if walk.count == 0:
        error = Inconclusive("INDEX_EMPTY", msg("The log has no entry: it shows nothing."), where=str(log.where))
        return of_error(ENTRIES, error, area="authentic")
    if walk.unknown and not roots.engine_keys:
        words = msg("The engine's key is not among those you brought: its signature is not counted.")
        return limit(ENTRIES, "ENGINE_KEY_UNKNOWN", words)
    if walk.unknown:
        words = msg("{count} entries are signed by a key that you do not trust.", count=walk.unknown)
        return of_error(ENTRIES, Refused("INDEX_ENTRY_UNTRUSTED", words, where=str(log.where)), area="authentic")
    words = msg("{count} entries have their form and the engine's signature.", count=walk.count)
    return passed(ENTRIES, words, where=str(log.where))


def _root(log: Log, walk: _Walk) -> Check:
    if walk.root() != log.checkpoint.root:
        first = "?" if walk.first_changed is None else walk.first_changed
        words = msg("The entries do not have the root that was signed; the first that differs is {first}.", first=first)
        return broken(ROOT, "INDEX_ROOT", words, where=str(log.where))
    if walk.first_changed is not None or not log.sound():
        words = msg("The stored hashes are not those of the entries. Remove tile/: the next append makes it again.")
        return Check(ROOT, "INCONCLUSIVE", "INDEX_HASHES", words, str(log.where))
    return passed(ROOT, msg("The entries have the root that was signed."), where=str(log.where))


def _gaps(walk: _Walk, runs: Sequence[str]) -> Iterator[Check]:
    gaps = walk.trails.gaps()
    for gap in gaps[:MOST]:
        yield Check(GAPS, "FAIL", gap.code, gap.words, gap.run_id)
    absent = [run for run in runs if run not in walk.trails.runs]
    missing = [run for run in absent if run >= walk.began]
    if older := len(absent) - len(missing):
        words = msg("{count} runs are from before the index; it says nothing about them.", count=older)
        yield limit(GAPS, "INDEX_RUN_OLDER", words)
    for run in missing[:MOST]:
        words = msg("The ledger knows this run, and the index has no entry of it.")
        yield Check(GAPS, "FAIL", "INDEX_RUN_MISSING", words, run)
    for run in walk.trails.open()[:MOST]:
        yield limit(GAPS, "INDEX_INTENT_OPEN", msg("The run has begun and not ended."), where=run)
    if not gaps and not missing:
        yield passed(GAPS, msg("{count} runs, each with its beginning and its ending.", count=len(walk.trails.runs)))


def _seen(log: Log, last: Checkpoint | None) -> Iterator[Check]:
    if last is None:
        words = msg("This log was not seen here before: whether it was cut back cannot be known.")
        yield limit(LAST, "INDEX_NOT_SEEN_BEFORE", words)
        return
    try:
        memory.check_grown(last, log)
    except GonogoError as error:
        yield of_error(LAST, error, area="authentic")
        return
    yield passed(LAST, msg("The log begins with the {size} entries that were seen here before.", size=last.size))

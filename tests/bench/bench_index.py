"""The evidence index: durable appends against a raw loop, Merkle roots and proofs against pymerkle.

Proofs are measured in a fresh process each time, from opening the log to the last hash, imports not counted: once with
the log in the page cache, once after the system was asked to forget it, so that every page comes from the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pymerkle import InmemoryTree, SqliteTree  # type: ignore[import-untyped]

from bench.measure import rounds, row
from gonogo_evidence import merkle
from gonogo_evidence.files import write_atomic
from gonogo_evidence.index import open_writer
from support.logs import signed, signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gonogo_evidence.index import Signed

ENTRIES = 100_000
BATCH = 1000
SINGLE = 50
ROUNDS = 7

OURS = """
import json, sys, time
from pathlib import Path
import gonogo_evidence.index
from gonogo_evidence.index import open_log
began = time.perf_counter()
with open_log(Path(sys.argv[1])) as log:
    log.prove(77_777)
    log.consistency(65_000)
print(json.dumps((time.perf_counter() - began) * 1000))
"""
THEIRS = """
import json, sys, time
from pymerkle import SqliteTree
began = time.perf_counter()
tree = SqliteTree(sys.argv[1], algorithm="sha256")
tree.prove_inclusion(77_778, 100_000)
tree.prove_consistency(65_000, 100_000)
print(json.dumps((time.perf_counter() - began) * 1000))
"""


def rows() -> Iterator[str]:
    """Appends, roots, proofs."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _appends(Path(folder))
        yield from _roots()
        yield from _proofs(Path(folder))


def _appends(folder: Path) -> Iterator[str]:
    entries = iter([signed("intent", number) for number in range(SINGLE * ROUNDS)])
    lines = [signed("intent", number).line() for number in range(SINGLE)]
    note = b"0" * 220
    with open_writer(folder / "single", signer()) as writer, (folder / "raw").open("wb", buffering=0) as raw:

        def ours() -> None:
            for _ in range(SINGLE):
                writer.append([next(entries)])

        def bare() -> None:
            for line in lines:
                raw.write(line)
                os.fsync(raw.fileno())

        def with_checkpoint() -> None:
            for line in lines:
                raw.write(line)
                os.fsync(raw.fileno())
                write_atomic(folder / "checkpoint", note)

        found = rounds([ours, bare, with_checkpoint], ROUNDS)
        yield row(f"{SINGLE} durable appends / write + fsync", [line[:2] for line in found], 2.0)
        name = f"{SINGLE} durable appends / the same + a file renamed"
        yield row(name, [[line[0], line[2]] for line in found], 2.0)


def _roots() -> Iterator[str]:
    leaves = [b"%064d" % number for number in range(ENTRIES)]

    def ours() -> None:
        merkle.root(leaves)

    yield row(f"root of {ENTRIES:,} leaves / bare two-hash loop", rounds([ours, lambda: _bare(leaves)], ROUNDS), 1.5)
    yield row(f"root of {ENTRIES:,} leaves / pymerkle in memory", rounds([ours, lambda: _in_memory(leaves)], 3), 1.0)


def _bare(leaves: Sequence[bytes]) -> None:
    """As many hashes over as many bytes, and nothing else."""
    sha256 = hashlib.sha256
    digest = b""
    for leaf in leaves:
        digest = sha256(b"\0" + leaf).digest()
    for _ in range(len(leaves) - 1):
        digest = sha256(b"\1" + digest + digest).digest()


def _in_memory(leaves: Sequence[bytes]) -> None:
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    tree.get_root(len(leaves))


def _proofs(folder: Path) -> Iterator[str]:
    entries = [signed("intent", number) for number in range(ENTRIES)]
    leaves = [one.leaf for one in entries]
    tree = SqliteTree(str(folder / "tree.db"), algorithm="sha256")
    sides: list[Callable[[], float]] = [
        lambda: _append_all(folder / "log", entries),
        lambda: _theirs(tree, leaves),
    ]
    once = rounds(sides, 1)
    yield row(f"{ENTRIES:,} signed appends / pymerkle SqliteTree", once * 2, None)
    ours, theirs = _fresh(OURS, folder / "log"), _fresh(THEIRS, folder / "tree.db")
    yield row("inclusion + consistency, cold / SqliteTree", rounds([ours, theirs], ROUNDS), 0.1)
    yield row("inclusion + consistency, cold / 10 ms", rounds([ours, lambda: 10.0], ROUNDS), 1.0)

    def from_disk() -> float:
        _forget(folder / "log")
        return ours()

    yield row("  the same, nothing in the page cache / 10 ms", rounds([from_disk, lambda: 10.0], ROUNDS), 1.0)


def _forget(folder: Path) -> None:
    for path in folder.iterdir():
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)  # only what is on the disk is forgotten
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def _append_all(where: Path, entries: Sequence[Signed]) -> float:
    began = time.perf_counter()
    with open_writer(where, signer()) as writer:
        for start in range(0, len(entries), BATCH):
            writer.append(entries[start : start + BATCH])
    return (time.perf_counter() - began) * 1000


def _theirs(tree: SqliteTree, leaves: Sequence[bytes]) -> float:
    began = time.perf_counter()
    tree.append_entries(leaves)
    return (time.perf_counter() - began) * 1000


def _fresh(script: str, path: Path) -> Callable[[], float]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

    def measure() -> float:
        command = [sys.executable, "-c", script, str(path)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True)
        return float(json.loads(done.stdout))

    return measure

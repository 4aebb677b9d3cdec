"""A pack of 2 GB in 20,000 files: hashed, verified whole, and how much memory that takes.

The limit is what two processes hash from memory in the same round; the same with one process shows how much of a second
core this machine had to give. ``GONOGO_BENCH_MB`` makes the pack smaller, for a quick try. Needs 4 GB of disk.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import rounds, row
from gonogo_evidence.hashing import hash_files
from gonogo_evidence.pack import DataFile
from support.packs import sample_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.pack import Sealed

MEGABYTES = int(os.environ.get("GONOGO_BENCH_MB", "2048"))
FILES = MEGABYTES * 20_000 // 2048
SIZE = MEGABYTES * 1024 * 1024 // FILES
ROUNDS = 7
CORES = 2
QUIET = 0.625
"""Two processes need at most this share of the time of one, where two cores are really there. Where they need more,
another program held a core, and the rows say little."""

LIMIT = """
import hashlib, sys, time
block, hasher = bytes(1 << 20), hashlib.sha256()
sys.stdin.readline()
began = time.perf_counter()
for _ in range(int(sys.argv[1])):
    hasher.update(block)
print((time.perf_counter() - began) * 1000)
"""
VERIFY = """
import pathlib, sys
from gonogo_evidence.verify import verify_pack
assert verify_pack(pathlib.Path(sys.argv[1])).verdict("authentic") == "PASS"
"""


def rows() -> Iterator[str]:
    """Hashing against the limit and bagit, verify against bagit, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sealed = _pack(place)
        bag = _bag(place, sealed.folder)
        found = rounds(
            [
                partial(_hash, sealed.folder, _listed(sealed.folder)),
                partial(_limit, CORES),
                partial(_limit, 1),
                partial(_verify, sealed.folder),
                partial(_bagit, bag),
            ],
            ROUNDS,
        )
        peaks = [_memory(sealed.folder) for _ in range(3)]
    share = statistics.median(line[1] / line[2] for line in found)
    cores = "two cores" if share <= QUIET else "CONTENDED"
    name = f"{MEGABYTES} MB, {FILES:,} files"
    yield row(f"SHA-256, 2 processes / 1: {cores}", _pair(found, 1, 2), None)
    yield row(f"hash {name} / limit, 2 cores", _pair(found, 0, 1), 1 / 0.65)
    yield row("  the same / bagit --validate --processes 2", _pair(found, 0, 4), 1 / 1.5)
    yield row("verify all of it, new process / two-core limit", _pair(found, 3, 1), None)
    yield row("  the same / bagit --validate --processes 2", _pair(found, 3, 4), 1 / 1.5)
    yield row("  its memory with its workers, MB / 150 MB", [[peak, 150.0] for peak in peaks], 1.0)


def _pair(found: list[list[float]], ours: int, other: int) -> list[list[float]]:
    return [[line[ours], line[other]] for line in found]


def _pack(place: Path) -> Sealed:
    """A sealed pack whose payload no two blocks have in common."""
    sources, data = place / "sources", list[DataFile]()
    sources.mkdir()
    body = os.urandom(SIZE)
    for number in range(FILES):
        source = sources / f"{number:05d}"
        source.write_bytes(number.to_bytes(8, "big") + body[8:])
        data.append(
            DataFile(f"data/{number // 200:03d}/f{number:05d}.bin", source, "application/octet-stream", "none", "test")
        )
    sealed = sample_pack(place / "pack", data=data)
    shutil.rmtree(sources)
    os.sync()  # what is still to be written would disturb the first rounds
    return sealed


def _bag(place: Path, pack: Path) -> Path:
    """A BagIt bag over the very same bytes: hard links, and the pack's own digests."""
    bag = place / "bag"
    shutil.copytree(pack / "data", bag / "data", copy_function=os.link)
    lines = (pack / "manifest-sha256.txt").read_text().splitlines(keepends=True)
    (bag / "manifest-sha256.txt").write_text("".join(line for line in lines if "  data/" in line))
    (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    return bag


def _listed(pack: Path) -> dict[str, str]:
    lines = (pack / "manifest-sha256.txt").read_text().splitlines()
    return {path: digest for digest, path in (line.split("  ") for line in lines) if path.startswith("data/")}


def _hash(pack: Path, listed: dict[str, str]) -> float:
    began = time.perf_counter()
    found = hash_files(pack, list(listed))
    took = (time.perf_counter() - began) * 1000
    assert {path: getattr(entry, "sha256", entry) for path, entry in found.items()} == listed
    return took


def _limit(count: int) -> float:
    """Milliseconds in which ``count`` processes hash as many bytes as the pack has, from memory."""
    argv = [sys.executable, "-I", "-S", "-c", LIMIT, str(MEGABYTES // count)]
    started = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    time.sleep(0.1)  # all are up and wait for their line
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return max(float(process.communicate()[0]) for process in started)


def _verify(pack: Path) -> None:
    subprocess.run([sys.executable, "-c", VERIFY, str(pack)], check=True, capture_output=True)


def _memory(pack: Path) -> float:
    """The most that the verifying process and its workers held together (resident), in MB, looked at all the time."""
    peak = 0
    with subprocess.Popen([sys.executable, "-c", VERIFY, str(pack)]) as process:
        while process.poll() is None:
            listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], check=True, capture_output=True, text=True)
            lines = [[int(word) for word in line.split()] for line in listing.stdout.splitlines()]
            peak = max(peak, sum(size for own, parent, size in lines if process.pid in {own, parent}))
    assert process.returncode == 0
    return peak / 1024


def _bagit(bag: Path) -> None:
    argv = [sys.executable, "-m", "bagit", "--validate", "--processes", str(CORES), "--quiet", str(bag)]
    subprocess.run(argv, check=True, capture_output=True)

"""Canonical JSON against the reference encoder, and the payload's Merkle root against another tree over its leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import orjson
import rfc8785
from pymerkle import InmemoryTree  # type: ignore[import-untyped]

from bench.measure import rounds, row
from gonogo_evidence import canonical
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.seal import Entry, data_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_evidence.ids import JSON

ARTIFACTS = 2000
LEAVES = 20_000
ROUNDS = 15


def rows() -> Iterator[str]:
    """Encoding, reading, root."""
    value = _document()
    data = canonical.dumps(value)
    size = f"{len(data) // 1000} kB"

    def theirs() -> None:
        rfc8785.dumps(value)

    def read_theirs() -> None:
        assert rfc8785.dumps(json.loads(data)) == data

    def encode() -> None:
        canonical.dumps(value)

    def bare() -> None:
        orjson.dumps(value, option=orjson.OPT_SORT_KEYS)

    def read() -> None:
        canonical.loads(data)

    assert rfc8785.dumps(value) == data
    found = rounds([encode, theirs, bare], ROUNDS)
    yield row(f"canonical encoding, {size} / rfc8785", [line[:2] for line in found], 0.1)
    yield row("  the same / bare orjson, sorted, unchecked", [[line[0], line[2]] for line in found], 8.0)
    again = rounds([read, read_theirs], ROUNDS)
    yield row(f"read and compare bytes, {size} / json + rfc8785", again, None)
    yield from _roots()


def _roots() -> Iterator[str]:
    entries = [Entry(f"data/{n // 200:03d}/f{n:05d}.bin", digest_of(b"%d" % n), n) for n in range(LEAVES)]
    leaves = [canonical.dumps({"path": e.path, "sha256": e.sha256, "size": e.size}) for e in entries]
    assert _pymerkle(leaves).hex() == data_root(entries)

    def ours() -> None:
        data_root(entries)

    def theirs() -> None:
        _pymerkle(leaves)

    yield row(f"root of {LEAVES:,} files, leaves encoded / pymerkle", rounds([ours, theirs], 5), 1.0)


def _pymerkle(leaves: Sequence[bytes]) -> bytes:
    """The same RFC 6962 root, from leaves that are encoded already."""
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    return cast("bytes", tree.get_root(len(leaves)))


def _document() -> JSON:
    return {
        "artifacts": [
            {
                "determinism": "none",
                "media_type": "application/json",
                "path": f"data/gates/{number // 100:02d}/artifact-{number:05d}.json",
                "reason": "Zeiten von Ereignissen, gemessen f\u00fcr M\u00e4rz"
                if number % 50 == 0
                else "times of events",
                "sha256": digest_of(b"%d" % number),
                "size": number * 37,
                "sealed": number % 3 == 0,
                "note": None,
            }
            for number in range(ARTIFACTS)
        ],
        "schema": "bench/v1",
    }

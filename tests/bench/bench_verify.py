"""Verify of a sealed pack of 2,000 artifacts, without the time that hashing the payload takes.

The floor is one Ed25519 check, and over the bytes of the pack's documents one round trip through orjson, one schema
pass, one hash. What the form of a pack asks for besides, for each artifact, is a second floor: its place in a listing,
a leaf and a node of the data root.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import jsonschema_rs
import orjson

from bench.measure import rounds, row
from gonogo_evidence import dsse, hashing, schema
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.pack import DataFile
from gonogo_evidence.verify import digests, verify_pack
from gonogo_evidence.verify.open import SCHEMAS
from support.packs import sample_pack, sample_review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.hashing import Outcome

ARTIFACTS = 2000
ROUNDS = 25
ENVELOPE = "review/engine.dsse.json"


def rows() -> Iterator[str]:
    """The documents alone against their floor; the whole, with the payload, beside it."""
    with tempfile.TemporaryDirectory() as folder:
        pack, private = Path(folder) / "pack", dsse.new_engine_key()
        sample_review(sample_pack(pack, data=_data(Path(folder))), private)
        key = dsse.load(private).public_key()
        floor = _floor(pack, key)
        sides = [lambda: _documents(pack, key), floor, lambda: _whole(pack, key), lambda: _bare(pack, floor)]
        found = rounds(sides, ROUNDS)
    yield row(f"verify {ARTIFACTS:,} artifacts, documents / floor", [line[:2] for line in found], 2.5)
    yield row("  documents / floor + listing + data root", [[line[0], line[3]] for line in found], 2.5)
    yield row("  the same with the payload hashed / floor", [[line[2], line[1]] for line in found], None)


def _data(folder: Path) -> list[DataFile]:
    files: list[DataFile] = []
    for number in range(ARTIFACTS):
        source = folder / f"{number:05d}"
        source.write_bytes(b"%d" % number * 50)
        path = f"data/gates/{number // 100:02d}/artifact-{number:05d}.json"
        files.append(DataFile(path, source, "application/json", "none", "times of events"))
    return files


def _whole(pack: Path, key: Ed25519PublicKey) -> None:
    report = verify_pack(pack, engine_keys=[key])
    assert report.verdict("authentic") == "PASS"


def _documents(pack: Path, key: Ed25519PublicKey) -> float:
    """Milliseconds of a whole verify less those in which the payload was hashed."""
    spent = 0.0

    def timed(folder: Path, paths: Sequence[str]) -> dict[str, Outcome]:
        nonlocal spent
        began = time.perf_counter()
        found = hashing.hash_files(folder, paths)
        spent = time.perf_counter() - began
        return found

    with mock.patch.object(digests, "hash_files", timed):
        began = time.perf_counter()
        _whole(pack, key)
        whole = time.perf_counter() - began
    assert spent > 0
    return (whole - spent) * 1000


def _bare(pack: Path, floor: Callable[[], None]) -> None:
    """The floor, and what the form of a pack asks for besides: a listing, and as many hashes as the tree has."""
    floor()
    below = [f"{folder}/{name}" for folder, _, names in os.walk(pack) for name in names]
    digest = b""
    for path in below:
        digest = hashlib.sha256(b"\0" + path.encode() + digest).digest()
        digest = hashlib.sha256(b"\1" + digest + digest).digest()


def _floor(pack: Path, key: Ed25519PublicKey) -> Callable[[], None]:
    envelope = dsse.parse((pack / ENVELOPE).read_bytes())
    signed = dsse.pae(envelope.payload_type, envelope.payload)
    documents = {path.relative_to(pack).as_posix(): path.read_bytes() for path in pack.rglob("*") if path.is_file()}
    documents = {path: data for path, data in documents.items() if not path.startswith("data/")}
    parsed = [path for path in documents if path.endswith(".json")]
    validators = {
        path: jsonschema_rs.Draft202012Validator(schema.load(name))
        for path, name in SCHEMAS.items()
        if path in documents
    }

    def floor() -> None:
        key.verify(envelope.signature, signed)
        values = {path: orjson.loads(documents[path]) for path in parsed}
        assert all(validator.is_valid(values[path]) for path, validator in validators.items())
        assert all(orjson.dumps(values[path], option=orjson.OPT_SORT_KEYS) == documents[path] for path in parsed)
        assert all(digest_of(data) for data in documents.values())

    return floor

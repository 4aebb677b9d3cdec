"""The log on disk: appended once, found again, whole after a kill, and refused where a checkpoint is contradicted."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]

from gonogo_evidence import merkle
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.index import Signer, checkpoint, open_log, open_writer, sign
from support.logs import ENGINE, entry, key, log_of, runs, signed, signer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.fast


def test_what_was_appended_is_found_and_proven(tmp_path: Path) -> None:
    entries = runs(*range(5))
    log_of(tmp_path / "log", entries)
    with open_log(tmp_path / "log") as log:
        assert checkpoint.require(log.note, [signer().verifier]).size == 10
        assert list(log.entries()) == entries
        assert log.checkpoint.root == bytes.fromhex(merkle.root(one.leaf for one in entries))
        for number, one in enumerate(entries):
            assert log.entry(number) == one
            assert log.find(one.entry.identity) == number
            assert log.prove(number).holds(one.leaf)
            assert not log.prove(number).holds(entries[number - 1].leaf)
        assert log.find(entry("intent", 99).identity) is None
        with pytest.raises(BadInput, match="INDEX_NO_ENTRY"):
            log.entry(10)


@settings(max_examples=15)
@given(parts=st.lists(st.integers(0, 9), min_size=1, max_size=6), number=st.integers(0, 10**9))
def test_the_root_does_not_depend_on_the_batches(
    tmp_path_factory: pytest.TempPathFactory, parts: list[int], number: int
) -> None:
    where, done = tmp_path_factory.mktemp("log") / str(number), 0
    tree = InmemoryTree(algorithm="sha256")
    for part in parts:
        fresh = [signed("intent", done + at) for at in range(part)]
        done += part
        for one in fresh:
            tree.append_entry(one.leaf)
        with open_writer(where, signer()) as writer:
            writer.append(fresh)
            assert writer.size == done
        with open_log(where) as log:
            assert log.checkpoint.root == (tree.get_root(done) if done else checkpoint.EMPTY_ROOT)
            log.check_root()
            for old in range(1, done + 1):
                path = log.consistency(old)
                assert merkle.verify_consistency(old, done, tree.get_root(old), log.checkpoint.root, path)


def test_the_same_again_is_the_same_number(tmp_path: Path) -> None:
    entries = runs(1, 2)
    with open_writer(tmp_path, signer()) as writer:
        assert writer.append(entries) == [0, 1, 2, 3]
        assert writer.append([entries[2], signed("intent", 3), entries[0], signed("intent", 3)]) == [2, 4, 0, 4]
        many = runs(*range(1, 30))
        assert writer.append(many)[:5] == [0, 1, 2, 3, 4]
        assert writer.append(many) == writer.append(many)
    with open_writer(tmp_path, signer()) as writer:
        assert writer.append(many)[-1] == writer.size - 1 == 57
    assert (tmp_path / "entries.jsonl").read_bytes().count(b"\n") == 58


def test_a_signature_that_is_not_good_is_not_logged(tmp_path: Path) -> None:
    one, other = signed("intent", 1), signed("intent", 2)
    forged = type(one)(one.entry, one.payload, one.key, other.signature)
    with open_writer(tmp_path, signer()) as writer, pytest.raises(IntegrityBroken, match="DSSE_BAD_SIGNATURE"):
        writer.append([forged])
    assert (tmp_path / "entries.jsonl").read_bytes() == b""


@pytest.mark.parametrize("torn", [b"{", b'{"key":"', b"x" * 5000, None])
def test_a_torn_last_line_is_cut_off(tmp_path: Path, torn: bytes | None) -> None:
    log_of(tmp_path, runs(1))
    path = tmp_path / "entries.jsonl"
    path.write_bytes(path.read_bytes() + (torn or signed("intent", 2).line()[:-1]))
    with open_log(tmp_path) as log:
        assert (log.size, log.pending > 0) == (2, True)
        assert len(list(log.entries())) == 2
    with open_writer(tmp_path, signer()) as writer:
        assert writer.append([signed("intent", 3)]) == [2]
    with open_log(tmp_path) as log:
        assert [one.entry.kind for one in log.entries()] == ["intent", "pack", "intent"]
        assert log.pending == 0
    assert (tmp_path / "entries.jsonl").read_bytes().endswith(signed("intent", 3).line())


def test_a_whole_line_behind_the_checkpoint_is_taken_up(tmp_path: Path) -> None:
    log_of(tmp_path, runs(1))
    path = tmp_path / "entries.jsonl"
    path.write_bytes(path.read_bytes() + signed("intent", 2).line())
    with open_writer(tmp_path, signer()) as writer:
        assert writer.append([signed("intent", 2)]) == [2]
    with open_log(tmp_path) as log:
        log.check_root()
        assert log.size == 3


def test_a_forged_line_behind_the_checkpoint_is_refused(tmp_path: Path) -> None:
    log_of(tmp_path, runs(1))
    path, before = tmp_path / "entries.jsonl", (tmp_path / "checkpoint").read_bytes()
    line = signed("intent", 2).line().replace(b'"ada"', b'"eve"')
    path.write_bytes(path.read_bytes() + line)
    with pytest.raises(IntegrityBroken, match="DSSE_BAD_SIGNATURE"), open_writer(tmp_path, signer()):
        pass
    assert (tmp_path / "checkpoint").read_bytes() == before


def _lost(name: str) -> Callable[[Path], object]:
    return lambda where: (where / name).unlink()


def _zeros(name: str) -> Callable[[Path], object]:
    def change(where: Path) -> None:
        path = where / name
        path.write_bytes(b"\0" * path.stat().st_size)

    return change


def _shorter(name: str) -> Callable[[Path], object]:
    return lambda where: os.truncate(where / name, 33)


@pytest.mark.parametrize("name", ["entries.idx", "tile/0", "tile/1", "tile/2"])
@pytest.mark.parametrize("change", [_lost, _zeros, _shorter])
def test_what_follows_from_the_entries_is_made_again(
    tmp_path: Path, name: str, change: Callable[[str], Callable[[Path], object]]
) -> None:
    log_of(tmp_path, runs(*range(4)))
    before = (tmp_path / "checkpoint").read_bytes()
    change(name)(tmp_path)
    with open_writer(tmp_path, signer()) as writer:
        assert writer.append(runs(*range(4))) == list(range(8))
    assert (tmp_path / "checkpoint").read_bytes() == before
    with open_log(tmp_path) as log:
        assert log.prove(7).holds(signed("pack", 3).leaf)


def test_an_emptied_checkpoint_is_written_again(tmp_path: Path) -> None:
    """A power cut can leave an empty file where the newest checkpoint was renamed to."""
    log_of(tmp_path, runs(1))
    before = (tmp_path / "checkpoint").read_bytes()
    (tmp_path / "checkpoint").write_bytes(b"")
    with pytest.raises(BadInput, match="INDEX_NOT_FOUND"), open_log(tmp_path):
        pass
    with open_writer(tmp_path, signer()):
        pass
    assert (tmp_path / "checkpoint").read_bytes() == before


def _cut(where: Path) -> None:
    path = where / "entries.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _cut_all(where: Path) -> None:
    _cut(where)
    for name in ("entries.idx", "tile/0", "tile/1"):
        (where / name).unlink()


def _edited(where: Path) -> None:
    path = where / "entries.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    (where / "entries.idx").unlink()
    (where / "tile/0").unlink()


def _another(where: Path) -> None:
    log_of(where / "other", runs(7), signer(3))
    (where / "other/checkpoint").replace(where / "checkpoint")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_cut, "INDEX_TRUNCATED"),
        (_cut_all, "INDEX_TRUNCATED"),
        (_edited, "INDEX_ROOT"),
        (_lost("checkpoint"), "INDEX_CHECKPOINT_MISSING"),
        (_another, "INDEX_KEY_UNKNOWN"),
    ],
)  # fmt: skip
def test_a_log_that_its_checkpoint_contradicts_gets_nothing_more(
    tmp_path: Path, change: Callable[[Path], object], code: str
) -> None:
    where = log_of(tmp_path / "log", runs(1, 2))
    change(where)
    left = (where / "entries.jsonl").read_bytes()
    with pytest.raises(GonogoError, match=code), open_writer(where, signer()) as writer:
        writer.append(runs(3))
    assert (where / "entries.jsonl").read_bytes() == left


@pytest.mark.parametrize("name", ["entries.jsonl", "entries.idx", "checkpoint", "lock", "tile/0", "tile"])
def test_a_link_is_not_followed(tmp_path: Path, name: str) -> None:
    where = log_of(tmp_path / "log", runs(1))
    (where / name).rename(tmp_path / "real")
    (where / name).symlink_to(tmp_path / "real")
    with pytest.raises(IntegrityBroken, match="LINK"), open_writer(where, signer()) as writer:
        writer.append(runs(2))
    if name not in {"lock", "entries.idx"}:
        with pytest.raises(IntegrityBroken, match="LINK"), open_log(where) as log:
            log.prove(0)


def test_a_link_to_the_folder_and_a_pipe_in_it(tmp_path: Path) -> None:
    where = log_of(tmp_path / "log", runs(1))
    (tmp_path / "link").symlink_to(where)
    with pytest.raises(IntegrityBroken, match="LINK"), open_log(tmp_path / "link"):
        pass
    (where / "entries.jsonl").unlink()
    os.mkfifo(where / "entries.jsonl")
    with pytest.raises(IntegrityBroken, match="INDEX_FILE_ODD"), open_log(where):
        pass


def test_no_index_and_a_file_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="INDEX_NOT_FOUND"), open_log(tmp_path / "none"):
        pass
    (tmp_path / "file").write_bytes(b"")
    for opening in (lambda: open_log(tmp_path / "file"), lambda: open_writer(tmp_path / "file", signer())):
        with pytest.raises(IntegrityBroken, match="INDEX_FILE"), opening():
            pass


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log_of(tmp_path, runs(1))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    real = os.pwrite

    def full(descriptor: int, data: bytes, offset: int) -> int:
        real(descriptor, data[:10], offset)
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_writer(tmp_path, signer()) as writer:
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", full)
            with pytest.raises(Inconclusive, match="DISK_FULL"):
                writer.append(runs(2))
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
        assert writer.append(runs(2)) == [2, 3]


def test_a_rotated_key_signs_from_then_on(tmp_path: Path) -> None:
    old, fresh = signer(), Signer(signer().name, key(5))
    log_of(tmp_path, runs(1), old)
    with pytest.raises(Refused, match="NOTE_UNSIGNED"), open_writer(tmp_path, fresh):
        pass
    with open_writer(tmp_path, fresh, [old.verifier]) as writer:
        writer.append(runs(2))
    with open_log(tmp_path) as log:
        assert checkpoint.require(log.note, [old.verifier, fresh.verifier]).size == 4
        with pytest.raises(Refused, match="NOTE_UNSIGNED"):
            checkpoint.require(log.note, [old.verifier])


APPEND = """
import sys
from pathlib import Path
from support.logs import runs, signer
from gonogo_evidence.index import open_writer
start = int(sys.argv[2])
with open_writer(Path(sys.argv[1]), signer()) as writer:
    print("ready", flush=True)
    for number in range(start, start + int(sys.argv[3])):
        writer.append(runs(number))
"""


def _appender(where: Path, start: int, count: int) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", APPEND, str(where), str(start), str(count)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE)


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    both = [_appender(tmp_path / "log", start, 40) for start in (0, 20)]
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode == 0
    with open_log(tmp_path / "log") as log:
        assert log.size == 120
        said = list(log.entries())
        assert len({one.entry.identity for one in said}) == 120
        assert log.checkpoint.root == bytes.fromhex(merkle.root(one.leaf for one in said))
        log.check_root()


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05])
def test_killed_while_it_appends(tmp_path: Path, after: float) -> None:
    process = _appender(tmp_path / "log", 0, 10_000)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=after)
    process.kill()
    process.communicate(timeout=60)
    with open_log(tmp_path / "log") as log:
        known = log.checkpoint
    with open_writer(tmp_path / "log", signer()) as writer:
        writer.append([sign(entry("intent", 77777), ENGINE)])
        assert writer.size >= known.size + 1
    with open_log(tmp_path / "log") as log:
        log.check_root()
        assert merkle.verify_consistency(
            known.size, log.size, known.root, log.checkpoint.root, log.consistency(known.size)
        )
        assert log.checkpoint.root == bytes.fromhex(merkle.root(one.leaf for one in log.entries()))

"""The checkpoint changes places with its spare file: old or new at every moment, whoever reads and whenever it dies."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.index import checkpoint, open_log, open_writer
from gonogo_evidence.index import swap as swapping
from support.bad_input import room
from support.logs import signed, signer
from support.small_disk import read_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS = [signer().verifier]
ENTRIES = [signed("intent", number) for number in range(400)]
STEPS = ("open", "pwrite", "link", "replace", "unlink", "fsync", "close")
"""Every way in which an append touches the disk."""


def _append(where: Path, *numbers: int) -> None:
    with open_writer(where, signer()) as writer:
        for number in numbers:
            writer.append([ENTRIES[number]])


def _size(where: Path) -> int:
    with open_log(where) as log:
        log.check_root()
        return checkpoint.require(log.note, KEYS).size


def _in_a_process_that_dies(action: Callable[[], None]) -> int:
    """The exit code of a process that does this, and nothing else of ours."""
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _dying_at(name: str, count: int, where: Path, number: int) -> None:
    """Append, and be gone before the ``count``-th call of ``name``."""
    real, calls = getattr(os, name), iter(range(count))

    def last(*words: object, **more: object) -> object:
        if next(calls, None) is None:
            os._exit(9)
        return real(*words, **more)

    with mock.patch.object(os, name, last):
        _append(where, number)


def test_two_files_take_turns(tmp_path: Path) -> None:
    _append(tmp_path, *range(3))
    pair = {(tmp_path / name).stat().st_ino for name in ("checkpoint", swapping.SPARE)}
    for number in range(3, 9):
        _append(tmp_path, number)
        assert {(tmp_path / name).stat().st_ino for name in ("checkpoint", swapping.SPARE)} == pair
        assert _size(tmp_path) == number + 1
    _append(tmp_path, 9)
    assert _size(tmp_path) == 10, "a longer checkpoint is not written over a shorter one"
    assert not os.path.lexists(tmp_path / swapping.LAST)


@pytest.mark.parametrize("name", STEPS)
def test_whoever_dies_at_any_step_leaves_the_old_checkpoint_or_the_new_one(tmp_path: Path, name: str) -> None:
    done, died = 9 if name == "unlink" else 4, 0  # the tenth entry makes the checkpoint longer: another file
    _append(tmp_path, *range(done))
    for count in range(12):
        died += _in_a_process_that_dies(partial(_dying_at, name, count, tmp_path, done)) == 9
        assert _size(tmp_path) in {done, done + 1}
        _append(tmp_path, done, done + 1)
        done += 2
        assert _size(tmp_path) == done
        assert not os.path.lexists(tmp_path / swapping.LAST)
    assert died, "no process died at this step"
    with open_log(tmp_path) as log:
        assert [one.entry for one in log.entries()] == [one.entry for one in ENTRIES[:done]]


def test_who_reads_meanwhile_sees_good_checkpoints_that_grow(tmp_path: Path) -> None:
    _append(tmp_path, 0)
    child = os.fork()
    if child == 0:
        try:
            _append(tmp_path, *range(1, 400))
        finally:
            os._exit(0)
    seen, running = 0, True
    while running:
        running = os.waitpid(child, os.WNOHANG) == (0, 0)
        size = _size(tmp_path)
        assert size >= seen
        seen = size
    assert seen == 400


@pytest.mark.parametrize("kind", ["link", "folder", "second name", "pipe"])
def test_what_else_lies_in_the_place_of_the_spare_file_is_not_written_to(tmp_path: Path, kind: str) -> None:
    where, other = tmp_path / "log", tmp_path / "other"
    _append(where, 0, 1)
    spare = where / swapping.SPARE
    other.write_bytes(spare.read_bytes())
    spare.unlink()
    places: dict[str, Callable[[], object]] = {
        "link": lambda: spare.symlink_to(other),
        "folder": spare.mkdir,
        "second name": lambda: spare.hardlink_to(other),
        "pipe": lambda: os.mkfifo(spare),
    }
    places[kind]()
    before = other.read_bytes()
    if kind == "folder":
        with pytest.raises(Exception, match="CANNOT_WRITE"):
            _append(where, 2)
    else:
        _append(where, 2)
    assert other.read_bytes() == before
    assert _size(where) == 3


@pytest.mark.parametrize("short", [1, 100, 500, 1000])
def test_a_disk_that_is_full_at_any_moment_leaves_a_log_that_goes_on(tmp_path: Path, short: int) -> None:
    _append(tmp_path, *range(9))
    size = (tmp_path / "entries.jsonl").stat().st_size
    with room(size + short), pytest.raises(Inconclusive, match="DISK_FULL"):
        _append(tmp_path, 9, 10)
    assert _size(tmp_path) in {9, 10}
    _append(tmp_path, 9, 10)
    assert _size(tmp_path) == 11


def test_a_log_on_a_read_only_disk_is_read_and_not_written(tmp_path: Path) -> None:
    _append(tmp_path / "log", 0)
    with read_only(tmp_path / "disk") as place, pytest.raises(Inconclusive, match=r"CANNOT_WRITE|INDEX_UNREADABLE"):
        _append(place / "log", 1)
    assert _size(tmp_path / "log") == 1

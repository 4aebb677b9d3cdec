"""Files that surprise: links, pipes, growing files, strange names, full disks."""

from __future__ import annotations

import errno
import hashlib
import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import files
from gonogo_evidence.errors import BadInput, Inconclusive, IntegrityBroken

pytestmark = pytest.mark.fast

SAFE = string.ascii_letters + string.digits + "._@+=-"


@pytest.mark.parametrize("path", ["a", "core/pack.json", "data/a+b=c@d_e-f.txt", "x/y/z", "_a", "+", "a.b.c"])
def test_safe_paths(path: str) -> None:
    assert files.check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/..",
        "../a",
        "./a",
        "a/.git",
        "-rf",
        "a/-b",
        "a.",
        "a/b.",
        "a b",
        "a\\b",
        "a\n",
        "a\nb",
        "ü",
        "a\x00",
        "C:",
        "a:b",
        "~",
        "a\u202eb",
        "%2e",
        "a" * 1025,
    ],
)
def test_unsafe_paths_are_refused(path: str) -> None:
    with pytest.raises(IntegrityBroken, match="PACK_PATH"):
        files.check_path(path)


@given(st.text(max_size=30))
def test_a_path_that_is_accepted_stays_below_its_folder(path: str) -> None:
    try:
        files.check_path(path)
    except IntegrityBroken:
        return
    assert os.path.normpath(path) == path
    assert not path.startswith(("/", "..", "-"))
    assert set(path) <= set(SAFE + "/")


@given(st.text())
def test_a_slug_is_always_a_safe_name(name: str) -> None:
    made = files.slug(name)
    assert files.check_path(made) == made
    assert "/" not in made


def test_slug_keeps_what_is_safe() -> None:
    assert files.slug("operator@example.org") == "operator@example.org"
    assert files.slug("J\u00f6rg \u00d6") == "J-rg"


def test_read_bytes_takes_regular_files_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    assert files.read_bytes(tmp_path / "file", limit=1) == b"x"
    for name, code in {
        "link": "FILE_IS_A_LINK",
        "loop": "FILE_IS_A_LINK",
        "dangling": "FILE_IS_A_LINK",
        "pipe": "FILE_NOT_REGULAR",
        ".": "FILE_NOT_REGULAR",
    }.items():
        with pytest.raises(IntegrityBroken) as caught:
            files.read_bytes(tmp_path / name, limit=10)
        assert caught.value.code == code, name


def test_read_bytes_says_what_is_missing_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="FILE_NOT_FOUND"):
        files.read_bytes(tmp_path / "none", limit=1)
    (tmp_path / "big").write_bytes(b"12345")
    with pytest.raises(BadInput, match="FILE_TOO_LARGE"):
        files.read_bytes(tmp_path / "big", limit=4)


def test_a_file_that_grows_while_it_is_read_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured is not what was read."""
    path, measured = tmp_path / "grows", files._regular

    def measure_then_grow(descriptor: int, place: Path) -> os.stat_result:
        status = measured(descriptor, place)
        path.write_bytes(b"more" * 1000)
        return status

    path.write_bytes(b"little")
    monkeypatch.setattr(files, "_regular", measure_then_grow)
    with pytest.raises(IntegrityBroken, match="FILE_CHANGED"):
        files.read_bytes(path, limit=100)


def test_copy_hashes_what_it_copies(tmp_path: Path) -> None:
    body = os.urandom(3_000_000)
    (tmp_path / "a").write_bytes(body)
    expected = (hashlib.sha256(body).hexdigest(), len(body))
    assert files.copy_hashed(tmp_path / "a", tmp_path / "b") == expected
    assert (tmp_path / "b").read_bytes() == body
    assert files.hash_file(tmp_path / "b") == expected


def test_copy_never_overwrites_and_never_follows(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError):
        files.copy_hashed(tmp_path / "a", tmp_path / "b")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        files.copy_hashed(tmp_path / "link", tmp_path / "c")
    with pytest.raises(IntegrityBroken, match="FILE_NOT_REGULAR"):
        files.copy_hashed(tmp_path / "pipe", tmp_path / "d")
    with pytest.raises(IntegrityBroken, match="FILE_NOT_REGULAR"):
        files.hash_file(tmp_path / "pipe")
    assert (tmp_path / "b").read_bytes() == b"b"


def test_a_file_that_changes_while_it_is_copied_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"x" * 10)
    monkeypatch.setattr(files, "CHUNK", 4)
    real, calls = os.fstat, []

    def grows(descriptor: int) -> os.stat_result:
        calls.append(descriptor)
        if len(calls) == 2:
            with source.open("ab") as more:
                more.write(b"later")
        return real(descriptor)

    monkeypatch.setattr("gonogo_evidence.files.os.fstat", grows)
    with pytest.raises(IntegrityBroken, match="FILE_CHANGED"):
        files.copy_hashed(source, tmp_path / "b")


def test_a_file_that_is_rewritten_with_the_same_size_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"x" * 10)
    os.utime(source, ns=(0, 0))
    real, calls = os.fstat, []

    def rewritten(descriptor: int) -> os.stat_result:
        calls.append(descriptor)
        if len(calls) == 2:
            source.write_bytes(b"y" * 10)
        return real(descriptor)

    monkeypatch.setattr("gonogo_evidence.files.os.fstat", rewritten)
    with pytest.raises(IntegrityBroken, match="FILE_CHANGED"):
        files.copy_hashed(source, tmp_path / "b")


def test_a_refused_file_leaves_no_descriptor_open(tmp_path: Path) -> None:
    before = sum(1 for _ in Path("/dev/fd").iterdir())
    for _ in range(20):
        with pytest.raises(IntegrityBroken, match="FILE_NOT_REGULAR"):
            files.read_bytes(tmp_path, limit=1)
    assert sum(1 for _ in Path("/dev/fd").iterdir()) == before


def test_write_atomic_replaces_whole_files(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write_atomic(path, b"one")
    files.write_atomic(path, b"two", mode=0o600)
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_failed_write_is_said_in_words_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").write_bytes(b"")
    with pytest.raises(Inconclusive, match="CANNOT_WRITE") as caught:
        files.write_atomic(tmp_path / "folder", b"x")
    assert caught.value.next_step is not None
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_has_its_own_code(number: int) -> None:
    assert files.no_room(OSError(number, "no"), Path("x")).code == "DISK_FULL"
    assert files.no_room(OSError(errno.EROFS, "no"), Path("x")).code == "CANNOT_WRITE"


def test_walk_is_ordered_and_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "b" / "up").symlink_to("..")
    assert [path.relative_to(tmp_path).as_posix() for path in files.walk(tmp_path)] == ["a", "b", "b/c", "b/up"]


def test_sync_tree_touches_every_file(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a").write_bytes(b"")
    (tmp_path / "b" / "a").chmod(0o444)
    files.sync_tree(tmp_path)

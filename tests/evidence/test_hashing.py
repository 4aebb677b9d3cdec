"""Many files hashed at once: the same answers from one process and from several, and an error for whatever is odd."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import hash_pool, hash_worker, hashing
from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken
from gonogo_evidence.hashing import hash_files
from gonogo_evidence.ids import Digest
from gonogo_evidence.seal import Entry
from gonogo_evidence.verify import verify_pack
from support.packs import overwrite, sample_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

each_way = pytest.mark.parametrize("workers", [1, 2])
"""In this process, and in two of their own."""

DYING = """
import importlib.util, os, signal, sys
spec = importlib.util.spec_from_file_location("hash_worker", {real!r})
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
class Below(worker.Below):
    def answer(self, path):
        if path == {dies_at!r}:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().answer(path)
worker.Below = Below
worker.serve(int(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
"""


def fill(folder: Path, count: int = 300) -> dict[str, bytes]:
    """Files of many sizes, in folders and beside them, by their sorted path."""
    bodies = {f"data/{number % 7}/f{number:04d}": b"%d" % number * (number * 11) for number in range(count)}
    bodies |= {"data/empty": b"", "top": b"top", "data/large": os.urandom(3 * hash_worker.BUFFER + 1)}
    for path, body in bodies.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    return dict(sorted(bodies.items()))


def code(outcome: Entry | GonogoError) -> str:
    return outcome.code if isinstance(outcome, GonogoError) else "OK"


@each_way
def test_digests_and_sizes_in_the_order_asked(tmp_path: Path, workers: int) -> None:
    bodies = fill(tmp_path)
    paths = list(bodies)[::-1]
    found = hash_files(tmp_path, paths, workers=workers)
    assert list(found) == paths
    assert found == {path: Entry(path, _sha(body), len(body)) for path, body in bodies.items()}


@each_way
def test_nothing_asked_nothing_found(tmp_path: Path, workers: int) -> None:
    assert hash_files(tmp_path, [], workers=workers) == {}


@each_way
def test_a_large_file_between_small_ones(tmp_path: Path, workers: int) -> None:
    fill(tmp_path, 3)
    with (tmp_path / "data/sparse").open("wb") as file:
        file.truncate(40_000_000)
    found = hash_files(tmp_path, ["data/0/f0000", "data/sparse", "top"], workers=workers)
    assert found["data/sparse"] == Entry("data/sparse", _sha(bytes(40_000_000)), 40_000_000)


@each_way
def test_only_regular_files_that_no_link_leads_to(tmp_path: Path, workers: int) -> None:
    folder, outside = tmp_path / "pack", tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    bodies = fill(folder, 20)
    (folder / "data/link").symlink_to(outside / "secret")
    (folder / "data/way").symlink_to(outside)
    (folder / "data/loop").symlink_to("loop")
    os.mkfifo(folder / "data/pipe")
    odd = {
        "data/link": "FILE_IS_A_LINK",
        "data/loop": "FILE_IS_A_LINK",
        "data/pipe": "FILE_NOT_REGULAR",
        "data/0": "FILE_NOT_REGULAR",
        "data/none": "PACK_FILE_MISSING",
        "data/none/below": "PACK_FILE_MISSING",
        "top/below": "PACK_FILE_UNREADABLE",
        "../outside/secret": "PACK_FILE_UNREADABLE",
        "data/../top": "PACK_FILE_UNREADABLE",
        str(outside / "secret"): "PACK_FILE_UNREADABLE",
        "new\nline": "PACK_FILE_MISSING",
    }
    found = hash_files(folder, [*bodies, *odd, "data/way/secret"], workers=workers)
    assert {path: code(found[path]) for path in odd} == odd
    assert code(found["data/way/secret"]) in {"FILE_IS_A_LINK", "PACK_FILE_UNREADABLE"}
    assert {path: code(found[path]) for path in bodies} == dict.fromkeys(bodies, "OK")
    assert all(error.where == path for path, error in found.items() if isinstance(error, GonogoError))


def test_the_folder_itself_may_be_a_link_and_must_be_there(tmp_path: Path) -> None:
    fill(tmp_path / "real", 3)
    (tmp_path / "link").symlink_to("real")
    assert code(hash_files(tmp_path / "link", ["top"])["top"]) == "OK"
    with pytest.raises(FileNotFoundError):
        hash_files(tmp_path / "none", ["top"])


@each_way
def test_a_file_that_grows_while_it_is_hashed(tmp_path: Path, workers: int) -> None:
    bodies = fill(tmp_path, 5)
    with (tmp_path / "data/log").open("wb") as log:
        log.truncate(150_000_000)
    with _busy(lambda: _append(tmp_path / "data/log")):
        found = hash_files(tmp_path, [*bodies, "data/log"], workers=workers)
    assert code(found.pop("data/log")) == "FILE_CHANGED"
    assert {code(outcome) for outcome in found.values()} == {"OK"}


@pytest.mark.parametrize("change", ["write", "truncate", "touch back"])
def test_a_change_between_the_first_and_the_last_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path, read = tmp_path / "a", os.readv
    path.write_bytes(b"a" * 1000)
    before = path.stat()

    def disturbed(descriptor: int, into: tuple[bytearray]) -> int:
        count = read(descriptor, into)
        if change == "truncate":
            os.truncate(path, 10)
        else:
            path.write_bytes(b"b" * 1000)
        if change == "touch back":
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return count

    monkeypatch.setattr(os, "readv", disturbed)
    assert code(hash_files(tmp_path, ["a"])["a"]) == "FILE_CHANGED"


def test_a_worker_that_dies_leaves_its_files_unanswered_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = fill(tmp_path / "pack")
    paths = list(bodies)
    victim = paths[150]
    script = tmp_path / "dying.py"
    script.write_text(DYING.format(real=hash_worker.__file__, dies_at=victim))
    monkeypatch.setattr(hash_worker, "__file__", str(script))
    found = hash_files(tmp_path / "pack", paths, workers=2)
    lost = {path for path, outcome in found.items() if code(outcome) != "OK"}
    assert victim in lost
    assert {code(found[path]) for path in lost} == {"HASH_WORKER_LOST"}
    assert all(isinstance(found[path], Inconclusive) for path in lost)
    assert len(lost) <= len(paths) // (2 * hash_pool.SHARES), "the other worker does the rest"


@pytest.mark.parametrize(
    "script",
    ["raise SystemExit(1)", "print('ok ' + 'a' * 64 + ' 5')", "import sys; sys.stdin.read(4); print('ok')", "x ="],
)
def test_workers_that_do_not_answer_pass_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    bodies = fill(tmp_path / "pack")
    (tmp_path / "broken.py").write_text(script)
    monkeypatch.setattr(hash_worker, "__file__", str(tmp_path / "broken.py"))
    found = hash_files(tmp_path / "pack", list(bodies), workers=2)
    assert list(found) == list(bodies)
    assert all(found[path] != Entry(path, _sha(body), len(body)) for path, body in bodies.items())
    assert sum(code(outcome) == "HASH_WORKER_LOST" for outcome in found.values()) >= len(bodies) - 2


def test_where_no_process_can_be_started_this_one_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = fill(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    found = hash_files(tmp_path, list(bodies), workers=2)
    assert found == {path: Entry(path, _sha(body), len(body)) for path, body in bodies.items()}


@pytest.mark.parametrize("where", ["hash_pool._lines", "hashing._outcome"])
def test_an_interruption_leaves_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    bodies, started, begin = fill(tmp_path), list[subprocess.Popen[bytes]](), subprocess.Popen

    def noted(argv: list[str], **named: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - handed on as it is
        started.append(begin(argv, **named))
        return started[-1]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", noted)
    monkeypatch.setattr(f"gonogo_evidence.{where}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hash_files(tmp_path, list(bodies), workers=2)
    assert len(started) == 2
    assert all(worker.returncode is not None for worker in started)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, ("PACK_NOT_READABLE", Inconclusive)),
        (errno.EPERM, ("PACK_NOT_READABLE", Inconclusive)),
        (errno.EIO, ("PACK_FILE_UNREADABLE", IntegrityBroken)),
    ],
)
def test_what_the_system_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: tuple[str, type[GonogoError]]
) -> None:
    (tmp_path / "a").write_bytes(b"a")

    def refused(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "readv", refused)
    outcome = hash_files(tmp_path, ["a"])["a"]
    assert (code(outcome), type(outcome)) == expected


@pytest.mark.parametrize(("files", "size", "started"), [(10, 1, False), (60, 1, True), (10, 200, True)])
def test_processes_are_for_many_files_or_many_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, size: int, *, started: bool
) -> None:
    asked: list[int] = []
    for number in range(files):
        (tmp_path / f"f{number}").write_bytes(b"a" * size)
    monkeypatch.setattr(hashing, "MANY_FILES", 50)
    monkeypatch.setattr(hashing, "MANY_BYTES", 1000)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)

    def answers(_root: int, _paths: list[str], count: int) -> Generator[hash_pool.Answers]:
        asked.append(count)
        yield from ()

    monkeypatch.setattr(hash_pool, "answers", answers)
    found = hash_files(tmp_path, [f"f{number}" for number in range(files)])
    assert asked == ([3] if started else [])
    assert {code(outcome) for outcome in found.values()} == {"OK"}


def test_verify_says_the_same_of_a_pack_that_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = tmp_path / "pack"
    sample_pack(pack)
    few = verify_pack(pack).json()
    monkeypatch.setattr(hashing, "MANY_FILES", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert verify_pack(pack).json() == few
    overwrite(pack / "data/logs/log.jsonl", (pack / "data/logs/log.jsonl").read_bytes()[:-1] + b"\t")
    broken = [check for check in verify_pack(pack).checks if check.id == "authentic.files"]
    assert [(check.code, check.where) for check in broken] == [("FILE_DIGEST", "data/logs/log.jsonl")]


def test_verify_is_inconclusive_where_a_worker_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = tmp_path / "pack"
    sample_pack(pack)
    (tmp_path / "broken.py").write_text("raise SystemExit(1)")
    monkeypatch.setattr(hash_worker, "__file__", str(tmp_path / "broken.py"))
    monkeypatch.setattr(hashing, "MANY_FILES", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    report = verify_pack(pack)
    lost = [check for check in report.checks if check.code == "HASH_WORKER_LOST"]
    assert {check.where for check in lost} == {f"data/{name}" for name in _names(pack / "data")}
    assert report.verdict("authentic") != "PASS"
    assert report.exit_for("authentic") != 0


MEMORY = """
import pathlib, resource, sys
from gonogo_evidence.hashing import hash_files
found = hash_files(pathlib.Path(sys.argv[1]), ["a", "b"], workers=2)
assert all(entry.size == 200_000_000 for entry in found.values())
try:  # of this program alone; getrusage also counts the one that started it
    own = int(pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
except OSError:
    own = 0
print(own * 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(200_000_000)
    done = subprocess.run([sys.executable, "-c", MEMORY, str(tmp_path)], check=True, capture_output=True, text=True)
    own, worker = (int(word) for word in done.stdout.split())
    assert own < 60_000_000
    assert 0 < worker < 60_000_000


def test_a_worker_imports_the_standard_library_alone() -> None:
    script = f"import runpy, sys; runpy.run_path({hash_worker.__file__!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], check=True, capture_output=True, text=True)
    assert {name.partition(".")[0] for name in done.stdout.split()} - {"__main__"} <= sys.stdlib_module_names


@contextmanager
def _busy(act: Callable[[], None]) -> Generator[None]:
    """Something that another thread does over and over, from before until after."""
    done, begun = threading.Event(), threading.Event()

    def again() -> None:
        while not done.is_set():
            act()
            begun.set()

    thread = threading.Thread(target=again)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def _names(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _sha(body: bytes) -> Digest:
    return Digest(hashlib.sha256(body).hexdigest())

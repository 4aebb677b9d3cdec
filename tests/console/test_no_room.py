"""``gonogo verify`` and ``gonogo evidence`` where nothing can be written: said in words, and nothing half is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo.main import main
from gonogo_evidence import p5b, verify_pack
from support.ep_json_cases import minimal
from support.small_disk import FILLER, full, read_only
from support.terminal import small_world

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[1] / "golden" / "0.1.0"
PACK = GOLDEN / "EVP-4BM2-L0-20260109-001"
FULL = Path("/dev/full")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Something to make evidence of: a file, an old pack, a pointer manifest."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"a")
    (folder / "evidence_pack.json").write_text(json.dumps(minimal()))
    p5b.generate(folder, [folder / "a.txt"], folder / "packs", pack_id="x", created_at=p5b.PINNED)
    return folder


WRITING: dict[str, Callable[[Path, Path], list[object]]] = {
    "verify --export-verifier": lambda _, place: ["verify", PACK, "--authentic-only", "--export-verifier", place],
    "generate": lambda source, place: [
        *("evidence", "generate", "--base-dir", source, "--in", source / "a.txt", "--pack-id", "x"),
        *("--out-root", place / "packs"),
    ],
    "index": lambda source, place: ["evidence", "index", "--root", source / "packs", "--out", place / "all.json"],
    "migrate": lambda source, place: ["evidence", "migrate", source / "evidence_pack.json", "--out", place / "out"],
    "validate --root": lambda source, place: [
        *("evidence", "validate", "--root", source, "--output", place / "report" / "found.json")
    ],
}


def _refused(words: list[object], home: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The code with which a command is refused."""
    capsys.readouterr()
    code = main([*map(str, words), "--json"], world=small_world(home))
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert (code, error["exit_code"], "Traceback" in err) == (3, 3, False), err
    assert "resume" not in error["next"], "there is no run"
    assert "the same command again" in error["next"]
    return str(error["code"])


@pytest.mark.parametrize("command", WRITING)
def test_a_full_disk(command: str, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with full(tmp_path / "disk") as place:
        assert _refused(WRITING[command](sources, place), tmp_path, capsys) == "DISK_FULL"
        left = {path.name for path in place.rglob("*") if path.is_file()} - {FILLER}
    assert left == set()


@pytest.mark.parametrize("command", WRITING)
def test_a_read_only_place(command: str, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with read_only(tmp_path / "disk") as place:
        assert _refused(WRITING[command](sources, place), tmp_path, capsys) == "CANNOT_WRITE"


def _device(path: Path) -> None:
    path.symlink_to(os.devnull)


@pytest.mark.parametrize("make", [_device, os.mkfifo])
def test_a_device_or_a_pipe_is_not_replaced_by_a_file(
    make: Callable[[Path], None], sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once ``--out /dev/null``, as root, would have left a regular file there for everybody."""
    make(tmp_path / "out")
    before = (tmp_path / "out").lstat()
    code = main(
        ["evidence", "index", "--root", str(sources / "packs"), "--out", str(tmp_path / "out"), "--json"],
        world=small_world(tmp_path),
    )
    assert (code, json.loads(capsys.readouterr().out)["error"]["code"]) == (2, "PLACE_NOT_A_FILE")
    assert (tmp_path / "out").lstat() == before


@pytest.mark.skipif(not FULL.exists(), reason="Linux's full device stands for a full disk")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_report_that_cannot_be_written_is_no_success(form: list[str]) -> None:
    words = [str(PACK), "--allowed-signers", str(GOLDEN / "allowed_signers")]
    lost = [
        [sys.executable, "-m", "gonogo", "verify", *words, *form],
        [sys.executable, "-m", "gonogo", "evidence", "validate", f"{PACK}.json", *form],
        [sys.executable, "-I", "-S", verify_pack.__file__, *words, *form],
    ]
    for command in lost:
        with FULL.open("wb") as nowhere:
            done = subprocess.run(command, stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, "OUTPUT_LOST" in done.stderr, "Traceback" in done.stderr) == (3, True, False), done


def test_a_reader_of_the_report_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    brought = ["--allowed-signers", str(GOLDEN / "allowed_signers"), "--engine-key", str(GOLDEN / "engine.pub")]
    command = [sys.executable, "-I", "-S", verify_pack.__file__, str(PACK), *brought]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_without_a_place_for_temporary_files_the_one_file_is_inconclusive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``openssl`` and ``ssh-keygen`` read files: where none can be written nothing is checked, and nothing breaks."""
    with full(tmp_path / "disk") as place:
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        code = verify_pack.main([str(PACK), "--engine-key", str(GOLDEN / "engine.pub"), "--json"])
        left = {path.name for path in place.iterdir()} - {FILLER}
    assert (code, left) == (3, set())
    assert [check["code"] for check in json.loads(capsys.readouterr().out)["checks"]] == ["CANNOT_WRITE"]

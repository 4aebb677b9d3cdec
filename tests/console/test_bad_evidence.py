"""Every command that reads evidence, and every file that is none: a code, a sentence, a next step, nothing left behind.

What stands *in* a pack is in ``tests/evidence/test_bad_files.py``; here is what is named on the command line, and what
lies where an index, a manifest or a pack of ours should be.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.main import main
from support.desk import make_desk
from support.logs import log_of, runs, signer
from support.terminal import small_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from support.desk import Desk

GOLDEN = Path(__file__).parents[1] / "golden" / "0.1.0"
PACK = GOLDEN / "EVP-4BM2-L0-20260109-001"
HUGE = 5 * 1024**3

TEXTS = {
    "empty": b"",
    "cut off": b'{"a":',
    "binary": hashlib.sha512(b"binary").digest() * 64,
    "deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number without end": b'{"a":' + b"9" * 1_000_000 + b"}",
    "a key twice": b'{"a":1,"a":2}',
    "NaN": b'{"a":NaN}',
    "1e400": b'{"a":1e400}',
    "2^53+1": b'{"a":9007199254740993}',
    "-0": b'{"a":-0}',
    "half a character": b'{"a":"\\ud800"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a list": b"[]",
    "an empty object": b"{}",
}


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, HUGE)


THINGS: dict[str, Callable[[Path], object]] = {
    "5 GB": _huge,
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a device without end": lambda path: path.symlink_to("/dev/zero"),
    "nothing": lambda _: None,
}


def _written(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


KINDS = {**{kind: _written(data) for kind, data in TEXTS.items()}, **THINGS}


def _evil(folder: Path) -> Iterator[tuple[str, Path]]:
    """One folder each, with the file ``evidence_pack.json`` in it."""
    for number, (kind, make) in enumerate(KINDS.items()):
        path = folder / str(number) / "evidence_pack.json"
        path.parent.mkdir(parents=True)
        make(path)
        yield kind, path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A repository with a state folder, in which nothing ever ran."""
    made = make_desk(tmp_path_factory.mktemp("desk"), key=False)
    assert main(["index", "check", "--repo", str(made.repo.path)], world=small_world(made.home)) != 0
    return made


READING: dict[str, Callable[[Path, Path], Sequence[object]]] = {
    "verify": lambda path, _: ["verify", path],
    "verify --allowed-signers": lambda path, _: ["verify", PACK, "--allowed-signers", path],
    "verify --policy": lambda path, _: ["verify", PACK, "--policy", path],
    "verify --engine-key": lambda path, _: ["verify", PACK, "--engine-key", path],
    "verify --vkey": lambda path, _: ["verify", PACK, "--vkey", path],
    "reproduce": lambda path, _: ["reproduce", path],
    "diff": lambda path, _: ["diff", PACK, path],
    "show": lambda path, _: ["show", path],
    "validate": lambda path, _: ["evidence", "validate", path],
    "validate --compat": lambda path, _: ["evidence", "validate", path, "--compat"],
    "validate --manifest": lambda path, _: ["evidence", "validate", "--manifest", path],
    "validate --manifest --compat": lambda path, _: ["evidence", "validate", "--manifest", path, "--compat"],
    "validate --root": lambda path, _: ["evidence", "validate", "--root", path.parent],
    "migrate": lambda path, out: ["evidence", "migrate", path, "--out", out],
    "index --vkey": lambda path, _: ["index", "check", "--vkey", path],
    "compare": lambda path, _: ["index", "compare", path, "--vkey", GOLDEN / "index.vkey"],
    "compare two": lambda path, _: ["index", "compare", path, path, "--vkey", GOLDEN / "index.vkey"],
    "check --witness-policy": lambda path, _: ["index", "check", "--witness-policy", path],
    "verify --witness-policy": lambda path, _: ["verify", PACK, "--witness-policy", path],
    "cosign": lambda path, _: ["index", "cosign", path, path, "--witness", path],
    "handoff": lambda path, _: ["handoff", "import", path],
}
ON_RECORD = {"validate", "validate --compat", "validate --manifest", "validate --manifest --compat", "validate --root"}
"""What has been looked at is reported: 1 where the predecessor's contract says so, with the reason as an error."""
PROOFS = {"compare", "compare two", "handoff"}
"""A regular file that is not what it should be is a proof, or a run, that somebody changed: 6."""
EXCEPT = {
    ("verify --allowed-signers", "empty"): 3,  # nobody may sign: who decided cannot be told
}


@pytest.mark.parametrize("command", READING)
def test_no_file_is_too_odd_to_be_refused_in_words(
    command: str, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.repo.path)
    before = _lying(desk.home)
    for kind, path in _evil(tmp_path / "evil"):
        capsys.readouterr()
        code = main([*map(str, READING[command](path, tmp_path / "out")), "--json"], world=small_world(desk.home))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err, (kind, err)
        said = json.loads(out)
        assert code == said["exit_code"] if "exit_code" in said else code, kind
        assert code in _allowed(command, kind), (kind, code, said)
        assert _codes(said), (kind, said)
        assert sorted(path.parent.iterdir()) in ([path], []), kind
    assert sorted(tmp_path.iterdir()) == [tmp_path / "evil"]
    assert _lying(desk.home) == before
    assert desk.repo.git("status", "--porcelain") == ""


def _allowed(command: str, kind: str) -> set[int]:
    if (command, kind) in EXCEPT:
        return {EXCEPT[command, kind]}
    if command in ON_RECORD:
        return {1, 2}
    if kind in TEXTS:
        return {6} if command in PROOFS else {1} if command == "migrate" else {2}
    return {2}


def _codes(said: Any) -> set[str]:  # noqa: ANN401 - a document
    """What is wrong, by its codes; each with words, and a refusal with what to do next."""
    if "error" in said:
        error = said["error"]
        assert error["code"] != "INTERNAL", error
        assert error["what"], error
        assert error["next"], error
        return {error["code"]}
    found = [one for one in said.get("checks", []) if one["verdict"] != "PASS"]
    found += said.get("errors", [])
    assert all(one.get("message") or one.get("evidence") for one in found), found
    return {one["code"] for one in found} | {words for one in said.get("pack_results", []) for words in one["errors"]}


def _lying(home: Path) -> set[str]:
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if ".cache" not in path.parts}


INDEX: dict[str, Callable[[Path, Path], Sequence[object]]] = {
    "list": lambda folder, _: ["index", "list", "--index", folder],
    "check": lambda folder, key: ["index", "check", "--index", folder, "--vkey", key],
    "prove": lambda folder, _: ["index", "prove", "0", "--index", folder],
    "prove --since": lambda folder, _: ["index", "prove", "--since", "1", "--index", folder],
    "compare": lambda folder, key: ["index", "compare", folder, folder, "--vkey", key],
}


@pytest.mark.parametrize("name", ["checkpoint", "entries.jsonl", "entries.idx", "tile/0"])
def test_an_index_with_any_odd_file_in_it_is_never_a_traceback(
    name: str, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be made again from the entries may be; the answer is then the sound one."""
    monkeypatch.chdir(desk.repo.path)
    log, key = log_of(tmp_path / "log", runs(1, 2)), tmp_path / "key"
    key.write_text(signer().verifier.line)
    place = log / name
    shutil.move(place, tmp_path / "aside")
    for kind, make in KINDS.items():
        make(place)
        for command, words in INDEX.items():
            code = main([*map(str, words(log, key)), "--json"], world=small_world(desk.home))
            out, err = capsys.readouterr()
            said = json.loads(out)
            assert "Traceback" not in out + err, (kind, command, err)
            assert code in ({2, 6} if name == "checkpoint" else {0, 2, 3, 6}), (kind, command, said)
            assert code == 0 or _codes(said), (kind, command, said)
        if os.path.lexists(place):
            place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
    shutil.move(tmp_path / "aside", place)
    assert main([*map(str, INDEX["check"](log, key)), "--json"], world=small_world(desk.home)) == 0


@pytest.mark.parametrize("kind", ["a pipe", "5 GB", "a link to itself", "a folder", "a device without end"])
def test_generate_neither_waits_for_what_lies_in_its_place_nor_reads_it(
    kind: str, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe that lay there as manifest.json was waited for without end."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "a.txt").write_bytes(b"a")
    place = tmp_path / "out" / "pack_x" / "manifest.json"
    place.parent.mkdir(parents=True)
    THINGS[kind](place)
    words = ["evidence", "generate", "--base-dir", str(tmp_path / "base"), "--in", str(tmp_path / "base" / "a.txt")]
    code = main([*words, "--out-root", str(tmp_path / "out"), "--pack-id", "x", "--json"], world=small_world(desk.home))
    assert (code, _codes(json.loads(capsys.readouterr().out))) == (2, {"EVIDENCE_PACK_EXISTS"})
    assert list(place.parent.iterdir()) == [place]

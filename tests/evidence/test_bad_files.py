"""Files that mean harm, in a pack and beside it: both verifiers have a code for each, and neither raises or hangs.

One change at a time is in ``test_mutants.py``; here stand the files that a reader could choke on, the names that could
lead out of the folder, and what is no file. Downgrades, later versions and wrong types are in ``test_bad_forms.py``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import verify_pack
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.seal import MANIFEST
from gonogo_evidence.verify import verify_pack as gonogo
from support.packs import edit_json, overwrite, reseal
from support.whole import ENGINE_KEY, SIGNERS, Whole, asked_once, whole_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIGNOFF, CLOSE = "review/a@b.c-1A2b3C4d.signoff.json", "review/a@b.c-1A2b3C4d.close-1.json"
DOCUMENTS = (
    "seal.json",
    "environment.json",
    "core/pack.json",
    "core/validator-report.json",
    "review/review.json",
    SIGNOFF,
)
ENVELOPES = ("review/engine.dsse.json", "review/outcome.json", "index/entry.json", "attestations/verdict.dsse.json")
INCONCLUSIVE = 3
HUGE = 5 * 1024**3
SOON = 10.0
"""Seconds in which a file must have been refused that takes far longer to read."""
LARGE, LITTLE = 450 * 1024**2, 150
"""Bytes of a payload, and the MB of memory in which it is hashed: three times as much, as 5 GB would be."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return whole_pack(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module", autouse=True)
def remembering() -> Iterator[None]:
    with asked_once():
        yield


@pytest.fixture
def whole(made: Whole, tmp_path: Path) -> Whole:
    """One's own copy of a complete pack, and of what a verifier brings."""
    shutil.copytree(made.folder.parent, tmp_path / "copy")
    return Whole(tmp_path / "copy" / made.folder.name)


TEXTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "JSON_UNREADABLE"),
    "cut off": (b'{"a":', "JSON_UNREADABLE"),
    "binary": (hashlib.sha512(b"binary").digest() * 64, "JSON_UNREADABLE"),
    "zeros": (bytes(4096), "JSON_UNREADABLE"),
    "a list": (b"[]", "JSON_NOT_AN_OBJECT"),
    "a word": (b'"x"', "JSON_NOT_AN_OBJECT"),
    "null": (b"null", "JSON_NOT_AN_OBJECT"),
    "65 levels": (b'{"a":' + b"[" * 65 + b"]" * 65 + b"}", "JSON_TOO_DEEP"),
    "a key twice": (b'{"a":1,"a":2}', "JSON_NOT_CANONICAL"),
    "NaN": (b'{"a":NaN}', "JSON_UNREADABLE"),
    "Infinity": (b'{"a":-Infinity}', "JSON_UNREADABLE"),
    "1e400": (b'{"a":1e400}', "JSON_UNREADABLE"),
    "1.5": (b'{"a":1.5}', "JSON_TYPE"),
    "2^53+1": (b'{"a":9007199254740993}', "JSON_INTEGER_RANGE"),
    "-0": (b'{"a":-0}', "JSON_NOT_CANONICAL"),
    "-0.0": (b'{"a":-0.0}', "JSON_TYPE"),
    "half a character": (b'{"a":"\\ud800"}', "JSON_UNREADABLE"),
    "NFD": (b'{"a":"a\xcc\x88"}', "JSON_NOT_NFC"),
    "a key with an umlaut": (b'{"\xc3\xa4":1}', "JSON_KEY"),
    "two documents": (b"{}{}", "JSON_UNREADABLE"),
    "XML": (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd">', "JSON_UNREADABLE"),
}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_document_that_cannot_be_read_has_its_code(whole: Whole, path: str) -> None:
    original = (whole.folder / path).read_bytes()
    for what, (data, code) in TEXTS.items():
        overwrite(whole.folder / path, data)
        assert whole.exits() == (6, 6), (path, what)
        assert all(code in codes for codes in whole.codes()), (path, what, code, whole.codes())
    overwrite(whole.folder / path, original)
    assert whole.exits() == (0, 0)


@pytest.mark.parametrize("path", [*ENVELOPES, MANIFEST, f"{SIGNOFF}.sig", "index/entry.tlog-proof", "VERIFY.md"])
def test_the_same_bytes_in_other_places_are_refused_too(whole: Whole, path: str) -> None:
    for what, (data, _) in TEXTS.items():
        overwrite(whole.folder / path, data)
        ours, theirs = whole.exits()
        assert ours == 6, (path, what)
        assert theirs == 6 or (path.startswith("VERIFY") and theirs == INCONCLUSIVE), (path, what)


@pytest.mark.parametrize("path", [*DOCUMENTS, *ENVELOPES, f"{SIGNOFF}.sig"])
@pytest.mark.parametrize("bomb", [b"[" * 5_000_000, b'{"a":' * 2_000_000, b"9" * 3_000_000, b'"\\u' * 1_000_000])
def test_a_file_that_is_made_to_exhaust_a_parser_is_refused_soon(whole: Whole, path: str, bomb: bytes) -> None:
    overwrite(whole.folder / path, bomb)
    start = time.process_time()
    ours, theirs = whole.exits()
    assert (ours, theirs) == (6, 6)
    assert time.process_time() - start < SOON


@pytest.mark.parametrize(
    "path",
    [*DOCUMENTS, *ENVELOPES, MANIFEST, f"{SIGNOFF}.sig", "index/entry.tlog-proof", "review/engine.pub", "SUMMARY.md"],
)
def test_a_file_of_5_gb_is_refused_by_its_size(whole: Whole, path: str) -> None:
    (whole.folder / path).chmod(0o644)
    os.truncate(whole.folder / path, HUGE)
    start = time.process_time()
    ours, theirs = whole.exits()
    assert (ours, theirs) == (6, 6)
    assert time.process_time() - start < SOON
    assert "PACK_FILE_UNUSABLE" in whole.codes()[0]


@pytest.mark.parametrize(("path", "theirs"), [("VERIFY.md", 6), ("../EVP-4BM2-L0-20260109-001.json", 0)])
def test_5_gb_beside_the_seal_are_refused_by_gonogo(whole: Whole, path: str, theirs: int) -> None:
    """The one file does not look at the file beside the pack, and says so."""
    (whole.folder / path).chmod(0o644)
    os.truncate(whole.folder / path, HUGE)
    assert whole.exits() == (6, theirs)


def test_payload_is_streamed_and_a_larger_one_is_found_by_its_digest(whole: Whole) -> None:
    (whole.folder / "data/logs/log.jsonl").chmod(0o644)
    os.truncate(whole.folder / "data/logs/log.jsonl", 200 * 1024**2)
    assert whole.exits() == (6, 6)
    assert all("FILE_DIGEST" in codes for codes in whole.codes())


BOTH = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gonogo_evidence import verify_pack
from gonogo_evidence.verify import verify_pack as gonogo
pack, given = Path(sys.argv[1]), verify_pack.Given({}, [], datetime.now(UTC), [], {})
asked = {
    "gonogo": lambda: {check.code for check in gonogo(pack).checks},
    "one file": lambda: {one.code for one in verify_pack.verify(pack, given)},
}
found = "FILE_DIGEST" in asked[sys.argv[2]]()
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(found, int(peak.split()[1]) // 1024)  # getrusage would count what the parent had before exec
"""


@pytest.mark.parametrize("who", ["gonogo", "one file"])
def test_a_payload_of_any_size_is_hashed_in_little_memory(whole: Whole, who: str) -> None:
    (whole.folder / "data/logs/log.jsonl").chmod(0o644)
    os.truncate(whole.folder / "data/logs/log.jsonl", LARGE)
    command = [sys.executable, "-c", BOTH, str(whole.folder), who]
    path = os.pathsep.join(part for part in sys.path if part)
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True)
    found, megabytes = done.stdout.split()
    assert found == "True"
    assert int(megabytes) < LITTLE


LEADING_OUT = (
    "../outside", "data/../../outside", "/etc/passwd", "data//x", "data/./x", "./data/x", "data/", "data\\x", "C:x",
    "C:\\x", "data/a b", "data/\x01", "data/x.", "data/.x", "data/~", "data/" + "x" * 1024, "data/-rf", "data/$(x)",
    "data/*", "data/x:y", "data/\x7f", "data/%2e%2e", "~/x",
)  # fmt: skip


@pytest.mark.parametrize("name", LEADING_OUT)
def test_a_name_in_the_manifest_that_leads_out_is_refused_before_anything_is_opened(whole: Whole, name: str) -> None:
    """The file is there, its digest is right, and the lines are in order: the name alone is wrong."""
    (whole.folder.parent / "outside").write_bytes(b"x")
    line = f"{hashlib.sha256(b'x').hexdigest()}  {name}\n"
    lines = (whole.folder / MANIFEST).read_text().splitlines(keepends=True)
    overwrite(whole.folder / MANIFEST, "".join(sorted([*lines, line], key=lambda one: one[66:])).encode())
    assert whole.exits() == (6, 6)
    assert all("PACK_PATH" in codes for codes in whole.codes()), whole.codes()


@pytest.mark.parametrize("name", ["../seal.json", "/etc/passwd", "a/b", "..", "", "a\x00b", "\u00e4", "a\u0308"])
def test_a_name_in_review_json_that_leads_out_is_missing(whole: Whole, name: str) -> None:
    review = json.loads((whole.folder / "review/review.json").read_bytes())
    try:
        edit_json(
            whole.folder / "review/review.json", {"files": {**review["files"], name: review["files"]["card.txt"]}}
        )
    except GonogoError:  # a name that canonical JSON cannot say: another writer can
        data = json.dumps({**review, "files": {name: {}}}, ensure_ascii=False, separators=(",", ":"))
        overwrite(whole.folder / "review/review.json", data.encode())
    assert whole.exits() == (6, 6)


@pytest.mark.parametrize("name", LEADING_OUT)
def test_payload_that_is_described_elsewhere_is_not_looked_for_there(whole: Whole, name: str) -> None:
    described = json.loads((whole.folder / "environment.json").read_bytes())["data_files"]
    edit_json(whole.folder / "environment.json", {"data_files": [*described, {**described[0], "path": name}]})
    reseal(whole.folder)
    assert whole.exits() == (6, 6)


TWINS = {
    "capitals": ("data/LOGS", "data/logs"),
    "sharp s": ("review/stra\u00dfe", "review/strasse"),
    "NFC and NFD": ("review/\u00e4", "review/a\u0308"),
    "Kelvin": ("data/\u212a", "data/k"),
}


@pytest.mark.parametrize("kind", TWINS)
def test_names_that_another_file_system_takes_for_one_are_refused(whole: Whole, kind: str) -> None:
    for name in TWINS[kind]:
        path = whole.folder / name
        if not path.exists():
            path.write_bytes(b"x")
    assert whole.exits() == (6, 6)


def _socket(path: Path) -> None:
    """A socket in the place of the file; its path must be short."""
    path.unlink(missing_ok=True)
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


def _instead(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def act(path: Path) -> None:
        path.unlink()
        make(path)

    return act


def _device(path: Path) -> None:
    """A real device that never ends, in the place of the file."""
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))


def _may_make_devices() -> bool:
    """Only root may, and not in every container."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            _device(Path(folder, "zero"))
        except OSError:
            return False
    return sys.platform == "linux"


KINDS: dict[str, Callable[[Path], object]] = {
    **({"a device": _instead(_device)} if _may_make_devices() else {}),
    "a socket": _socket,
    "a link to a device without end": _instead(lambda path: path.symlink_to("/dev/zero")),
    "a link to a terminal": _instead(lambda path: path.symlink_to("/dev/tty")),
    "a link to itself": _instead(lambda path: path.symlink_to(path.name)),
    "a pipe": _instead(os.mkfifo),
    "a folder": _instead(lambda path: path.mkdir()),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["seal.json", MANIFEST, "data/logs/log.jsonl", "review/outcome.json", f"{CLOSE}.sig"])
def test_what_is_no_regular_file_is_never_opened(whole: Whole, kind: str, path: str) -> None:
    KINDS[kind](whole.folder / path)
    assert whole.exits() == (6, 6)
    assert all("PACK_NOT_REGULAR" in codes for codes in whole.codes())


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_in_a_pack_besides_is_a_regular_file_or_refused(whole: Whole, kind: str) -> None:
    """Nothing names it, so that nothing would read it; it would still be carried along."""
    for place in ("data/more", "review/more", "index/more", "more"):
        (whole.folder / place).write_bytes(b"")
        KINDS[kind](whole.folder / place)
        assert whole.exits() == (6, 6), place
        path = whole.folder / place
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    assert whole.exits() == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_single_file_is_a_regular_file_too(whole: Whole, kind: str) -> None:
    KINDS[kind](whole.single_file)
    assert whole.gonogo().exit_code == 6


def _places(folder: Path) -> Iterator[tuple[str, Path]]:
    """Places that are no pack."""
    (folder / "empty").mkdir()
    (folder / "loop").symlink_to("loop")
    (folder / "file").write_bytes(b"{}")
    os.mkfifo(folder / "pipe")
    for name in ("empty", "loop", "file", "pipe", "nowhere"):
        yield name, folder / name
    for name in ("/dev/null", "/dev/zero"):
        yield name, type(folder)(name)


def test_a_place_that_is_no_pack_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, place in _places(tmp_path):
        with pytest.raises(GonogoError) as refused:
            gonogo(place)
        assert (refused.value.exit_code, refused.value.code in {"PACK_NOT_FOUND", "NOT_A_PACK"}) == (
            2,
            True,
        ), name
        assert verify_pack.main([str(place)]) == 2, name
    start = time.process_time()
    assert verify_pack.main(["/"]) == 2, "a folder without end is not listed to see that it is no pack"
    assert time.process_time() - start < 1
    assert "Traceback" not in capsys.readouterr().out


@pytest.mark.parametrize("kind", [*KINDS, "5 GB", "binary", "empty"])
@pytest.mark.parametrize("name", [SIGNERS, ENGINE_KEY])
def test_what_a_verifier_brings_is_read_with_the_same_care(
    whole: Whole, capsys: pytest.CaptureFixture[str], kind: str, name: str
) -> None:
    """A pipe without a writer would wait for ever, and a device never ends."""
    path = whole.folder.parent / name
    acts: dict[str, Callable[[Path], object]] = {
        **KINDS,
        "5 GB": lambda path: os.truncate(path, HUGE),
        "binary": lambda path: path.write_bytes(bytes(range(256))),
        "empty": lambda path: path.write_bytes(b""),
    }
    acts[kind](path)
    code = verify_pack.main([*whole.words(), "--json"])
    (check,) = json.loads(capsys.readouterr().out)["checks"]
    assert (code, check["code"] != "OK") == ((3, True) if (kind, name) == ("empty", SIGNERS) else (2, True)), check

"""The pointer manifest: the predecessor's bytes, its verdicts with ``compat``, and what is refused where it let go."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo_evidence import p5b, p5b_check, p5b_index
from gonogo_evidence.ep_dispatch import validate, validate_manifest
from gonogo_evidence.errors import BadInput, Failed, Inconclusive
from support.ep_json_cases import ANY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.fast

GOLDEN = """{
  "files": [
    {
      "bytes": 6,
      "relpath": "run1/a.txt",
      "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    },
    {
      "bytes": 8,
      "relpath": "run1/sub/b.json",
      "sha256": "%s"
    }
  ],
  "meta": {
    "base_dir": "../..",
    "created_at_utc": "2026-02-11T12:00:00Z",
    "kind": "evidence_pack",
    "pack_id": "pack_demo",
    "schema_version": "p5b.evidence_pack.v0"
  }
}
"""
INDEX = """{
  "count": 2,
  "created_at_utc": "2026-02-11T12:00:00Z",
  "pack_id": "pack_demo"
}
"""
B = b'{"b":1}\n'


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A base folder with the two files of the stated example."""
    folder = tmp_path / "ops"
    (folder / "run1/sub").mkdir(parents=True)
    (folder / "run1/a.txt").write_bytes(b"hello\n")
    (folder / "run1/sub/b.json").write_bytes(B)
    return folder


def make(base: Path, *inputs: Path, out: Path | None = None, compat: bool = False, pack_id: str = "demo") -> Path:
    made = p5b.generate(
        base, inputs or (base / "run1",), out or base / "packs", pack_id=pack_id, created_at=p5b.PINNED, compat=compat
    )
    return made.manifest


def test_the_bytes_are_the_predecessors(base: Path) -> None:
    path = make(base)
    assert path == base / "packs/pack_demo/manifest.json"
    assert path.read_text() == GOLDEN % hashlib.sha256(B).hexdigest()
    assert path.with_name("index.json").read_text() == INDEX
    assert validate(path).exit_code == validate(path, compat=True).exit_code == 0
    assert p5b_check.check_compat(path) == (0, "VALIDATION_OK")


def test_a_file_counts_once_however_it_is_named(base: Path) -> None:
    (base / "run1/link.txt").symlink_to("a.txt")
    path = make(base, base / "run1", base / "run1/a.txt", base / "run1/../run1/link.txt")
    assert path.read_text() == GOLDEN % hashlib.sha256(B).hexdigest()


def test_the_tree_can_be_moved(base: Path, tmp_path: Path) -> None:
    make(base)
    base.rename(tmp_path / "elsewhere with a blank \u00fc")
    moved = tmp_path / "elsewhere with a blank \u00fc/packs/pack_demo"
    assert validate(moved).exit_code == 0


@pytest.mark.parametrize(("out", "expected"), [("ops/packs", "../.."), (".", "../ops"), ("else/where", "ABSOLUTE")])
def test_the_base_is_said_as_the_predecessor_says_it(base: Path, tmp_path: Path, out: str, expected: str) -> None:
    path = make(base, out=tmp_path / out)
    said = json.loads(path.read_text())["meta"]["base_dir"]
    inside = path.parent.is_relative_to(base)
    assert said == (expected if inside else str(base))
    assert validate(path).exit_code == 0


def test_a_second_run_gives_the_same_bytes_also_where_the_pack_lies_in_the_input(base: Path) -> None:
    first = make(base, base).read_bytes()
    assert make(base, base).read_bytes() == first
    assert b"manifest.json" not in first


def test_evidence_is_not_overwritten(base: Path) -> None:
    path = make(base)
    before = path.read_bytes()
    (base / "run1/a.txt").write_bytes(b"other\n")
    with pytest.raises(BadInput, match="EVIDENCE_PACK_EXISTS"):
        make(base)
    assert path.read_bytes() == before
    assert make(base, compat=True).read_bytes() != before


def test_what_is_not_there_is_refused_and_nothing_is_left(base: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="EVIDENCE_INPUT_MISSING"):
        make(base, base / "run1", base / "none", out=tmp_path / "new/out")
    assert not (tmp_path / "new").exists()
    assert json.loads(make(base, base / "none", compat=True).read_text())["files"] == []


def test_an_empty_pack_is_refused(base: Path) -> None:
    (base / "empty").mkdir()
    with pytest.raises(BadInput, match="EVIDENCE_NOTHING"):
        make(base, base / "empty")


def test_a_base_that_is_not_there(base: Path) -> None:
    with pytest.raises(BadInput, match="EVIDENCE_BASE"):
        make(base / "none", base)
    with pytest.raises(Failed, match="EVIDENCE_BASE"):
        make(base / "none", base, compat=True)


def test_a_file_outside_the_base(base: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("x")
    with pytest.raises(BadInput, match="EVIDENCE_OUTSIDE_BASE"):
        make(base, tmp_path / "outside.txt")
    (base / "run1/link").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(BadInput, match="EVIDENCE_OUTSIDE_BASE"):
        make(base)
    path = make(base, tmp_path / "outside.txt", compat=True)
    assert json.loads(path.read_text())["files"][0]["relpath"] == "outside.txt"


@pytest.mark.parametrize("kind", ["fifo", "dangling", "folder link", "not UTF-8"])
def test_what_cannot_be_hashed_is_not_left_out_in_silence(base: Path, kind: str) -> None:
    strange = base / "run1/strange"
    if kind == "fifo":
        os.mkfifo(strange)
    elif kind == "not UTF-8":
        (base / "run1" / os.fsdecode(b"\xff")).write_bytes(b"")
    else:
        strange.symlink_to("none" if kind == "dangling" else "sub")
    with pytest.raises(BadInput, match="EVIDENCE_INPUT_STRANGE"):
        make(base)
    if kind != "not UTF-8":
        assert len(json.loads(make(base, compat=True).read_text())["files"]) == 2


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a\nb", "\0", "x" * 201])
def test_a_pack_id_is_a_name(base: Path, name: str) -> None:
    with pytest.raises(BadInput, match="EVIDENCE_PACK_NAME"):
        make(base, pack_id=name)


def test_a_place_that_cannot_be_written_leaves_nothing(base: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Inconclusive, match="CANNOT_WRITE"):
        make(base, out=tmp_path / "file")
    assert (tmp_path / "file").read_text() == ""


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    return path


def entry(**values: Any) -> Callable[[dict[str, Any]], object]:  # noqa: ANN401 - any JSON
    return lambda document: document["files"][0].update(values)


def meta(**values: Any) -> Callable[[dict[str, Any]], object]:  # noqa: ANN401 - any JSON
    return lambda document: document["meta"].update(values)


A: dict[str, Any] = {"bytes": 6, "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"}
REFUSED: dict[str, tuple[str, int, str, Callable[[dict[str, Any]], object]]] = {
    "traversal": ("P5B_PATH", 0, "", entry(relpath="run1/../run1/a.txt")),
    "twice": ("P5B_TWICE", 0, "", lambda document: document["files"].append({"relpath": "run1/a.txt", **A})),
    "another schema version": ("P5B_VERSION", 0, "", meta(schema_version="p5b.evidence_pack.v9")),
    "no time": ("FIELD_MISSING", 0, "", lambda document: document["meta"].pop("created_at_utc")),
    "time is no time": ("P5B_TIME", 0, "", meta(created_at_utc="today")),
    "no schema version": ("P5B_VERSION", 2, "meta.schema_version", meta(schema_version="")),
    "another kind": ("P5B_KIND", 2, "meta.kind", meta(kind="pack")),
    "no id": ("P5B_PACK_ID", 2, "meta.pack_id", meta(pack_id="")),
    "no files": ("P5B_EMPTY", 2, "files must be a non-empty list", lambda d: d.update(files=[])),
    "files is no list": ("P5B_EMPTY", 2, "files must be a non-empty list", lambda d: d.update(files={})),
    "no meta": ("P5B_META", 2, "meta must be dict", lambda document: document.update(meta=[])),
    "size": ("P5B_SIZE", 2, "size mismatch: ", entry(bytes=7)),
    "digest": ("P5B_CHANGED", 2, "sha256 mismatch: ", entry(sha256="0" * 64)),
    "upper case": ("P5B_SHA256", 2, "sha256 mismatch: ", entry(sha256=A["sha256"].upper())),
    "short digest": ("P5B_SHA256", 2, "sha256 must be 64-hex string", entry(sha256="ab")),
    "bytes below zero": ("P5B_BYTES", 2, "bytes must be non-negative int", entry(bytes=-1)),
    "bytes are words": ("P5B_BYTES", 2, "bytes must be non-negative int", entry(bytes="6")),
    "gone": ("P5B_MISSING", 2, "missing file: ", entry(relpath="run1/none.txt")),
    "entry is no object": ("P5B_PATH", 2, "files entries must be dict", lambda d: d["files"].append(7)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_each_departure_is_refused_and_compat_says_what_was_said(base: Path, case: str) -> None:
    expected, compat, reason, edit = REFUSED[case]
    path = change(make(base), edit)
    found = validate_manifest(path)
    assert found.exit_code == 1
    assert expected in {problem.code for problem in found.report.failures}
    code, line = p5b_check.check_compat(path)
    assert code == compat == validate_manifest(path, compat=True).exit_code
    assert line.startswith(f"VALIDATION_FAIL: {reason}" if compat else "VALIDATION_OK")


def test_an_absolute_name_is_refused(base: Path) -> None:
    path = change(make(base), entry(relpath=str(base / "run1/a.txt")))
    assert (validate(path).exit_code, validate(path, compat=True).exit_code) == (1, 0)


def test_a_link_that_came_later_is_refused(base: Path, tmp_path: Path) -> None:
    path = make(base)
    (base / "run1").rename(tmp_path / "moved")
    (base / "run1").symlink_to(tmp_path / "moved")
    assert (validate(path).exit_code, validate(path, compat=True).exit_code) == (1, 0)


@pytest.mark.parametrize(("content", "compat"), [(b"{", 1), (b"", 1), (b"[]", 2), (b"null", 2), (b"\xff", 1)])
def test_no_manifest(base: Path, content: bytes, compat: int) -> None:
    path = base / "manifest.json"
    path.write_bytes(content)
    assert validate_manifest(path).exit_code == 1
    assert validate_manifest(path, compat=True).exit_code == compat


def test_a_manifest_that_is_not_there(base: Path) -> None:
    with pytest.raises(BadInput, match="FILE_NOT_FOUND"):
        validate_manifest(base / "none.json")
    assert validate_manifest(base / "none.json", compat=True).exit_code == 1


def test_limits_are_said(base: Path, tmp_path: Path) -> None:
    path = make(base, out=tmp_path / "far")
    path.with_name("index.json").write_text("{")
    codes = {problem.code for problem in validate(path).report.warnings}
    assert codes == {"P5B_NOT_PORTABLE", "P5B_INDEX", "P5B_NO_RUN"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["meta", "files", "x"]),
        ANY
        | st.lists(st.dictionaries(st.sampled_from(["relpath", "bytes", "sha256"]), ANY, max_size=3), max_size=2)
        | st.dictionaries(st.sampled_from(["kind", "base_dir", "pack_id", "schema_version"]), ANY, max_size=4),
    )
)
def test_any_manifest_is_judged(base: Path, document: dict[str, Any]) -> None:
    path = base / "any.json"
    path.write_text(json.dumps(document))
    assert validate_manifest(path).exit_code == 1
    assert validate_manifest(path, compat=True).exit_code in {1, 2}


def test_the_index_is_newest_first(base: Path) -> None:
    for name, time in (("a", "2026-02-11T12:00:00Z"), ("b", "2026-02-12T12:00:00Z"), ("c", "2026-02-11T12:00:00Z")):
        p5b.generate(base, [base / "run1"], base / "packs", pack_id=name, created_at=time)
    path = p5b_index.write_index(base / "packs", base / "packs/index_all.json")
    found = json.loads(path.read_text())
    assert [pack["pack_id"] for pack in found["packs"]] == ["pack_b", "pack_c", "pack_a"]
    assert (found["count"], found["root"]) == (3, str(base / "packs"))
    assert found["packs"][0] == {
        "pack_id": "pack_b",
        "created_at_utc": "2026-02-12T12:00:00Z",
        "count": 2,
        "pack_dir": str(base / "packs/pack_b"),
        "schema_version": p5b.SCHEMA,
    }
    assert path.read_bytes() == p5b.encode(found)


def test_a_pack_does_not_vanish_from_the_index(base: Path) -> None:
    make(base)
    broken = make(base, pack_id="other").with_name("index.json")
    broken.write_text("{")
    target = base / "packs/index_all.json"
    with pytest.raises(Failed, match="EVIDENCE_INDEX_BROKEN"):
        p5b_index.write_index(base / "packs", target)
    assert not target.exists()
    assert json.loads(p5b_index.write_index(base / "packs", target, compat=True).read_text())["count"] == 1


def test_no_pack_at_all_is_no_index(base: Path) -> None:
    for root, code in ((base / "run1", "EVIDENCE_NO_PACKS"), (base / "none", "EVIDENCE_ROOT")):
        with pytest.raises(BadInput, match=code):
            p5b_index.build_index(root)
        assert p5b_index.build_index(root, compat=True)["count"] == 0

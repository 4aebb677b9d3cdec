"""``gonogo evidence validate``: the runbook's exit codes 0, 1, 2, and every missing field named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import gonogo
from gonogo.main import main
from support.terminal import small_world

pytestmark = pytest.mark.fast


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack made by the runbook's Python calls: valid EP-JSON, without the fields of a run."""
    made = gonogo.create_evidence_pack(
        evidence_pack_id="EVP-4B-M2-L4-20260109",
        phase_id="Phase4B-M2",
        layer_id="L4",
        autonomy_level=gonogo.AutonomyLevel.REC,
        registry_version="1.0",
        description="Milestone 2",
    )
    gonogo.save_evidence_pack(made, tmp_path / "pack.json")
    return tmp_path / "pack.json"


def _validate(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> dict[str, Any]:
    assert main(["evidence", "validate", *arguments, "--json"], world=small_world(Path("/nonexistent"))) == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_each_missing_field_is_named_and_the_exit_is_1(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _validate(capsys, str(pack), code=1)
    assert document["schema"] == "gonogo/evidence-validation/v1"
    assert document["verdict"] == "FAIL"
    assert {"git_ref", "run_reason", "operator_id"} <= set(document["missing"])
    assert main(["evidence", "validate", str(pack)], world=small_world(pack.parent)) == 1
    said = capsys.readouterr().out
    for name in document["missing"]:
        assert f"FIELD_MISSING $.{name}: " in said


def test_compat_asks_for_no_more_than_the_predecessor(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _validate(capsys, str(pack), "--compat", code=0)
    assert (document["verdict"], document["missing"]) == ("PASS", [])
    assert main(["evidence", "validate", str(pack), "--compat"], world=small_world(pack.parent)) == 0
    assert capsys.readouterr().out.startswith("PASS")


def test_lenient_changes_neither_verdict_nor_exit(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strict, lenient = _validate(capsys, str(pack), code=1), _validate(capsys, str(pack), "--lenient", code=1)
    assert (strict.pop("mode"), lenient.pop("mode")) == ("strict", "lenient")
    assert strict == lenient


def test_a_broken_rule_is_1_and_said_in_german(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = json.loads(pack.read_text(encoding="utf-8"))
    pack.write_text(json.dumps({**body, "layer_id": "L9"}), encoding="utf-8")
    assert main(["evidence", "validate", str(pack), "--compat", "--lang", "de"], world=small_world(pack.parent)) == 1
    assert "EP_LAYER $.layer_id: Eine Layer ist eine von L0 bis L6." in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"{}", b"null", b'{"a":1,"a":2}'])
def test_any_file_that_is_no_pack_is_1_never_a_traceback(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert _validate(capsys, str(path), code=1)["verdict"] == "FAIL"


def test_a_file_that_is_not_there_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _validate(capsys, str(tmp_path / "none.json"), code=2)["error"]["code"] == "FILE_NOT_FOUND"
    assert _validate(capsys, str(tmp_path), code=2)["error"]["exit_code"] == 2


def _run(*arguments: str | Path) -> int:
    return main(["evidence", *map(str, arguments)], world=small_world(Path("/nonexistent")))


def test_say_one_thing_to_check(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ((), (str(pack), "--manifest", str(pack)), (str(pack), "--root", str(pack.parent))):
        assert _validate(capsys, *arguments, code=2)["error"]["code"] == "EVIDENCE_WHICH"


def test_generate_prints_two_absolute_paths_and_validate_accepts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out/ops/run").mkdir(parents=True)
    (tmp_path / "out/ops/run/a.txt").write_text("a")
    (tmp_path / "out/ops/b.txt").write_text("b")
    words = ("--base-dir", "out/ops", "--in", "out/ops/run", "out/ops/b.txt", "--pack-id", "p4c_1", "--deterministic")
    assert _run("generate", *words) == 0
    manifest, index = capsys.readouterr().out.splitlines()
    folder = tmp_path / "out/ops/evidence_packs/pack_p4c_1"
    assert (Path(manifest), Path(index)) == (folder / "manifest.json", folder / "index.json")
    assert json.loads(Path(index).read_text())["count"] == 2
    assert _run("validate", "--manifest", manifest) == 0
    assert capsys.readouterr().out.startswith("PASS")
    assert _run("validate", "--manifest", manifest, "--compat") == 0
    assert capsys.readouterr().out == "VALIDATION_OK\n"
    (tmp_path / "out/ops/b.txt").write_text("c")
    assert _validate(capsys, manifest, code=1)["errors"][0]["code"] == "P5B_CHANGED"
    assert _run("validate", manifest, "--compat") == 2
    assert capsys.readouterr().out == f"VALIDATION_FAIL: sha256 mismatch: {tmp_path / 'out/ops/b.txt'}\n"
    assert _run("index", "--root", folder.parent, "--out", folder.parent / "index_all.json") == 0
    assert capsys.readouterr().out == f"{folder.parent / 'index_all.json'}\n"


def test_generate_without_an_id_takes_the_clock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("a")
    words = ("--base-dir", tmp_path, "--in", tmp_path / "a.txt", "--out-root", tmp_path / "out")
    assert _run("generate", *words) == 0
    manifest = Path(capsys.readouterr().out.splitlines()[0])
    meta = json.loads(manifest.read_text())["meta"]
    assert re.fullmatch(r"pack_[0-9]{8}_[0-9]{6}", manifest.parent.name)
    assert re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", meta["created_at_utc"])


def test_generate_refuses_with_2_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ("--base-dir", tmp_path, "--in", tmp_path / "none", "--out-root", out, "--pack-id", "x")
    assert _run("generate", *words, "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "EVIDENCE_INPUT_MISSING"
    assert not out.exists()
    assert _run("generate", *words, "--compat") == 0
    assert _run("validate", "--manifest", out / "pack_x/manifest.json", "--compat") == 2
    assert _run("generate", "--base-dir", tmp_path / "none", *words[2:], "--compat") == 1


def test_a_tree_is_validated_and_reported(tmp_path: Path, pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs/r1").mkdir(parents=True)
    pack.rename(tmp_path / "runs/r1/evidence_pack.json")
    report = tmp_path / "reports/validation.json"
    assert _run("validate", "--root", tmp_path / "runs", "--output", report) == 1
    assert "FIELD_MISSING $.git_ref" in capsys.readouterr().out
    assert _run("validate", "--root", tmp_path / "runs", "--output", report, "--compat") == 0
    found = json.loads(report.read_text())
    assert (found["success_rate"], found["pack_results"][0]["valid"]) == (100.0, True)
    assert _run("validate", "--root", tmp_path / "reports") == 2


def test_migrate_says_what_is_missing(tmp_path: Path, pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("migrate", pack, "--out", tmp_path / "packs", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "gonogo/evidence-migration/v1"
    assert said["verdict"] == "INCONCLUSIVE"
    assert {"git_ref", "run_reason", "operator_id"} <= set(said["missing"])
    verified = main(["verify", said["pack"], "--authentic-only"], world=small_world(tmp_path))
    assert verified == 0
    assert main(["verify", said["pack"]], world=small_world(tmp_path)) not in {0, 4}
    assert _run("validate", said["pack"]) == 1


def test_a_markdown_pack_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "EVP_20260109_x.md"
    path.write_text("Evidence Pack ID: EVP_20260109_x\n")
    assert _validate(capsys, str(path), code=1)["errors"][0]["code"] == "EP_MARKDOWN"


def test_what_a_foreign_file_says_does_not_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = {"kind": "evidence_pack", "schema_version": "p5b.evidence_pack.v0", "pack_id": "x", "created_at_utc": "2026"}
    files = [{"relpath": "a\x1b[2Jb\u202e", "bytes": 1, "sha256": "0" * 64}]
    (tmp_path / "manifest.json").write_text(json.dumps({"meta": head, "files": files}))
    for arguments in ((), ("--compat",)):
        assert _run("validate", "--manifest", tmp_path / "manifest.json", *arguments) in {1, 2}
        said = capsys.readouterr().out
        assert "\x1b" not in said
        assert "\u202e" not in said

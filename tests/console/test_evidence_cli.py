"""``gonogo evidence validate``: the runbook's exit codes 0, 1, 2, and every missing field named."""

from __future__ import annotations

import json
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

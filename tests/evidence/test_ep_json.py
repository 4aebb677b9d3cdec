"""The runbook's Python face for single-file packs, and files that cannot be read as one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import ep_json
from gonogo_evidence.canonical import loads_object
from gonogo_evidence.ep_json import (
    AutonomyLevel,
    create_evidence_pack,
    save_evidence_pack,
    validate_evidence_pack,
    validation_exit,
)
from gonogo_evidence.errors import BadInput, Failed, GonogoError, Inconclusive, Refused
from support.ep_json_cases import ANY, RUN_FIELDS, minimal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast

AT = datetime(2026, 1, 9, 10, 15, tzinfo=UTC)


def test_the_runbooks_call_makes_a_pack_that_can_be_saved_and_named_what_it_lacks(tmp_path: Path) -> None:
    pack = create_evidence_pack(
        evidence_pack_id="EVP-4B-M2-L4-YYYYMMDD",
        phase_id="Phase4B-M2",
        layer_id="L4",
        autonomy_level=AutonomyLevel.REC,
        registry_version="1.0",
        description="Milestone 2 PoC: u\u0308ber den Lauf",
    )
    path = save_evidence_pack(pack, tmp_path / "EVP-4B-M2-L4-YYYYMMDD.json")
    document = loads_object(path.read_bytes())
    assert document["description"] == "Milestone 2 PoC: \u00fcber den Lauf"
    assert (
        abs(datetime.fromisoformat(str(document["creation_timestamp"])).timestamp() - datetime.now(UTC).timestamp())
        < 60
    )
    assert validate_evidence_pack(path, compat=True).passed
    report = validate_evidence_pack(path)
    assert (set(report.missing), report.errors) == (RUN_FIELDS, ())


def test_time_and_id_can_be_handed_in_so_that_the_bytes_come_back(tmp_path: Path) -> None:
    made = [create_evidence_pack("EVP-1", "P", "L0", "RO", "1.0", at=AT, pack_id="p-1") for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].autonomy_level is AutonomyLevel.RO
    assert save_evidence_pack(made[0], str(tmp_path / "a.json")).read_bytes().startswith(b'{"autonomy_level":"RO"')


def test_keys_stand_in_the_order_that_readers_know() -> None:
    pack = create_evidence_pack("EVP-1", "P", "L0", "RO", "1.0", at=AT)
    assert list(pack.to_dict())[:5] == ["schema_id", "schema_version", "pack_id", "evidence_pack_id", "phase_id"]
    assert "run_logs" not in pack.to_dict()
    pack.run_logs.append({"run_id": "r"})
    assert list(pack.to_dict())[-1] == "run_logs"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"autonomy_level": AutonomyLevel.EXEC}, Refused),
        ({"autonomy_level": "EXEC"}, Refused),
        ({"autonomy_level": "rec"}, BadInput),
        ({"layer_id": "L7"}, Failed),
        ({"evidence_pack_id": " "}, Failed),
        ({"registry_version": ""}, Failed),
    ],
)
def test_what_cannot_be_a_pack_is_refused_at_once(changes: dict[str, Any], error: type[GonogoError]) -> None:
    call = {"evidence_pack_id": "E", "phase_id": "P", "layer_id": "L0", "autonomy_level": "RO", "registry_version": "1"}
    with pytest.raises(error):
        create_evidence_pack(**(call | changes))


def test_a_pack_that_went_wrong_later_is_not_saved(tmp_path: Path) -> None:
    pack = create_evidence_pack("EVP-1", "P", "L0", "RO", "1.0", at=AT)
    with pytest.raises(BadInput, match="EVIDENCE_PACK_SUFFIX"):
        save_evidence_pack(pack, tmp_path / "a.yaml")
    with pytest.raises(Inconclusive, match="CANNOT_WRITE"):
        save_evidence_pack(pack, tmp_path / "none" / "a.json")
    pack.tests_total = 5
    with pytest.raises(Failed, match="EVIDENCE_PACK_INVALID"):
        save_evidence_pack(pack, tmp_path / "a.json")
    pack.autonomy_level = AutonomyLevel.EXEC
    with pytest.raises(Refused, match="AUTONOMY_FORBIDDEN"):
        save_evidence_pack(pack, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_a_toml_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in minimal().items()))
    assert validate_evidence_pack(path, compat=True).passed
    path.write_text("a = [[[")
    assert [problem.code for problem in validate_evidence_pack(path).errors] == ["EP_UNREADABLE"]


UNREADABLE = {
    "not JSON": b"{",
    "empty": b"",
    "not UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "NaN": b'{"a":NaN}',
    "a key twice": b'{"a":1,"a":2}',
    "too deep": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "a number of 10,000 digits": b'{"a":' + b"9" * 10_000 + b"}",
    "a list": b"[]",
    "null": b"null",
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_document_fails_in_words(tmp_path: Path, case: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(UNREADABLE[case])
    report = validate_evidence_pack(path)
    assert validation_exit(report) == 1
    assert report.errors[0].code in {"EP_UNREADABLE", "EP_TYPE"}


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1")
    assert validation_exit(validate_evidence_pack(tmp_path / "a.yaml")) == 1


def test_what_cannot_be_read_at_all_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "loop.json").symlink_to("loop.json")
    (tmp_path / "dangling.json").symlink_to("none")
    os.mkfifo(tmp_path / "pipe.json")
    for name in ("none.json", "folder.json", "loop.json", "dangling.json", "pipe.json", "nul\0.json", "x" * 300):
        with pytest.raises(BadInput):
            validate_evidence_pack(tmp_path / name)
    monkeypatch.setattr(ep_json, "MAX_BYTES", 10)
    (tmp_path / "large.json").write_bytes(b"x" * 11)
    with pytest.raises(BadInput, match="FILE_TOO_LARGE"):
        validate_evidence_pack(tmp_path / "large.json")


def test_a_link_to_a_good_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(minimal()))
    (tmp_path / "b.json").symlink_to("a.json")
    assert validate_evidence_pack(tmp_path / "b.json", compat=True).passed


@given(
    st.binary(max_size=80) | ANY.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([".json", ".toml", ".x"]),
)
def test_arbitrary_files_never_raise_anything_but_ours(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(data)
    assert validation_exit(validate_evidence_pack(path)) == 1


def test_the_schema_library_is_loaded_only_for_a_file_of_our_own_kind() -> None:
    program = "import sys, gonogo_evidence.ep_json; print('jsonschema_rs' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"

"""The fields that a pack must have, to the one file as to gonogo; and folders without end, which say so by a code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import verify_pack
from gonogo_evidence.canonical import dumps
from gonogo_evidence.verify import fields
from gonogo_evidence.verify import verify_pack as gonogo
from gonogo_evidence.verify.open import SCHEMAS
from support.packs import overwrite, reseal, sample_pack
from support.stranger import FILE
from support.whole import asked_once, whole_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.whole import Whole


@pytest.fixture(scope="module", autouse=True)
def remembering() -> Iterator[None]:
    with asked_once():
        yield


def test_the_one_file_knows_the_same_documents_and_demands_as_gonogo() -> None:
    assert set(verify_pack.FIELDS) == set(fields.PLACES)
    assert set(verify_pack.SHAPES) == {*SCHEMAS, "signoff", "close"}


def _stranger(folder: Path) -> tuple[int, dict[str, set[str]]]:
    given = verify_pack.Given({}, [], verify_pack.utc("2026-02-01T00:00:00Z"), [], {})
    found = verify_pack.verify(folder, given)
    codes = {code: {one.where for one in found if one.code == code} for code in ("FIELD_MISSING", "SCHEMA_INVALID")}
    return verify_pack.exit_of(found), codes


ALONE = ("git_ref", "run_reason", "operator_id", "model_id", "seed")
"""A core without these was GO, exit 0, to the one file."""


def test_a_core_without_what_the_runbook_demands_was_good_to_the_one_file(tmp_path: Path) -> None:
    folder = sample_pack(tmp_path / "pack").folder
    core = json.loads((folder / "core/pack.json").read_bytes())
    overwrite(folder / "core/pack.json", dumps({name: value for name, value in core.items() if name not in ALONE}))
    reseal(folder)
    code, codes = _stranger(folder)
    assert (code, gonogo(folder).exit_code) == (1, 1)
    assert codes["FIELD_MISSING"] == {*ALONE[:-1], "run_manifest.seed"}
    assert codes["SCHEMA_INVALID"] == {f"core/pack.json $.{name}" for name in ALONE}


ONE_BY_ONE = [
    name for name, ((_, field), *more) in verify_pack.FIELDS.items() if field not in {"", "pack_id"} and not more
]
"""A document as a whole is there or is no JSON object, and without its id a pack has no seal."""


@pytest.mark.parametrize("name", ONE_BY_ONE)
@pytest.mark.parametrize("value", ["gone", "", "  ", None, [], {}])
def test_a_demanded_field_that_is_gone_or_says_nothing_is_missing_to_both(
    tmp_path: Path, name: str, value: object
) -> None:
    path, field = verify_pack.FIELDS[name][0]
    folder = sample_pack(tmp_path / "pack").folder
    body = json.loads((folder / path).read_bytes())
    changed = {**body, field: value}
    if value == "gone":
        del changed[field]
    overwrite(folder / path, dumps(changed))
    reseal(folder)
    ours = {check.where for check in gonogo(folder).checks if check.code == "FIELD_MISSING"}
    assert _stranger(folder)[1]["FIELD_MISSING"] == ours


def test_what_a_run_without_tools_or_configuration_says_is_still_said(tmp_path: Path) -> None:
    folder = sample_pack(tmp_path / "pack", config={}, environment={"tools": {}, "host": {}}).folder
    ours = {check.where for check in gonogo(folder).checks if check.code == "FIELD_MISSING"}
    assert _stranger(folder)[1]["FIELD_MISSING"] == ours == set()


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Whole]:
    """A pack with folders in folders, longer than a path may be; taken apart again by the way they were made."""
    whole, depth, name = whole_pack(tmp_path), 20, "a" * 250
    opened = [os.open(whole.folder / "review", os.O_RDONLY)]
    for _ in range(depth):
        os.mkdir(name, dir_fd=opened[-1])
        opened.append(os.open(name, os.O_RDONLY, dir_fd=opened[-1]))
    yield whole
    for _ in range(depth):
        os.close(opened.pop())
        os.rmdir(name, dir_fd=opened[-1])
    os.close(opened.pop())


def test_a_path_longer_than_any_may_be_was_a_traceback(endless: Whole) -> None:
    with pytest.raises(Exception, match=r"PACK_FILE_UNREADABLE|PACK_TOO_LARGE") as ours:
        endless.gonogo()
    assert getattr(ours.value, "exit_code", None) == 6
    assert endless.stranger()[0] == 6
    done = subprocess.run([sys.executable, "-I", str(FILE), *endless.words()], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (6, b"")


@pytest.mark.parametrize("shell", ['"$@" >/dev/full', '"$@" >&-', '"$@" | true; exit ${PIPESTATUS[0]}'])
def test_a_report_that_nobody_took_was_a_traceback_and_a_no_go(tmp_path: Path, shell: str) -> None:
    whole = whole_pack(tmp_path)
    argv = ["bash", "-c", shell, "-", sys.executable, "-I", str(FILE), *whole.words()]
    done = subprocess.run(argv, capture_output=True, check=False, text=True)
    assert done.returncode == (0 if "true" in shell else 3)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ['"$@" >&- 2>&-', '"$@" 2>&-'])
def test_without_standard_error_it_is_the_same(tmp_path: Path, shell: str) -> None:
    whole = whole_pack(tmp_path)
    argv = ["bash", "-c", shell, "-", sys.executable, "-I", str(FILE), *whole.words()]
    assert subprocess.run(argv, capture_output=True, check=False).returncode == (3 if ">&- " in shell else 0)


def test_an_error_of_the_one_file_itself_was_exit_1_as_a_no_go(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify_pack, "main", lambda words: words[0])
    assert verify_pack.guarded([]) == 3
    assert capsys.readouterr().err.startswith("INTERNAL: IndexError")

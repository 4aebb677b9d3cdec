"""Packs that were sealed anew after a change: what the digests alone still give away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import dsse
from gonogo_evidence.canonical import digest_of, dumps
from gonogo_evidence.pack import write_single_file
from gonogo_evidence.seal import Entry, build_seal, render_manifest
from gonogo_evidence.verify import Report, verify_pack
from support.attested import attested_pack
from support.packs import FIRST_FORM, overwrite, reseal, sample_pack

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.pack import Sealed

pytestmark = pytest.mark.fast


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    return sample_pack(tmp_path / "EVP-4BM2-L0-20260109-001")


def _codes(report: Report) -> set[str]:
    return {check.code for check in report.checks} - {"OK", *FIRST_FORM}


@pytest.mark.parametrize("name", ["note.txt", "core/more.json", "attestations/a.json", "attestations/a/b.dsse.json"])
def test_a_sealed_file_in_a_place_that_packs_do_not_have_is_broken(sealed: Sealed, name: str) -> None:
    (sealed.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (sealed.folder / name).write_bytes(b"x")
    reseal(sealed.folder)
    report = verify_pack(sealed.folder)
    assert report.exit_code == 6
    assert "PACK_PLACE" in _codes(report)


def test_attestations_have_their_place_and_are_sealed_twice(tmp_path: Path) -> None:
    sealed = attested_pack(tmp_path / "EVP-4BM2-L0-20260109-001", dsse.load(dsse.new_engine_key()))
    assert verify_pack(sealed.folder).exit_code == 0
    attested = json.loads((sealed.folder / "seal.json").read_bytes())["attestations"]
    assert list(attested) == sorted(f"attestations/{path.name}" for path in (sealed.folder / "attestations").iterdir())
    assert len(attested) == 5


def test_a_pack_that_was_sealed_without_its_summary_is_broken(sealed: Sealed) -> None:
    (sealed.folder / "SUMMARY.md").unlink()
    reseal(sealed.folder)
    report = verify_pack(sealed.folder)
    assert (report.exit_code, _codes(report) - {"REVIEW_ABSENT"}) == (6, {"PACK_FILE_REQUIRED"})


def test_payload_that_the_environment_does_not_describe_is_broken(sealed: Sealed) -> None:
    (sealed.folder / "data/more.txt").write_bytes(b"x")
    reseal(sealed.folder)
    report = verify_pack(sealed.folder)
    assert (report.exit_code, _codes(report) - {"REVIEW_ABSENT"}) == (6, {"DATA_UNDESCRIBED"})


@pytest.mark.parametrize(("name", "value"), [("size", 7), ("sha256", "0" * 64), ("path", "data/none")])
def test_payload_that_is_described_as_something_else_is_broken(sealed: Sealed, name: str, value: JSON) -> None:
    environment = json.loads((sealed.folder / "environment.json").read_bytes())
    environment["data_files"][0][name] = value
    overwrite(sealed.folder / "environment.json", dumps(environment))
    reseal(sealed.folder)
    report = verify_pack(sealed.folder)
    assert report.exit_code == 6
    assert "DATA_DESCRIPTION" in _codes(report)


def test_each_field_of_the_seal_is_made_again_from_the_files(sealed: Sealed) -> None:
    """A seal that names other digests, counts or another pack, made with everything else in order."""
    whole = json.loads((sealed.folder / "seal.json").read_bytes())
    wrongs: dict[str, JSON] = {
        "data_root": "0" * 64,
        "core_digest": "0" * 64,
        "environment_digest": "0" * 64,
        "manifest_digest": "0" * 64,
        "attestations": {"attestations/a.dsse.json": "0" * 64},
        "counts": {"bytes": 1, "files": 1},
        "pack_id": "EVP-4BM2-L0-20260109-002",
    }
    for name, wrong in wrongs.items():
        overwrite(sealed.folder / "seal.json", dumps({**whole, name: wrong}))
        write_single_file(sealed.folder)
        report = verify_pack(sealed.folder)
        assert report.exit_code == 6, name
        assert {check.where for check in report.checks if check.code == "SEAL_DIFFERS"} == {f"seal.json $.{name}"}


def test_pack_json_names_the_rest_of_the_core(sealed: Sealed) -> None:
    core = json.loads((sealed.folder / "core/pack.json").read_bytes())
    core["files"]["inventory.json"]["size"] += 1
    overwrite(sealed.folder / "core/pack.json", dumps(core))
    found: list[Entry] = []
    for path in sorted(sealed.folder.rglob("*")):
        if path.is_file() and path.name not in {"seal.json", "manifest-sha256.txt"}:
            name = path.relative_to(sealed.folder).as_posix()
            found.append(Entry(name, digest_of(path.read_bytes()), path.stat().st_size))
    overwrite(sealed.folder / "manifest-sha256.txt", render_manifest(found))
    overwrite(sealed.folder / "seal.json", build_seal(sealed.pack_id, found, summary_renderer="sample 1"))
    write_single_file(sealed.folder)
    report = verify_pack(sealed.folder)
    assert (report.exit_code, _codes(report) - {"REVIEW_ABSENT"}) == (6, {"CORE_DIGEST"})

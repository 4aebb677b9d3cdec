"""What verify says of sealed attestations: absent, forged, swapped, signed by somebody else."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import dsse
from gonogo_evidence.canonical import dumps
from gonogo_evidence.verify import open_pack
from gonogo_evidence.verify.attestations import ID, check
from support.attested import attested_pack, envelope
from support.packs import edit_json, overwrite, sample_pack

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.verify import Check

pytestmark = pytest.mark.fast

KEY, OTHER = (dsse.load(dsse.new_engine_key()) for _ in range(2))
KEYS = [KEY.public_key()]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return attested_pack(tmp_path / "EVP-4BM2-L0-20260109-001", KEY).folder


def _check(folder: Path) -> list[Check]:
    return list(check(open_pack(folder), KEYS))


def _codes(folder: Path) -> dict[str, str]:
    return {found.where.removeprefix("attestations/"): found.code for found in _check(folder)}


def test_a_good_set_passes_once_with_its_count(pack: Path) -> None:
    (found,) = _check(pack)
    assert (found.id, found.verdict, found.code, found.exit) == (ID, "PASS", "OK", 0)
    assert "5 attestations" in str(found.evidence)


def test_a_pack_of_the_first_form_has_none_and_says_so(tmp_path: Path) -> None:
    (found,) = _check(sample_pack(tmp_path / "EVP-4BM2-L0-20260109-001").folder)
    assert (found.code, found.limit) == ("ATTESTATIONS_ABSENT", True)


def test_without_the_engines_key_the_signatures_are_one_stated_limit(pack: Path) -> None:
    for keys in ([], [OTHER.public_key()]):
        (found,) = check(open_pack(pack), keys)
        assert (found.code, found.limit, found.exit) == ("ENGINE_KEY_UNKNOWN", True, 0)


def test_one_that_is_missing_or_too_many_is_broken(pack: Path) -> None:
    folder = pack / "attestations"
    (folder / "verdict.dsse.json").rename(folder / "verdict-2.dsse.json")
    assert _codes(pack) == {"verdict.dsse.json": "ATTESTATION_MISSING", "verdict-2.dsse.json": "ATTESTATION_UNEXPECTED"}
    assert {found.exit for found in _check(pack)} == {6}
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "duty-1.dsse.json").write_bytes(b"{}")
    assert "ATTESTATION_UNEXPECTED" in _codes(pack).values()


def test_another_statement_is_broken_even_with_the_engines_signature(pack: Path) -> None:
    path = pack / "attestations/test-result-Policy-Critic-Gate.dsse.json"
    said = json.loads(dsse.parse(path.read_bytes()).payload)
    said["predicate"]["result"] = "PASSED"
    overwrite(path, envelope(dumps(said), KEY))
    assert _codes(pack) == {path.name: "ATTESTATION_DIFFERS"}
    overwrite(path, dsse.sign("text/plain", dsse.parse(path.read_bytes()).payload, KEY))
    assert _codes(pack) == {path.name: "ATTESTATION_DIFFERS"}


def test_two_that_change_places_are_broken(pack: Path) -> None:
    one, two = (pack / f"attestations/{name}.dsse.json" for name in ("provenance", "verdict"))
    bodies = one.read_bytes(), two.read_bytes()
    overwrite(one, bodies[1])
    overwrite(two, bodies[0])
    assert _codes(pack) == {one.name: "ATTESTATION_DIFFERS", two.name: "ATTESTATION_DIFFERS"}


def test_a_changed_core_makes_the_statements_others(pack: Path) -> None:
    edit_json(pack / "core/pack.json", {"run_reason": "forged"})
    assert set(_codes(pack).values()) == {"ATTESTATION_DIFFERS"}
    assert set(_codes(pack)) == {"provenance.dsse.json", "verdict.dsse.json"}


def test_a_bad_signature_under_a_known_key_is_broken(pack: Path) -> None:
    path = pack / "attestations/verdict.dsse.json"
    stated = json.loads(path.read_bytes())
    stated["signatures"][0]["sig"] = json.loads((pack / "attestations/provenance.dsse.json").read_bytes())[
        "signatures"
    ][0]["sig"]
    overwrite(path, dumps(stated))
    assert _codes(pack) == {path.name: "DSSE_BAD_SIGNATURE"}


@pytest.mark.parametrize("data", [b"", b"{}", b"null", b"[]", b'{"payload":""}'])
def test_what_is_no_envelope_is_broken(pack: Path, data: bytes) -> None:
    overwrite(pack / "attestations/verdict.dsse.json", data)
    (found,) = _check(pack)
    assert (found.exit, found.where) == (6, "attestations/verdict.dsse.json")

"""Old packs sealed as ours: bytes kept, nothing made up, never PASS."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import p5b
from gonogo_evidence.canonical import loads_object
from gonogo_evidence.errors import BadInput, Failed, Inconclusive, IntegrityBroken
from gonogo_evidence.migrate import Migrated, migrate
from gonogo_evidence.pack import write_pack
from gonogo_evidence.verify import verify_pack
from support.ep_json_cases import GONE, LAYER_RUN, LOG, RUN_FIELDS, SOD, minimal
from support.packs import sample_pack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast


def seal(path: Path, out: Path, **more: Any) -> Migrated:  # noqa: ANN401 - options of migrate
    return migrate(path, out, version="0.1.0", **more)


def ep_json(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - any JSON
    path = folder / "EVP-001.json"
    path.write_text(json.dumps(minimal(**changes), indent=1))
    return path


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A pointer manifest over three files, two of them the same, one with a name that no pack path may have."""
    base = tmp_path / "ops"
    base.mkdir()
    for name, data in (("a.txt", b"one"), ("b.txt", b"one"), ("\u00fcber uns.txt", b"two")):
        (base / name).write_bytes(data)
    inputs = sorted(base.iterdir())
    return p5b.generate(base, inputs, base / "packs", pack_id="x", created_at=p5b.PINNED).manifest


def test_ep_json_is_sealed_authentic_and_never_passes(tmp_path: Path) -> None:
    path = ep_json(tmp_path, layer_run_metadata=LAYER_RUN, run_logs=[LOG], sod_checks=[SOD], score=1.5)
    made = seal(path, tmp_path / "out")
    report = verify_pack(made.sealed.folder)
    assert report.verdict("authentic") == "PASS"
    assert report.verdict("verdict") != "PASS"
    assert report.exit_code == 1
    assert set(made.missing) == RUN_FIELDS - {"model_id", "capability_scope"}
    named = {check.where for check in report.checks if check.code == "FIELD_MISSING"}
    assert {"git_ref", "run_reason", "operator_id", "inventory", "run_plan", "preflight_snapshot"} <= named
    core = loads_object((made.sealed.folder / "core/pack.json").read_bytes())
    assert core["verdict"] == "INCONCLUSIVE"
    assert core["model_id"] == LAYER_RUN["primary_model_id"]
    reasons: Any = core["inconclusive"]
    assert {one["id"] for one in reasons} == {"MIGRATED", *(f"MISSING-{name}" for name in made.missing)}
    assert made.sealed.pack_id == "EVP-PHASE4BM2-L0-20260109-001"


def test_the_originals_bytes_are_found_by_their_digest(tmp_path: Path, manifest: Path) -> None:
    originals = {manifest.read_bytes(), manifest.with_name("index.json").read_bytes(), b"one", b"two"}
    folder = seal(manifest, tmp_path / "out").sealed.folder
    kept = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "data").rglob("*") if path.is_file()}
    assert kept == {hashlib.sha256(data).hexdigest() for data in originals}
    names = {path.name: path.read_bytes() for path in (folder / "data/by-digest").iterdir()}
    assert all(hashlib.sha256(data).hexdigest() == name for name, data in names.items())
    assert (folder / "data/original/manifest.json").read_bytes() == manifest.read_bytes()


def test_a_manifest_is_sealed_authentic_and_never_passes(tmp_path: Path, manifest: Path) -> None:
    made = seal(manifest.parent, tmp_path / "out")
    report = verify_pack(made.sealed.folder)
    assert (report.verdict("authentic"), report.exit_code) == ("PASS", 1)
    assert {"layer_id", "git_ref", "operator_id", "run_reason"} <= set(made.missing)
    assert "`L0` in the name only fills the place" in (made.sealed.folder / "SUMMARY.md").read_text()
    told = seal(manifest, tmp_path / "out", layer="L2")
    assert told.sealed.pack_id == "EVP-MIGRATED-L2-20260211-001"
    assert "layer_id" not in told.missing
    environment: Any = loads_object((told.sealed.folder / "environment.json").read_bytes())
    assert environment["migration"]["asserted"] == {"layer_id": "L2"}


def test_the_same_original_gives_the_same_pack(tmp_path: Path) -> None:
    path = ep_json(tmp_path)
    first, again = seal(path, tmp_path / "out"), seal(path, tmp_path / "out")
    elsewhere = seal(path, tmp_path / "else")
    assert first.sealed == again.sealed
    assert first.sealed.pack_digest == elsewhere.sealed.pack_digest
    other = seal(ep_json(tmp_path, description="another"), tmp_path / "out")
    assert other.sealed.pack_id.endswith("-002")
    assert verify_pack(other.sealed.folder).verdict("authentic") == "PASS"


def test_a_pack_with_every_field_and_the_word_pass_is_inconclusive(tmp_path: Path) -> None:
    """The hardest one: all that our own single file says, verdict PASS, as EP-JSON. Its gates were not run here."""
    sample_pack(tmp_path / "EVP")
    whole = json.loads((tmp_path / "EVP.json").read_bytes())
    del whole["schema"]
    (tmp_path / "old.json").write_text(json.dumps(whole))
    made = seal(tmp_path / "old.json", tmp_path / "out")
    report = verify_pack(made.sealed.folder)
    assert made.missing == ()
    assert (report.verdict("authentic"), report.verdict("verdict")) == ("PASS", "INCONCLUSIVE")
    assert report.exit_code == 3
    core: Any = loads_object((made.sealed.folder / "core/pack.json").read_bytes())
    assert "ORIGINAL-VERDICT" in {one["id"] for one in core["inconclusive"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"git_ref": 7, "inventory": "words", "run_plan": [], "preflight_snapshot": 3, "validator_report": {"a": 1}},
        {"description": "u\u0308", "run_reason": "u\u0308", "phase_id": "\u00fc"},
        {"operator_id": "\ud800", "run_manifest": {"machine": [], "versions": "x", "inputs": 1, "seed": {}}},
        {"creation_timestamp": "2026-01-09T23:30:00-05:00", "seed": 10**30},
        {"layer_id": "L6", "autonomy_level": "RO"},
        {"schema_id": GONE, "schema_version": GONE, "pack_id": GONE, "id": "old"},
    ],
)
def test_odd_values_stay_in_the_original(tmp_path: Path, changes: dict[str, Any]) -> None:
    made = seal(ep_json(tmp_path, **changes), tmp_path / "out")
    report = verify_pack(made.sealed.folder)
    assert report.verdict("authentic") == "PASS"
    assert report.exit_code in {1, 3}
    data = (made.sealed.folder / "data/original/EVP-001.json").read_bytes()
    assert data == (tmp_path / "EVP-001.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == made.source_digest


def test_toml_too(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in minimal().items()) + "when = 2026-01-09\n")
    made = seal(path, tmp_path / "out")
    assert (made.sealed.folder / "data/original/old.toml").read_bytes() == path.read_bytes()


def test_what_breaks_its_own_rules_is_not_dressed_up(tmp_path: Path, manifest: Path) -> None:
    (manifest.parent.parent.parent / "a.txt").write_bytes(b"changed")
    for path in (manifest, ep_json(tmp_path, layer_id="L9"), ep_json(tmp_path, creation_timestamp=GONE)):
        with pytest.raises(Failed, match="MIGRATE_INVALID"):
            seal(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evidence_pack.json"
    path.write_text(json.dumps({"evidence_pack_version": "2.0"}))
    (tmp_path / "empty").mkdir()
    for place in (path, tmp_path / "empty"):
        with pytest.raises(BadInput, match="MIGRATE_FORM"):
            seal(place, tmp_path / "out")
    with pytest.raises(BadInput, match="MIGRATE_LAYER"):
        seal(ep_json(tmp_path), tmp_path / "out", layer="L9")
    with pytest.raises(BadInput, match="FILE_NOT_FOUND"):
        seal(tmp_path / "none.json", tmp_path / "out")


def test_what_is_ours_already_is_not_migrated(tmp_path: Path) -> None:
    """Once our single file became a second pack, INCONCLUSIVE, beside the one that it belongs to."""
    folder = sample_pack(tmp_path / "EVP").folder
    for place in (folder, tmp_path / "EVP.json"):
        with pytest.raises(BadInput, match="MIGRATE_OURS") as caught:
            seal(place, tmp_path / "out")
        assert str(caught.value.next_step) == f"gonogo verify {folder}"
    alone = (tmp_path / "EVP.json").rename(tmp_path / "alone.json")
    with pytest.raises(BadInput, match="MIGRATE_OURS") as caught:
        seal(alone, tmp_path / "out")
    assert str(caught.value.next_step) == "Ask for the pack's folder, and verify it."
    assert not (tmp_path / "out").exists()


def test_a_file_that_changes_while_it_is_copied_leaves_nothing(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def later(folder: Path, contents: Any) -> Any:  # noqa: ANN401 - handed on
        (manifest.parent.parent.parent / "a.txt").write_bytes(b"six")
        (manifest.parent.parent.parent / "b.txt").write_bytes(b"six")
        return write_pack(folder, contents)

    monkeypatch.setattr("gonogo_evidence.migrate.write_pack", later)
    with pytest.raises(IntegrityBroken, match="FILE_CHANGED"):
        seal(manifest, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Inconclusive):
        seal(ep_json(tmp_path), tmp_path / "file")

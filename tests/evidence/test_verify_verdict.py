"""What verify says about the run itself: required fields, ids, shapes, and the overall verdict made again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.canonical import dumps
from gonogo_evidence.verify import Report, overall_verdict, verify_pack
from support.packs import FIRST_FORM, core_fields, duty, edit_json, gate, overwrite, reseal, sample_pack, text

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


REQUIRED = (
    "schema_version",
    "git_ref",
    "run_reason",
    "operator_id",
    "layer_id",
    "scope",
    "model_id",
    "model_profile",
    "capability_scope",
    "preflight_snapshot",
)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("how", ["gone", "null", "blank"])
def test_a_missing_field_of_the_core_is_named(sealed: Sealed, name: str, how: str) -> None:
    core = json.loads((sealed.folder / "core/pack.json").read_bytes())
    core |= {name: None} if how == "null" else {name: " " if name != "preflight_snapshot" else {}}
    if how == "gone":
        del core[name]
    overwrite(sealed.folder / "core/pack.json", dumps(core))
    reseal(sealed.folder)
    report = verify_pack(sealed.folder)
    assert (report.verdict("authentic"), report.exit_code) == ("PASS", 1)
    assert [check.where for check in report.checks if check.code == "FIELD_MISSING"] == [name]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("pack_id", {"pack_id"}),
        ("tools", set()),
        ("host", set()),
        ("finished", {"timestamps"}),
    ],
)
def test_a_missing_field_of_the_environment_is_named_or_stands_elsewhere(
    sealed: Sealed, name: str, missing: set[str]
) -> None:
    """Versions and machine have more than one source: the single file's manifest keeps what is left of them."""
    environment = json.loads((sealed.folder / "environment.json").read_bytes())
    del environment[name]
    overwrite(sealed.folder / "environment.json", dumps(environment))
    reseal(sealed.folder)
    report = verify_pack(sealed.folder)
    assert {check.where for check in report.checks if check.code == "FIELD_MISSING"} == missing
    assert "SCHEMA_INVALID" in _codes(report)
    assert report.exit_code in {1, 6}


def test_a_run_without_a_seed_says_so_and_passes_and_one_that_says_nothing_fails(sealed: Sealed) -> None:
    core = json.loads((sealed.folder / "core/pack.json").read_bytes())
    assert core.pop("seed") is None
    overwrite(sealed.folder / "core/pack.json", dumps(core))
    reseal(sealed.folder)
    report = verify_pack(sealed.folder)
    assert [check.where for check in report.checks if check.code == "FIELD_MISSING"] == ["run_manifest.seed"]


def test_a_layer_without_a_model_passes_with_the_word_none(tmp_path: Path) -> None:
    fields: dict[str, object] = {
        "layer_id": "L5",
        "model_id": "none",
        "critic_model_id": "none",
        "autonomy_level": "RO",
    }
    fields |= {"capability_scope": "none", "fallback_model_ids": []}
    sealed = sample_pack(tmp_path / "EVP", pack_id="EVP-4BM2-L5-20260109-001", **fields)
    assert verify_pack(sealed.folder).exit_code == 0


@pytest.mark.parametrize("pack_id", ["EVP-4BM2-L1-20260109-001", "EVP-4BM2-L0-20260110-001"])
def test_a_pack_id_that_names_another_layer_or_day_fails(tmp_path: Path, pack_id: str) -> None:
    report = verify_pack(sample_pack(tmp_path / "EVP", pack_id=pack_id).folder)
    assert (report.exit_code, _codes(report)) == (1, {"PACK_ID_DIFFERS", "REVIEW_ABSENT"})


def _report(*gates: dict[str, JSON]) -> dict[str, JSON]:
    return {"validator_report": {"schema": "gonogo/validator-report/v1", "gates": list(gates)}}


def _verdicts(**changes: str) -> dict[str, str]:
    base = core_fields()["verdicts"]
    assert isinstance(base, dict)
    return {**base, **changes}


APART = gate("Policy Critic Gate", "NOT_APPLICABLE", checked=0, read_change=False)
OVERALL: dict[str, tuple[str, list[dict[str, JSON]], dict[str, str]]] = {
    "passed": ("PASS", [gate()], {}),
    "passed, one apart": ("PASS", [gate(), APART], {}),
    "a soft failure": ("PASS", [gate(), gate("soft", "FAIL", hard=False)], {}),
    "no gate at all": ("INCONCLUSIVE", [], {}),
    "none that applied": ("INCONCLUSIVE", [APART], {}),
    "read something else": ("INCONCLUSIVE", [gate(read_change=False)], {}),
    "checked nothing": ("INCONCLUSIVE", [gate(checked=0)], {}),
    "only a soft one": ("INCONCLUSIVE", [gate(hard=False)], {}),
    "could not run": ("INCONCLUSIVE", [gate(), gate("tests", "INCONCLUSIVE")], {}),
    "a hard failure": ("FAIL", [gate(), gate("tests", "FAIL")], {}),
    "a duty failed": ("FAIL", [gate()], {"scope_plan": "FAIL"}),
    "a duty could not": ("INCONCLUSIVE", [gate()], {"inventory": "INCONCLUSIVE"}),
    "fail beats all": ("FAIL", [], {"inventory": "INCONCLUSIVE", "validation": "FAIL"}),
}


@pytest.mark.parametrize("case", OVERALL)
def test_the_overall_verdict_is_made_again_from_the_core(tmp_path: Path, case: str) -> None:
    expected, gates, duties = OVERALL[case]
    verdicts = _verdicts(**duties)
    assert overall_verdict(verdicts, gates) == expected
    for stored in ("PASS", "FAIL", "INCONCLUSIVE"):
        folder = tmp_path / stored / "EVP"
        sealed = sample_pack(folder, verdict=stored, verdicts=verdicts, core=_report(*gates))
        report = verify_pack(sealed.folder)
        if stored == expected:
            assert report.verdict("verdict") == expected
            assert report.exit_code == {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}[expected]
        else:
            assert report.exit_code == 6
            assert "VERDICT_DIFFERS" in _codes(report)


def test_a_verdict_that_is_no_word_or_is_missing_never_passes() -> None:
    assert overall_verdict(_verdicts(execution="YES"), [gate()]) == "INCONCLUSIVE"
    assert overall_verdict({}, [gate()]) == "INCONCLUSIVE"


def test_a_duty_that_says_another_verdict_than_the_list_is_broken(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / "EVP", execution=duty("FAIL"))
    report = verify_pack(sealed.folder)
    assert report.exit_code == 6
    assert [check.where for check in report.checks if check.exit == 6] == ["core/pack.json $.execution.verdict"]


def test_a_validator_report_that_says_another_verdict_than_its_duty_is_broken(tmp_path: Path) -> None:
    for said, expected in (("PASS", 0), ("FAIL", 6), (7, 6)):
        report: dict[str, JSON] = {"schema": "gonogo/validator-report/v1", "gates": [gate()], "verdict": said}
        folder = tmp_path / str(said) / "EVP"
        assert verify_pack(sample_pack(folder, core={"validator_report": report}).folder).exit_code == expected


@pytest.mark.parametrize(("criterion", "exit_code"), [("PASS", 0), ("FAIL", 1), ("INCONCLUSIVE", 3), ("?", 3), ([], 3)])
def test_a_criterion_can_only_make_the_verdict_worse(tmp_path: Path, criterion: JSON, exit_code: int) -> None:
    criteria = [{"id": "PASS-3", "verdict": criterion}]
    stored = {0: "PASS", 1: "FAIL", 3: "INCONCLUSIVE"}[exit_code]
    assert verify_pack(sample_pack(tmp_path / "a/EVP", criteria=criteria, verdict=stored).folder).exit_code == exit_code
    if stored != "PASS":
        assert verify_pack(sample_pack(tmp_path / "b/EVP", criteria=criteria).folder).exit_code == 6
    worse = _verdicts(execution="FAIL")
    sealed = sample_pack(tmp_path / "c/EVP", criteria=criteria, verdicts=worse, execution=duty("FAIL"), verdict="FAIL")
    assert verify_pack(sealed.folder).exit_code == 1


def test_not_applicable_must_be_earned(tmp_path: Path) -> None:
    apart = {name: value for name, value in APART.items() if name != "trigger"}
    report = verify_pack(sample_pack(tmp_path / "EVP", core=_report(gate(), apart)).folder)
    assert report.exit_code == 1
    assert "SCHEMA_INVALID" in _codes(report)


@pytest.mark.parametrize("name", ["pack_id", "run_id", "mode", "host", "started", "finished"])
def test_what_belongs_to_one_run_may_not_stand_in_the_core(sealed: Sealed, name: str) -> None:
    edit_json(sealed.folder / "core/pack.json", {name: "x"})
    reseal(sealed.folder)
    report = verify_pack(sealed.folder)
    assert report.exit_code == 6
    named = ("authentic.declared", "FIELD_UNDECLARED", f"core/pack.json $.{name}")
    assert named in {(check.id, check.code, check.where) for check in report.checks}


def test_an_umlaut_in_any_text_is_no_trouble(tmp_path: Path) -> None:
    sealed = sample_pack(
        tmp_path / "EVP", run_reason="\u00fcber \U0001f600", inconclusive=[], selection_reasons=[text("\u00e4")]
    )
    assert verify_pack(sealed.folder).exit_code == 0

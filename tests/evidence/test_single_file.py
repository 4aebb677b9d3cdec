"""The single file: a function of the sealed files, EP-JSON for those who know only that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import schema
from gonogo_evidence.canonical import digest_of, loads_object
from gonogo_evidence.ep_json import validate_evidence_pack, validation_exit
from gonogo_evidence.single_file import COPIED_FIELDS, INPUT_FIELDS, count_tests, derive, single_file_path
from support.packs import PACK_ID, RUN_ID, core_fields, duty, gate, sample_pack

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSON

pytestmark = pytest.mark.fast

SOURCES = ("core/pack.json", "core/run-plan.json", "core/inventory.json", "core/validator-report.json")


def _single(tmp_path: Path, **changes: object) -> dict[str, Any]:
    sealed = sample_pack(tmp_path / "EVP", **changes)
    return json.loads(single_file_path(sealed.folder).read_bytes())  # type: ignore[no-any-return]


def test_it_is_a_function_of_the_sealed_files_alone(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    stored = single_file_path(sealed.folder).read_bytes()
    assert loads_object(stored)
    sources = {name: (sealed.folder / name).read_bytes() for name in (*SOURCES, "environment.json", "seal.json")}
    assert derive(sources) == stored


def test_our_own_reader_and_the_published_schema_accept_it(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    report = validate_evidence_pack(single_file_path(sealed.folder))
    assert (report.failures, validation_exit(report)) == ((), 0)
    assert schema.check("single-file", json.loads(single_file_path(sealed.folder).read_bytes())) == []


def test_the_header_is_the_predecessors(tmp_path: Path) -> None:
    single = _single(tmp_path)
    head = {name: single[name] for name in ("schema_id", "schema_version", "pack_id", "evidence_pack_id", "phase_id")}
    assert head == {
        "schema_id": "evidence_pack",
        "schema_version": "1.0.0",
        "pack_id": PACK_ID,
        "evidence_pack_id": PACK_ID,
        "phase_id": "4BM2",
    }
    assert (single["layer_id"], single["autonomy_level"], single["registry_version"]) == ("L0", "REC", "1.0")
    assert (single["validator_run"], single["tests_passed"], single["tests_total"]) == (True, 212, 212)


def test_every_required_field_and_every_input_is_there(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    single = json.loads(single_file_path(sealed.folder).read_bytes())
    fields = core_fields()
    for name in COPIED_FIELDS:
        assert single.get(name) == fields.get(name), name
    assert set(COPIED_FIELDS) - fields.keys() == {"drill"}, "a run outside of drills has no mark"
    manifest = single["run_manifest"]
    assert manifest["inputs"] == {name: fields[name] for name in INPUT_FIELDS}
    assert manifest["seed"] is None
    assert manifest["versions"]["tools"] == {"git": "2.39.5", "ruff": "0.15.0"}
    assert manifest["time"] == {
        "commit": "2026-01-09T09:58:01Z",
        "started": "2026-01-09T10:15:00Z",
        "finished": "2026-01-09T10:15:09Z",
    }
    assert manifest["machine"]["isolation"] == "none"
    for name, path in (("inventory", "inventory"), ("run_plan", "run-plan"), ("validator_report", "validator-report")):
        assert single[name] == json.loads((sealed.folder / f"core/{path}.json").read_bytes())
    assert (single["core_digest"], single["pack_digest"]) == (sealed.core_digest, sealed.pack_digest)


def test_the_one_run_log_has_exactly_seven_fields(tmp_path: Path) -> None:
    (log,) = _single(tmp_path)["run_logs"]
    assert log["run_id"] == RUN_ID
    assert log["outputs_manifest"][0] == "data/gates/Lint-Gate.stdout"
    plan = (tmp_path / "EVP/core/run-plan.json").read_bytes()
    assert log["prompt_hash"] == f"sha256:{digest_of(plan)}"
    assert sorted(log) == [
        "artifact_hash",
        "inputs_manifest",
        "model_id",
        "outputs_manifest",
        "prompt_hash",
        "run_id",
        "timestamp_utc",
    ]


def test_a_layer_without_a_model_has_no_layer_run_metadata(tmp_path: Path) -> None:
    changes = {"layer_id": "L5", "model_id": "none", "critic_model_id": "none", "scope": "none"}
    single = _single(tmp_path, **changes, autonomy_level="RO", capability_scope="none", pack_id="EVP-X-L5-20260109-001")
    assert "layer_run_metadata" not in single
    assert single["model_id"] == "none"
    assert validate_evidence_pack(tmp_path / "EVP.json").failures == ()


def execution(**changes: JSON) -> dict[str, JSON]:
    """A layer run in which two models answered."""
    sides: dict[str, JSON] = {"proposer": {"model": "gpt-5.2"}, "critic": {"model": "deepseek-r1"}}
    prompts: JSON = {name: {"request": "1" * 64, "answer": f"{n}" * 64} for n, name in enumerate(sides, 2)}
    words: dict[str, JSON] = {"decision": "APPROVE", "rationale": "It holds.", "evidence_ids": ["E1"]}
    return {"models": sides, "prompts": prompts, "inputs": [{"sha256": "a" * 64}], **words, **changes}


def test_separation_of_duties_is_claimed_only_where_a_critic_answered(tmp_path: Path) -> None:
    assert "sod_checks" not in _single(tmp_path)
    single = _single(tmp_path / "b", execution=duty("PASS", **execution()))
    assert single["sod_checks"] == [
        {
            "proposer_run_id": f"proposer-run-{'2' * 16}",
            "proposer_model_id": "gpt-5.2",
            "proposer_artifact_hash": f"sha256:{'2' * 64}",
            "critic_run_id": f"critic-run-{'3' * 16}",
            "critic_model_id": "deepseek-r1",
            "critic_artifact_hash": f"sha256:{'3' * 64}",
            "sod_result": "PASS",
            "sod_check_timestamp": "2026-01-09T10:15:09Z",
            "critic_decision": "APPROVE",
            "critic_rationale": "It holds.",
            "evidence_ids": ["E1"],
            "related_evidence_packs": [],
        }
    ]
    _, proposer, critic = single["run_logs"]
    assert (proposer["run_id"], critic["run_id"]) == (f"proposer-run-{'2' * 16}", f"critic-run-{'3' * 16}")
    assert (critic["model_id"], critic["outputs_manifest"]) == ("deepseek-r1", ["data/layer/critique.json"])
    assert (critic["prompt_hash"], critic["inputs_manifest"]) == (f"sha256:{'1' * 64}", [f"sha256:{'a' * 64}"])
    assert validate_evidence_pack(tmp_path / "b/EVP.json").failures == ()


@pytest.mark.parametrize(
    "change",
    [{"decision": "unclear"}, {"decision": None}, {"rationale": ""}, {"evidence_ids": []}, {"models": {}}],
)
def test_a_critic_that_was_not_clear_is_no_separation_of_duties(tmp_path: Path, change: dict[str, JSON]) -> None:
    assert "sod_checks" not in _single(tmp_path, execution=duty("PASS", **execution(**change)))


def test_one_model_on_both_sides_is_said_to_fail(tmp_path: Path) -> None:
    sides: JSON = {side: {"model": "gpt-5.2"} for side in ("proposer", "critic")}
    single = _single(tmp_path, execution=duty("PASS", **execution(models=sides)))
    assert single["sod_checks"][0]["sod_result"] == "FAIL"
    assert validate_evidence_pack(tmp_path / "EVP.json").failures


def test_a_pack_of_a_version_without_the_critics_words_keeps_its_single_file(tmp_path: Path) -> None:
    old = {name: value for name, value in execution().items() if name not in {"rationale", "evidence_ids"}}
    single = _single(tmp_path, execution=duty("PASS", **old))
    assert len(single["run_logs"]) == 1
    assert "sod_checks" not in single


def test_a_field_that_the_core_lacks_is_not_made_up(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    sources = {name: (sealed.folder / name).read_bytes() for name in (*SOURCES, "environment.json", "seal.json")}
    bare = json.loads(derive({**sources, "core/pack.json": b"{}", "environment.json": b"{}"}))
    assert not {"git_ref", "run_reason", "operator_id", "scope", "model_id", "preflight_snapshot"} & set(bare)
    assert bare["run_manifest"] == {}


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        ([], (0, 0)),
        ([gate(checked=9)], (0, 0)),
        ([gate(checked=9, unit="tests")], (9, 9)),
        ([gate(checked=9, unit="tests", verdict="FAIL", findings_count=2)], (7, 9)),
        ([gate(checked=9, unit="tests", verdict="FAIL", findings_count=20)], (0, 9)),
        ([gate(checked=9, unit="tests", verdict="INCONCLUSIVE")], (0, 0)),
        ([gate(checked=9, unit="tests"), gate(checked=1, unit="tests", verdict="FAIL", findings_count=1)], (9, 10)),
    ],
)
def test_tests_are_counted_over_gates_that_count_tests(gates: list[Any], expected: tuple[int, int]) -> None:
    assert count_tests({"gates": gates}) == expected

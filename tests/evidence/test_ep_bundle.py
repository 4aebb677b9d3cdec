"""EP-BUNDLE 2.0, the dispatch on what a file says that it is, and all packs below a folder."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import ep_bundle, p5b
from gonogo_evidence.ep_dispatch import validate
from gonogo_evidence.ep_tree import validate_tree
from gonogo_evidence.errors import BadInput
from support.ep_json_cases import RUN_FIELDS, minimal
from support.packs import overwrite, sample_pack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast

ANSWER = "Three scenarios."
HASH = "sha256:" + hashlib.sha256(ANSWER.encode()).hexdigest()
AT = "2026-01-10T12:00:00+00:00"


def role(name: str, model: str) -> dict[str, Any]:
    return {"model_id": model, "run_id": f"{name}-run-1", "prompt_hash": "sha256:p", "output_hash": HASH}


def bundle() -> dict[str, dict[str, Any]]:
    """The six JSON files of a bundle that holds together."""
    proposer, critic = role("proposer", "gpt-5.2-pro"), role("critic", "deepseek-r1")
    manifest: dict[str, Any] = {name.removeprefix("$."): "x" for name in ep_bundle.FIELDS["run_manifest.json"]}
    lists = {name: ["docs/a.md"] for name in ("artifacts", "inputs_manifest", "outputs_manifest")}
    return {
        "evidence_pack.json": {
            "artifacts": list(ep_bundle.NAMES),
            "capability_scope_check": {
                "artifact_path": "capability_scope_check.json",
                "result": "PASS",
                "violations": [],
            },
            "creation_timestamp": AT,
            "critic": {**critic, "artifact_path": "critic_output.json"},
            "evidence_pack_id": "EVP-L2-20260110_120000-L2-df1ed",
            "evidence_pack_version": "2.0",
            "layer_id": "L2",
            "layer_name": "Market Outlook",
            "matrix_version": "v1.0",
            "mode": "replay",
            "network_used": False,
            "operator_notes": "",
            "proposer": {**proposer, "artifact_path": "proposer_output.json"},
            "registry_version": "1.0",
            "run_id": "L2-6f719",
            "sod_check": {"artifact_path": "sod_check.json", "reason": "two models", "result": "PASS"},
        },
        "run_manifest.json": {**manifest, **lists, "layer_id": "L2", "sod_result": "PASS", "timestamp": AT},
        "proposer_output.json": {**proposer, "content": ANSWER, "metadata": {}},
        "critic_output.json": {
            **critic,
            "content": ANSWER,
            "metadata": {},
            "decision": "APPROVE",
            "rationale": "It holds.",
            "evidence_ids": ["E1"],
        },
        "sod_check.json": {
            "proposer_model_id": "gpt-5.2-pro",
            "critic_model_id": "deepseek-r1",
            "result": "PASS",
            "reason": "two models",
            "timestamp": AT,
        },
        "capability_scope_check.json": {"result": "PASS", "violations": [], "checked_outputs": [], "timestamp": AT},
    }


def lay(folder: Path, documents: dict[str, dict[str, Any]] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in (documents or bundle()).items():
        (folder / name).write_text(json.dumps(document, indent=2, sort_keys=True))
    (folder / "operator_output.md").write_text("# Operator-Ausgabe\n")
    return folder


def test_a_bundle_that_holds_together_lacks_the_runs_fields_alone(tmp_path: Path) -> None:
    folder = lay(tmp_path / "L2")
    for place in (folder, folder / "evidence_pack.json"):
        found = validate(place)
        assert (found.form, found.exit_code, found.report.errors) == ("ep-bundle", 1, ())
        here = {"model_id", "capability_scope", "run_manifest.inputs", "run_manifest.time"}
        assert set(found.report.missing) == RUN_FIELDS - here


def test_the_predecessors_validator_rejects_every_bundle(tmp_path: Path) -> None:
    assert validate(lay(tmp_path / "L2"), compat=True).exit_code == 1


def leaf(path: str, value: object) -> tuple[str, str, object]:
    name, _, inside = path.partition(" ")
    return name, inside, value


BROKEN = {
    "version": ("BUNDLE_VERSION", leaf("evidence_pack.json evidence_pack_version", "3.0")),
    "layer": ("EP_LAYER", leaf("evidence_pack.json layer_id", "L9")),
    "time": ("EP_TIMESTAMP", leaf("evidence_pack.json creation_timestamp", "now")),
    "artifacts": ("BUNDLE_ARTIFACTS", leaf("evidence_pack.json artifacts", [])),
    "answer": ("BUNDLE_DIGEST", leaf("proposer_output.json content", "Four scenarios.")),
    "hash in one place": ("BUNDLE_DIFFERS", leaf("critic_output.json output_hash", "sha256:0")),
    "model in one place": ("BUNDLE_DIFFERS", leaf("sod_check.json proposer_model_id", "o3")),
    "one model": ("EP_SOD", leaf("sod_check.json critic_model_id", "gpt-5.2-pro")),
    "sod failed": ("BUNDLE_CHECK_FAILED", leaf("sod_check.json result", "FAIL")),
    "scope failed": ("BUNDLE_CHECK_FAILED", leaf("capability_scope_check.json violations", ["place order"])),
    "decision": ("EP_SOD_DECISION", leaf("critic_output.json decision", "do not approve")),
    "reason": ("EP_SOD_RATIONALE", leaf("critic_output.json rationale", " ")),
    "evidence": ("EP_SOD_EVIDENCE", leaf("critic_output.json evidence_ids", [])),
    "another layer": ("BUNDLE_DIFFERS", leaf("run_manifest.json layer_id", "L1")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_one_change_is_found(tmp_path: Path, case: str) -> None:
    code, (name, inside, value) = BROKEN[case]
    documents = bundle()
    documents[name][inside] = value
    errors = {problem.code for problem in validate(lay(tmp_path, documents)).report.errors}
    assert code in errors


@pytest.mark.parametrize("name", [name for name in ep_bundle.NAMES if name != "evidence_pack.json"])
def test_each_file_is_needed_whole(tmp_path: Path, name: str) -> None:
    for data in (None, b"", b"\xff", *([b"[]"] if name.endswith(".json") else [])):
        folder = lay(tmp_path)
        (folder / name).unlink() if data is None else (folder / name).write_bytes(data)
        assert [problem.path.partition(" ")[0] for problem in validate(folder).report.errors] == [name]


@pytest.mark.parametrize("name", ep_bundle.FIELDS)
def test_each_key_is_needed(tmp_path: Path, name: str) -> None:
    for key in bundle()[name]:
        documents = bundle()
        del documents[name][key]
        assert validate(lay(tmp_path, documents)).report.errors, key


def test_a_redacted_answer_is_a_stated_limit(tmp_path: Path) -> None:
    documents = bundle()
    documents["proposer_output.json"]["content"] = "Three [REDACTED]."
    report = validate(lay(tmp_path, documents)).report
    assert (report.errors, [problem.code for problem in report.warnings]) == ((), ["BUNDLE_REDACTED"])


def test_each_form_is_told_by_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/a.txt").write_text("a")
    manifest = p5b.generate(tmp_path, [tmp_path / "run"], tmp_path, pack_id="x", created_at=p5b.PINNED).manifest
    sample_pack(tmp_path / "EVP")
    (tmp_path / "old.json").write_text(json.dumps(minimal()))
    (tmp_path / "EVP_20260109.md").write_text("Evidence Pack ID: EVP_20260109\n")
    cases = {
        "EVP": ("pack", 0),
        "EVP.json": ("single-file", 0),
        "old.json": ("ep-json", 1),
        "pack_x": ("p5b", 0),
        "pack_x/manifest.json": ("p5b", 0),
        "EVP_20260109.md": ("markdown", 1),
    }
    assert {name: (validate(tmp_path / name).form, validate(tmp_path / name).exit_code) for name in cases} == cases
    assert manifest.exists()
    with pytest.raises(BadInput, match="EVIDENCE_FORM"):
        validate(tmp_path / "run")


def test_a_run_that_failed_is_good_evidence_and_a_changed_byte_is_not(tmp_path: Path) -> None:
    folder = sample_pack(tmp_path / "EVP", verdicts={}, verdict="INCONCLUSIVE").folder
    assert validate(folder).exit_code == 1
    folder = sample_pack(tmp_path / "EVP2").folder
    overwrite(folder / "data/layer-smoke-report.json", b"{}")
    found = validate(folder)
    assert (found.form, found.exit_code) == ("pack", 1)
    assert found.report.errors


def test_a_tree_is_one_report(tmp_path: Path) -> None:
    lay(tmp_path / "b/L2")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/evidence_pack.json").write_text(json.dumps(minimal()))
    found = validate_tree(tmp_path, at=AT)
    assert (found["total_packs"], found["valid_packs"], found["invalid_packs"], found["timestamp"]) == (2, 0, 2, AT)
    results: Any = found["pack_results"]
    assert [result["pack_path"] for result in results] == [
        str(tmp_path / name / "evidence_pack.json") for name in ("a", "b/L2")
    ]
    assert all(result["errors"] and result["exception"] is None for result in results)


def test_a_tree_with_compat_is_what_ci_had(tmp_path: Path) -> None:
    lay(tmp_path / "b/L2")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/evidence_pack.json").write_text(json.dumps(minimal()))
    strict: Any = validate_tree(tmp_path, at=AT, compat=True)
    assert (strict["valid_packs"], strict["success_rate"]) == (1, 50.0)
    assert [(result["valid"], result["errors"]) for result in strict["pack_results"]] == [(True, []), (False, [])]
    assert "EPACK_PACK_ID_MISSING" in strict["pack_results"][1]["exception"]
    lenient: Any = validate_tree(tmp_path, at=AT, compat=True, lenient=True)
    assert lenient["pack_results"][1]["exception"] is None
    assert lenient["pack_results"][1]["errors"]


def test_a_tree_without_a_pack_proves_nothing(tmp_path: Path) -> None:
    for root, code in ((tmp_path, "EVIDENCE_NO_PACKS"), (tmp_path / "none", "EVIDENCE_ROOT")):
        with pytest.raises(BadInput, match=code):
            validate_tree(root, at=AT)

"""EP-JSON against the predecessor's validator: 57 measured cases, its exit code with ``--compat`` and ours without."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import ep_compat
from gonogo_evidence.ep_dispatch import validate
from gonogo_evidence.errors import BadInput
from support.ep_json_cases import ANY, GONE, LAYER_RUN, LOG, RUN_FIELDS, SOD, minimal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast

LEGACY = {"schema_id": GONE, "schema_version": GONE, "pack_id": GONE}


def run(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    kept = {name: value for name, value in {**LAYER_RUN, **changes}.items() if value is not GONE}
    return minimal(layer_run_metadata=kept)


def sod(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return minimal(sod_checks=[{**SOD, **changes}])


CASES: dict[str, tuple[int, object]] = {
    "minimal": (0, minimal()),
    "time with Z": (0, minimal(creation_timestamp="2026-01-09T10:15:00Z")),
    "time is a date": (0, minimal(creation_timestamp="2026-01-09")),
    "L6 and RO": (0, minimal(layer_id="L6", autonomy_level="RO")),
    "tests 3 of 5": (0, minimal(tests_passed=3, tests_total=5)),
    "tests 6 of 5": (0, minimal(tests_passed=6, tests_total=5)),
    "layer run": (0, run()),
    "layer run of another layer": (0, run(layer_id="L4")),
    "run logs": (0, minimal(run_logs=[LOG])),
    "sod check": (0, sod()),
    "recorded result FAIL": (0, sod(sod_result="FAIL")),
    "decision REJECT": (0, sod(critic_decision="REJECT")),
    "extra field": (0, minimal(anything={"a": [1]})),
    "none of the runbook's fields": (0, minimal(description="no git_ref, run_reason, operator_id")),
    "legacy with id": (0, minimal(**LEGACY, id="old-1")),
    "TOML": (0, "".join(f'{name} = "{value}"\n' for name, value in minimal().items())),
    "no validator_run": (0, minimal(validator_run=GONE, tests_total=0)),
    "no description": (0, minimal(description=GONE, related_prs=[])),
    "no schema_id": (1, minimal(schema_id=GONE)),
    "no schema_version": (1, minimal(schema_version=GONE)),
    "no pack_id": (1, minimal(pack_id=GONE)),
    "another schema_id": (1, minimal(schema_id="pack")),
    "version 2.0": (1, minimal(schema_version="2.0")),
    "version 2.0.0": (1, minimal(schema_version="2.0.0")),
    "version v1": (1, minimal(schema_version="v1")),
    "blank evidence_pack_id": (1, minimal(evidence_pack_id=" ")),
    "blank phase_id": (1, minimal(phase_id="")),
    "bad timestamp": (1, minimal(creation_timestamp="yesterday")),
    "L7": (1, minimal(layer_id="L7")),
    "EXEC": (1, minimal(autonomy_level="EXEC")),
    "REC/PROP": (1, minimal(autonomy_level="REC/PROP")),
    "rec": (1, minimal(autonomy_level="rec")),
    "tests 0 of 5": (1, minimal(tests_passed=0, tests_total=5)),
    "layer run with one model": (1, run(critic_model_id=LAYER_RUN["primary_model_id"])),
    "run id twice": (1, minimal(run_logs=[LOG, LOG])),
    "sod with one model": (1, sod(critic_model_id=SOD["proposer_model_id"])),
    "no rationale": (1, sod(critic_rationale=" ")),
    "no evidence": (1, sod(evidence_ids=[])),
    "decision null": (1, sod(critic_decision=None)),
    "decision unknown": (1, sod(critic_decision="LGTM")),
    "legacy without id": (1, minimal(**LEGACY)),
    "bad created_at": (1, minimal(created_at="yesterday")),
    "no JSON": (1, "{"),
    ".yaml": (1, "schema_id: evidence_pack\n"),
    **{f"{name} missing": (2, minimal(**{name: GONE})) for name in ("evidence_pack_id", "phase_id")},
    **{f"{name} missing": (2, minimal(**{name: GONE})) for name in ("creation_timestamp", "registry_version")},
    **{f"{name} missing": (2, minimal(**{name: GONE})) for name in ("layer_id", "autonomy_level")},
    "version is an integer": (2, minimal(schema_version=1)),
    "layer run in L9": (2, run(layer_id="L9")),
    "layer run without matrix": (2, run(matrix_version=GONE)),
    "layer run with an empty matrix": (2, run(matrix_version="")),
    "log without prompt_hash": (2, minimal(run_logs=[{key: LOG[key] for key in LOG if key != "prompt_hash"}])),
    "a list at the top": (2, [minimal()]),
    "not there": (2, None),
}
SUFFIXES = {"TOML": ".toml", ".yaml": ".yaml"}


def put(folder: Path, case: str) -> Path:
    """The case's file; none for the one that is not there."""
    path, content = folder / f"EVP-001{SUFFIXES.get(case, '.json')}", CASES[case][1]
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def code(path: Path, *, compat: bool) -> int:
    """The exit code of ``gonogo evidence validate``."""
    try:
        return validate(path, compat=compat).exit_code
    except BadInput as error:
        return error.exit_code


def test_the_table_is_the_measured_one() -> None:
    assert Counter(expected for expected, _ in CASES.values()) == {0: 18, 1: 26, 2: 13}


@pytest.mark.parametrize("case", CASES)
def test_with_compat_the_exit_code_is_the_predecessors(case: str, tmp_path: Path) -> None:
    assert code(put(tmp_path, case), compat=True) == CASES[case][0]


@pytest.mark.parametrize("case", CASES)
def test_without_it_the_runbooks_table_holds(case: str, tmp_path: Path) -> None:
    """2 is for a file that is not there; each of the others lacks what the runbook requires or breaks a rule: 1."""
    path = put(tmp_path, case)
    assert code(path, compat=False) == (2 if case == "not there" else 1)


@pytest.mark.parametrize("case", [case for case, (expected, _) in CASES.items() if expected == 0])
def test_what_it_accepted_is_refused_here_for_missing_fields_alone(case: str, tmp_path: Path) -> None:
    report = validate(put(tmp_path, case)).report
    assert report.errors == ()
    assert set(report.missing) == RUN_FIELDS


ORDER: dict[str, tuple[int, dict[str, Any]]] = {
    "header before body": (1, minimal(schema_id="x", layer_id=GONE)),
    "header before a version that is a number": (1, minimal(schema_id="x", schema_version=1)),
    "a missing field before an unknown autonomy": (2, minimal(phase_id=GONE, autonomy_level="rec")),
    "an unknown autonomy before a layer run's layer": (1, {**run(layer_id="L9"), "autonomy_level": "rec"}),
    "a blank id before a layer run's layer": (1, {**run(layer_id="L9"), "phase_id": " "}),
    "a layer run's layer before its models": (2, run(layer_id="L9", critic_model_id=LAYER_RUN["primary_model_id"])),
    "a layer run's models before its matrix": (
        1,
        run(matrix_version="", critic_model_id=LAYER_RUN["primary_model_id"]),
    ),
    "a layer run before the critic": (2, {**run(layer_id="L9"), "sod_checks": [{**SOD, "evidence_ids": []}]}),
    "a time that is a number": (2, minimal(creation_timestamp=7)),
    "words of a layer run may be blank": (0, run(layer_name="", capability_scope_id=" ")),
}


@pytest.mark.parametrize("case", ORDER)
def test_the_first_failure_decides(case: str, tmp_path: Path) -> None:
    expected, document = ORDER[case]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    assert code(path, compat=True) == expected


@given(st.dictionaries(st.sampled_from(sorted(minimal(run_logs=1, sod_checks=1, tests_total=1))), ANY, max_size=5))
def test_any_document_ends_with_0_1_or_2_and_0_only_without_a_problem(changes: dict[str, Any]) -> None:
    document = minimal(**changes)
    found = ep_compat.failures(document)
    assert [failure.rank for failure in found] == sorted(failure.rank for failure in found)
    assert {failure.exit_code for failure in found} <= {1, 2}
    assert ep_compat.exit_code(document, [failure.problem for failure in found]) == (found[0].exit_code if found else 0)

"""EP-JSON 1.0.0 and the runbook's required fields, over documents of every shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.ep_json import validate_document, validation_exit
from support.ep_json_cases import ACCEPTED, ANY, GONE, LAYER_RUN, LOG, REFUSED, RUN_FIELDS, SOD, minimal
from support.packs import sample_pack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("case", ACCEPTED)
def test_the_predecessor_accepts_it_and_so_do_we(case: str) -> None:
    assert validate_document(ACCEPTED[case], compat=True).failures == ()


@pytest.mark.parametrize("case", REFUSED)
def test_the_predecessor_refuses_it_and_so_do_we(case: str) -> None:
    code, document = REFUSED[case]
    report = validate_document(document, compat=True)
    assert code in {problem.code for problem in report.errors}
    assert validation_exit(report) == 1


def test_the_runbooks_fields_are_asked_for_and_each_missing_one_is_named() -> None:
    report = validate_document(minimal())
    assert set(report.missing) == RUN_FIELDS
    assert {problem.code for problem in report.failures} == {"FIELD_MISSING"}
    assert {problem.path for problem in report.failures} == {f"$.{name}" for name in RUN_FIELDS}
    assert (report.passed, validation_exit(report)) == (False, 1)


@pytest.mark.parametrize("name", sorted(RUN_FIELDS | {"layer_id", "pack_id", "schema_version", "creation_timestamp"}))
@pytest.mark.parametrize("how", [GONE, None, "", {}])
def test_each_field_of_a_whole_pack_counts(tmp_path: Path, name: str, how: object) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    document = json.loads((tmp_path / "EVP.json").read_bytes())
    assert sealed.files
    holder, _, last = document, *name.rpartition(".")[1:]
    if "." in name:
        holder = document[name.rpartition(".")[0]]
    if how is GONE:
        del holder[last]
    else:
        holder[last] = how
    report = validate_document(document)
    if name == "run_manifest.seed" and how is None:
        assert report.passed
    else:
        assert name in report.missing
        assert validation_exit(report) == 1


def test_a_whole_pack_of_another_shape_is_refused_by_its_schema(tmp_path: Path) -> None:
    sample_pack(tmp_path / "EVP")
    document = json.loads((tmp_path / "EVP.json").read_bytes())
    report = validate_document({**document, "core_digest": "x"})
    assert next((problem.code, problem.path) for problem in report.failures) == ("SCHEMA_INVALID", "$.core_digest")


def test_warnings_do_not_fail() -> None:
    report = validate_document(minimal(tests_passed=3, tests_total=5), compat=True)
    assert [problem.code for problem in report.warnings] == ["EP_EMPTY", "EP_EMPTY", "EP_TESTS"]
    assert report.passed


KEYS = sorted(
    minimal(
        layer_run_metadata=1, run_logs=1, sod_checks=1, tests_passed=1, tests_total=1, validator_run=1, description=1
    )
    | dict.fromkeys(("related_prs", "created_at", "id", "run_manifest", "preflight_snapshot", "git_ref", "schema"), 1)
)
NESTED = st.dictionaries(st.sampled_from(sorted({*LOG, *SOD, *LAYER_RUN})), ANY, max_size=6)


@given(st.dictionaries(st.sampled_from(KEYS), ANY | NESTED | st.lists(NESTED, max_size=2), max_size=8))
def test_a_document_of_any_types_gives_a_report(changes: dict[str, Any]) -> None:
    for document in (changes, minimal(**changes)):
        for compat in (True, False):
            report = validate_document(document, compat=compat)
            assert validation_exit(report) in {0, 1}
            assert all(str(problem.message) for problem in report.failures)

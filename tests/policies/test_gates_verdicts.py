"""The one place that makes verdicts: over one gate, over all gates, and for gates that are not built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import schema
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_evidence.verdict import GateVerdict
from gonogo_policies.gates import Applicability, CiFacts, Declaration, Finding, PlanContext, make_gate, read_declaration
from gonogo_policies.gates.overall import Judged, overall
from gonogo_policies.gates.pack import INPUT_FIELDS, RUN_FIELDS, PackGate, missing_fields
from gonogo_policies.gates.verdicts import Seen, Stopped, judge, not_applicable
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast

GATE = Declaration("g", "command", hard=True)
FOUND = Applicability(applies=True, trigger=msg("t"), files=("a",), why=msg("w"), reads_change=True)
FINDING = Finding("a.py", 1, "X", "m", "0" * 16)
NOT_BUILT = Declaration("audit", "unbuilt", hard=True, trigger={"dependencies": ("**/uv.lock",)}, issue="IV")


@given(st.integers(-1, 3), st.integers(0, 3), st.booleans(), st.booleans())
def test_pass_needs_something_checked_and_nothing_against_it(
    checked: int, findings: int, stop: bool, reads: bool
) -> None:
    seen = Seen("files", checked, [FINDING] * findings, reads_change=reads)
    seen.stop = Stopped("GATE_CRASHED", msg("broken")) if stop else None
    result = judge(GATE, FOUND, seen)
    expected = "FAIL" if findings else "INCONCLUSIVE" if stop or checked <= 0 else "PASS"
    assert result.verdict == expected
    assert (result.reason_code is not None) == (expected == "INCONCLUSIVE")
    assert result.read_change == (reads and checked > 0)
    assert len(result.findings) == min(findings, 1), "the same finding twice is one"


def test_not_applicable_cannot_be_had_for_a_gate_that_applies() -> None:
    assert not_applicable(GATE, FOUND).verdict == "INCONCLUSIVE"


def test_not_applicable_carries_trigger_and_files() -> None:
    found = Applicability(applies=False, trigger=msg("t"), files=("a", "b"), why=msg("w"))
    result = not_applicable(GATE, found)
    assert (result.verdict, str(result.trigger), result.files, result.checked) == ("NOT_APPLICABLE", "t", ("a", "b"), 0)


def test_every_result_fits_the_published_schema() -> None:
    results = [
        judge(GATE, FOUND, Seen("files", 1)),
        judge(GATE, FOUND, Seen("files", 1, [FINDING])),
        not_applicable(GATE, Applicability(applies=False, trigger=msg("t"), files=("a",), why=msg("w"))),
    ]
    gates = [{name: value for name, value in result.json().items() if name != "observed"} for result in results]
    assert not schema.check("validator-report", {"schema": "gonogo/validator-report/v1", "gates": gates})


def test_a_thousand_files_are_named_in_part_and_counted_whole() -> None:
    names = tuple(f"f{number}" for number in range(1000))
    stored = judge(GATE, FOUND, Seen("files", 1000, files=names)).json()
    assert (len(stored["files"]), stored["files_count"]) == (200, 1000)  # type: ignore[arg-type]  # a list


RESULTS = st.builds(
    Judged,
    name=st.sampled_from("abcd"),
    hard=st.booleans(),
    verdict=st.sampled_from(get_args(GateVerdict)),
    checked=st.integers(0, 2),
    read_change=st.booleans(),
)


@given(st.lists(RESULTS, max_size=6), st.lists(st.sampled_from("abcd"), max_size=4))
def test_over_all_gates(results: list[Judged], planned: list[str]) -> None:
    verdict, reason = overall(planned, results)
    hard = [one for one in results if one.hard]
    missing = set(planned) - {one.name for one in results}
    proven = any(one.verdict == "PASS" and one.read_change and one.checked for one in hard)
    if missing or any(one.verdict == "FAIL" for one in hard):
        assert verdict == "FAIL"
    elif any(one.verdict == "INCONCLUSIVE" for one in hard) or not proven:
        assert verdict == "INCONCLUSIVE"
    else:
        assert verdict == "PASS"
    assert str(reason)
    soft = [one for one in results if not one.hard and one.name not in planned]
    assert overall(planned, [one for one in results if one not in soft])[0] == verdict


@pytest.mark.parametrize(("checked", "reads"), [(0, True), (3, False)])
def test_a_pass_over_nothing_or_over_something_else_is_no_proof(checked: int, reads: bool) -> None:
    only = Judged("a", hard=True, verdict="PASS", checked=checked, read_change=reads)
    assert overall(["a"], [only])[0] == "INCONCLUSIVE"
    soft = Judged("b", hard=False, verdict="PASS", checked=3, read_change=True)
    assert overall(["a", "b"], [only, soft])[0] == "INCONCLUSIVE"


def test_no_gates_at_all_prove_nothing() -> None:
    assert overall([], [])[0] == "INCONCLUSIVE"


CI = CiFacts((".github/workflows/ci.yml", ".github/workflows/audit.yml"), {"audit": (".github/workflows/audit.yml:9",)})


def test_an_unbuilt_gate_without_a_job_does_not_apply_and_names_the_ci_files() -> None:
    gate = make_gate(Declaration("strategy-smoke", "unbuilt", hard=True, issue="IV"))
    found = gate.applies(changed("uv.lock"), PlanContext(CI))
    assert not found.applies
    assert found.files == CI.files
    assert "strategy-smoke" in str(found.trigger)
    assert "files looked through: 2" in str(found.why)


def test_an_unbuilt_gate_that_ci_has_is_inconclusive(tmp_path: Path) -> None:
    gate = make_gate(NOT_BUILT)
    found = gate.applies(changed("uv.lock"), PlanContext(CI))
    assert found.applies
    assert ".github/workflows/audit.yml:9" in str(found.why)
    assert not found.reads_change
    result = gate.run(surroundings(write(tmp_path / "t", {}), NOT_BUILT, changed("uv.lock")))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_NOT_BUILT")


def test_an_unbuilt_gate_that_ci_has_but_the_change_does_not_concern() -> None:
    found = make_gate(NOT_BUILT).applies(changed("README.md"), PlanContext(CI))
    assert not found.applies
    assert found.files == ("README.md",)


def test_without_facts_about_ci_an_unbuilt_gate_cannot_be_waved_through() -> None:
    assert make_gate(NOT_BUILT).applies(changed("README.md"), PlanContext(None)).applies


INPUTS = dict.fromkeys(INPUT_FIELDS, "x")
DONE: dict[str, Any] = {name: {"verdict": "PASS", "value": {"a": 1}, "observed": {}} for name in RUN_FIELDS}


@pytest.mark.parametrize("name", INPUT_FIELDS)
@pytest.mark.parametrize("value", [None, "", "  ", 0])
def test_a_required_input_that_says_nothing_is_missing(name: str, value: object) -> None:
    inputs = {**INPUTS, name: value}
    assert missing_fields(inputs, DONE) == (name,)  # type: ignore[arg-type]  # of any kind, on purpose
    assert missing_fields({key: held for key, held in INPUTS.items() if key != name}, DONE) == (name,)


@pytest.mark.parametrize("name", RUN_FIELDS)
def test_a_duty_without_a_result_is_missing(name: str) -> None:
    assert missing_fields(INPUTS, {key: held for key, held in DONE.items() if key != name}) == (name,)
    assert missing_fields(INPUTS, DONE) == ()


def test_a_skipped_duty_has_said_so_and_is_not_missing() -> None:
    skipped: dict[str, Any] = {"verdict": "INCONCLUSIVE", "value": {"skipped": True}, "observed": {}}
    assert missing_fields(INPUTS, {**DONE, "execution": skipped}) == ()


def test_the_gates_over_our_own_evidence() -> None:
    fields = PackGate(Declaration("required-fields", "pack", hard=True))
    assert fields.check(INPUTS, DONE, {}).verdict == "PASS"
    assert not fields.check(INPUTS, DONE, {}).read_change
    assert fields.check({}, DONE, {}).verdict == "FAIL"
    schemas = PackGate(Declaration("schema", "pack", hard=True))
    assert schemas.check(INPUTS, DONE, {"schema": "gonogo/validator-report/v1", "gates": []}).verdict == "PASS"
    assert schemas.check(INPUTS, DONE, {"schema": "gonogo/validator-report/v1"}).verdict == "FAIL"
    other = PackGate(Declaration("something", "pack", hard=True))
    assert other.check(INPUTS, DONE, {}).reason_code == "GATE_NOT_BUILT"


@pytest.mark.parametrize(
    "entry", [None, [], {}, {"name": "", "kind": "ruff", "hard": True}, {"name": "a", "kind": "magic", "hard": True}]
)
def test_what_is_no_declaration_is_refused(entry: object) -> None:
    with pytest.raises(BadInput, match="GATE_DECLARATION"):
        read_declaration(entry)  # type: ignore[arg-type]  # that is the point


def test_a_declaration_that_does_not_say_who_named_it_comes_from_the_commit() -> None:
    assert read_declaration({"name": "a", "kind": "command", "hard": True}).origin == "commit"

"""The table alone, explored whole: what is not in it cannot happen."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from gonogo_evidence.verdict import Verdict
from gonogo_graph.table import DUTIES, FIELDS, due, edges, graph_version, paths, settle, where

pytestmark = pytest.mark.fast

PASSED = dict.fromkeys(FIELDS, "PASS")


def test_the_way_without_failures_is_the_table_itself() -> None:
    verdicts: dict[str, Verdict] = {}
    seen = []
    while duty := due(verdicts):
        seen.append(duty.number)
        verdicts = settle(verdicts, duty, "PASS")
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert verdicts == PASSED
    assert where(verdicts) == "sign_off"


@pytest.mark.parametrize("verdict", ["FAIL", "INCONCLUSIVE"])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_after_a_failure_evidence_is_still_made(number: int, verdict: Verdict) -> None:
    verdicts: dict[str, Verdict] = {duty.writes: "PASS" for duty in DUTIES[: number - 1]}
    verdicts = settle(verdicts, DUTIES[number - 1], verdict)
    following = due(verdicts)
    assert following is not None
    assert following.number == 7
    assert all(verdicts[duty.writes] == "INCONCLUSIVE" for duty in DUTIES[number:6])


def test_every_path_ends_at_the_hold_point_with_every_verdict_said() -> None:
    ends = [after for _, there, after in paths({}) if there == "sign_off"]
    assert len(list(paths({}))) == 525
    assert len(ends) == 351
    assert all(set(end) == set(FIELDS) for end in ends)
    assert sum(end == PASSED for end in ends) == 1


def test_no_path_skips_the_seal_the_risk_review_or_the_recommendation() -> None:
    def walk(verdicts: dict[str, Verdict], done: tuple[int, ...]) -> None:
        duty = due(verdicts)
        if duty is None:
            assert done[-3:] == (7, 8, 9)
            assert list(done) == sorted(set(done))
            return
        for verdict in get_args(Verdict):
            walk(settle(verdicts, duty, verdict), (*done, duty.number))

    walk({}, ())


def test_a_field_is_written_by_one_role_only() -> None:
    assert len(set(FIELDS)) == len(DUTIES) == 9
    assert {duty.step for duty in DUTIES} == set("ABCDEFG")


def test_every_state_of_verdicts_has_a_place() -> None:
    for few in product(get_args(Verdict), repeat=3):
        assert where(dict(zip(FIELDS, few, strict=False)))


def test_the_version_follows_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    before = graph_version()
    monkeypatch.setattr("gonogo_graph.table.SCHEMA_VERSION", 2)
    assert graph_version() != before
    assert ("EVIDENCE_SCRIBE", "RISK_OFFICER") in edges()

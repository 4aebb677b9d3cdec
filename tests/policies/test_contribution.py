"""What a model or chat hands in: strict, small, and only claims that rest on evidence."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput
from gonogo_policies.config.roles import StateField
from gonogo_policies.contribution import FINDINGS, KINDS, LIMIT, keep, read_contribution

GOOD: dict[str, Any] = {
    "schema": "gonogo/contribution/v1",
    "verdict": "PASS",
    "claims": [{"kind": "finding", "text": "one", "evidence": ["state:inventory"]}],
}


def read(**changed: object) -> Any:  # noqa: ANN401 - what the reader gives
    return read_contribution(json.dumps({**GOOD, **changed}).encode())


def test_each_duty_has_its_kinds() -> None:
    assert set(KINDS) == set(get_args(StateField)) - {"inputs"}


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"schema": "gonogo/contribution/v2"}, "schema"),
        ({"verdict": "APPROVED"}, "verdict"),
        ({"decision": "GO"}, "decision"),
        ({"claims": [{"kind": "finding", "text": ""}]}, "text"),
        ({"claims": [{"kind": "approval", "text": "x"}]}, "kind"),
        ({"claims": [{"kind": "note", "text": "x", "evidence": ["../../etc/passwd"]}]}, "evidence"),
        ({"claims": [{"kind": "note", "text": "x", "evidence": "state:inventory"}]}, "evidence"),
        ({"claims": [GOOD["claims"][0]] * 41}, "claims"),
        ({"verdict": "FAIL"}, "reason"),
        ({"verdict": "FAIL", "reason": "  "}, "reason"),
    ],
)
def test_what_is_not_in_the_form_is_refused_with_its_place(changed: dict[str, object], place: str) -> None:
    with pytest.raises(BadInput, match="CONTRIBUTION_MALFORMED") as caught:
        read(**changed)
    assert place in f"{caught.value.what} {caught.value.where}"


def test_a_long_one_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadInput, match="CONTRIBUTION_TOO_LARGE"):
        read_contribution(b"x" * (LIMIT + 1))


def test_claims_without_evidence_of_the_wrong_kind_and_too_many_are_dropped_and_counted() -> None:
    finding = GOOD["claims"][0]
    claims = [
        {"kind": "finding", "text": "cites nothing"},
        {"kind": "finding", "text": "cites what is not there", "evidence": ["state:inventory", "repo:gone"]},
        {"kind": "goal", "text": "not this duty's", "evidence": ["state:inventory"]},
        *([finding] * (FINDINGS + 1)),
    ]
    kept = keep("risk_review", read(claims=claims), {"state:inventory"}.__contains__)
    assert len(kept.claims) == FINDINGS
    rules = [rule for _, rule in kept.dropped]
    assert rules == ["no-evidence", "unknown-evidence", "kind", "too-many"]
    assert [entry["rule"] for entry in kept.json()["dropped"]] == rules  # type: ignore[union-attr,index,call-overload]


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    with pytest.raises(BadInput, match="CONTRIBUTION_MALFORMED"):
        read_contribution(data)

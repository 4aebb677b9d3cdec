"""Remote truth: every form of a snapshot, every state told apart, for the right commit, and what policy makes of it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput
from gonogo_policies.remote import judge_remote, read_snapshot, remote_of
from gonogo_policies.remote.snapshot import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON, JSONObject

COMMIT, OTHER = "a" * 40, "b" * 40


def run(name: str, conclusion: str | None, status: str = "completed", sha: str = COMMIT) -> dict[str, Any]:
    """A check run as the API has it."""
    return {"name": name, "status": status, "conclusion": conclusion, "head_sha": sha, "html_url": "https://x"}


def runs(*found: dict[str, Any], total: int | None = None) -> bytes:
    """The API's answer for check runs."""
    return json.dumps({"total_count": len(found) if total is None else total, "check_runs": list(found)}).encode()


def view(*found: dict[str, Any], sha: str = COMMIT) -> bytes:
    """The answer of ``gh pr view --json headRefOid,statusCheckRollup``."""
    return json.dumps({"headRefOid": sha, "statusCheckRollup": list(found)}).encode()


FORMS: dict[str, tuple[bytes, str | None, dict[str, str]]] = {
    "check-runs": (
        runs(run("a", "success"), run("b", None, "in_progress"), run("c", "timed_out"), run("d", "skipped")),
        COMMIT, {"a": "success", "b": "pending", "c": "failure", "d": "skipped"},
    ),
    "gh-pr-view": (
        view(
            {"__typename": "CheckRun", "name": "a", "status": "COMPLETED", "conclusion": "NEUTRAL"},
            {"__typename": "CheckRun", "name": "b", "status": "QUEUED", "conclusion": ""},
            {"__typename": "StatusContext", "context": "c", "state": "SUCCESS"},
        ),
        COMMIT, {"a": "neutral", "b": "pending", "c": "success"},
    ),
    "gh-pr-checks": (
        b'[{"name": "a", "state": "SUCCESS", "bucket": "pass"}, {"name": "b", "bucket": "cancel"}]',
        None, {"a": "success", "b": "cancelled"},
    ),
    "combined-status": (
        json.dumps({"sha": COMMIT, "state": "pending", "total_count": 1,
                    "statuses": [{"context": "a", "state": "error"}]}).encode(),
        COMMIT, {"a": "failure"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_into_one(form: str) -> None:
    data, commit, checks = FORMS[form]
    found = read_snapshot(data, where="f")
    assert (found.form, found.commit, found.checks) == (form, commit, checks)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"1", b"null", b"[1]", b'[{"name": "a"}]', b'[{"name": "a", "state": "GREAT"}]',
        b'[{"name": "", "state": "SUCCESS"}]', b'[{"name": "a\\u001b[2J", "state": "SUCCESS"}]',
        runs(run("a", "success"), run("b", "success", sha=OTHER)), runs(run("a", "success", sha="main")),
        view(run("a", "success"), sha="HEAD"), runs(run("a", None)), b"[" * 5000, b"\xff\xfe",
    ],
)  # fmt: skip
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_snapshot(data, where="f")
    assert refused.value.code == "REMOTE_CHECKS_UNREADABLE"


KEYS = st.sampled_from(["check_runs", "total_count", "name", "status", "conclusion", "head_sha", "sha", "statuses"])
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(KEYS, one)
)


@given(stored=JSONS)
def test_no_json_brings_it_down(stored: Any) -> None:  # noqa: ANN401 - any JSON
    with suppress(BadInput):
        assert read_snapshot(json.dumps(stored).encode(), where="f").checks == {}


def stored(checks: Mapping[str, str], *required: str, commit: str | None = COMMIT, whole: bool = True) -> JSONObject:
    """What the inputs hold of a snapshot."""
    names: list[JSON] = [*required]
    return {"sha256": "0" * 64, "form": "x", "commit": commit, "whole": whole, "checks": {**checks}, "required": names}


@pytest.mark.parametrize(
    ("state", "verdict"),
    [("success", "PASS"), ("skipped", "PASS"), ("neutral", "INCONCLUSIVE"), ("pending", "INCONCLUSIVE"),
     ("cancelled", "FAIL"), ("failure", "FAIL"), ("missing", "INCONCLUSIVE"), ("made up", "INCONCLUSIVE")],
)  # fmt: skip
def test_each_state_of_a_required_check_is_told_apart(state: str, verdict: str) -> None:
    checks = {"tests": "success", **({} if state == "missing" else {"lint": state})}
    found = judge_remote(stored(checks, "tests", "lint"), COMMIT)
    assert found.verdict == verdict
    said = "missing" if state == "made up" else state
    assert f"{said}: " in str(found.text)


@pytest.mark.parametrize(
    "kept",
    [
        stored({"lint": "success"}, "lint", commit=OTHER), stored({"lint": "success"}, "lint", commit=None),
        stored({"lint": "success"}), stored({}, "lint"), stored({"lint": "skipped"}, "lint"),
        stored({"lint": "success"}, "lint", whole=False), {},
    ],
)  # fmt: skip
def test_what_cannot_be_said_of_this_commit_is_open(kept: JSONObject) -> None:
    assert judge_remote(kept, COMMIT).verdict == "INCONCLUSIVE"


def test_a_check_that_nobody_requires_decides_nothing() -> None:
    assert judge_remote(stored({"lint": "success", "extra": "failure"}, "lint"), COMMIT).verdict == "PASS"


def test_of_two_answers_of_one_check_the_worse_counts() -> None:
    found = read_snapshot(runs(run("a", "success"), run("a", "failure"), run("a", "success")), where="f")
    assert found.checks == {"a": "failure"}


def test_a_pack_is_judged_again_and_its_own_word_is_not_asked() -> None:
    said: JSONObject = {"checks": [{"id": "A-REMOTE", "verdict": "PASS"}]}
    lying: JSONObject = {**said, "remote": stored({"lint": "failure"}, "lint")}
    assert remote_of({"observed": {"preflight_snapshot": lying}}, COMMIT) == "FAIL"
    assert remote_of({"observed": {"preflight_snapshot": said}}, COMMIT) is None
    assert remote_of({}, COMMIT) is None


def test_every_state_of_the_forge_is_one_of_ours() -> None:
    assert set(STATES.values()) == {"success", "skipped", "neutral", "pending", "cancelled", "failure"}

"""Duty 7 over a broker's answers: the sealed id, schema version and times must be the run's, and the file validates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from gonogo_agents.duties.finalize import finalize
from support.states import FakeAsk, sample_state, sealed_off

if TYPE_CHECKING:
    from gonogo_agents.duty import Result
    from gonogo_evidence.ids import JSON, JSONObject

pytestmark = pytest.mark.fast

DIGEST = "ab" * 32
PACK_ID = "EVP-4BM2-L0-20260109-001"
STAMPED: dict[str, JSON] = {
    "pack_id": PACK_ID,
    "schema_version": "1.0.0",
    "commit_time": "2026-01-09T09:58:01Z",
    "started": "2026-01-09T12:00:00Z",
    "finished": "2026-01-09T12:00:00Z",
}


def finalized(
    *,
    name: str = PACK_ID,
    validation: int = 0,
    rebuilt: str = DIGEST,
    trees: dict[str, JSON] | None = None,
    **stamped: JSON,
) -> Result:
    seal: dict[str, JSON] = {
        "pack_id": name,
        "core_digest": DIGEST,
        "pack_digest": DIGEST,
        "files": 7,
        "bytes": 1000,
        "summary_size": 100,
        "stamped": {**STAMPED, "pack_id": name, **stamped},
        "trees": trees or {"command": "seal", "broken": [], "tree": [], "tree_count": 0, "desk": [], "desk_count": 0},
    }
    verified: dict[str, JSON] = {"authentic": "PASS", "checks": 9, "exit_code": 0, "validation": validation}
    answers: dict[str, JSON] = {
        "evidence.seal": seal,
        "evidence.rebuild": {"core_digest": rebuilt},
        "evidence.verify": verified,
    }
    state = sample_state()
    with sealed_off():
        return finalize(state, FakeAsk(None, **answers))


def failed(result: Result) -> list[JSON]:
    checks = result.value["checks"]
    return [check["id"] for check in cast("list[JSONObject]", checks) if check["verdict"] != "PASS"]


def test_all_is_well() -> None:
    result = finalized()
    assert (result.verdict, failed(result)) == ("PASS", [])
    assert result.observed["stamped"] == STAMPED
    assert "stamped" not in result.value


@pytest.mark.parametrize(
    "stamped",
    [
        {"pack_id": "EVP-4BM2-L0-20260109-002"},
        {"schema_version": "1.0.1"},
        {"schema_version": None},
        {"commit_time": "2026-01-09T09:58:02Z"},
        {"started": "2026-01-09"},
        {"started": None},
        {"started": "2026-01-09T12:00:01Z"},
        {"finished": "2026-01-09T11:59:59Z"},
    ],
    ids=str,
)
def test_what_is_sealed_must_be_of_this_run(stamped: dict[str, Any]) -> None:
    result = finalized(**stamped)
    assert (result.verdict, failed(result)) == ("FAIL", ["F-IDS"])


@pytest.mark.parametrize(
    "name",
    ["EVP-4BM2-L1-20260109-001", "EVP-4BM3-L0-20260109-001", "EVP-4BM2-L0-20260110-001", "EVP-4BM2-L0-20260109-1", ""],
)
def test_the_name_is_made_of_phase_layer_date_and_number(name: str) -> None:
    assert failed(finalized(name=name)) == ["F-IDS"]


@pytest.mark.parametrize("code", [1, 2])
def test_a_single_file_that_does_not_validate_fails(code: int) -> None:
    assert failed(finalized(validation=code)) == ["E-VALIDATE"]


def test_another_core_fails() -> None:
    assert failed(finalized(rebuilt="cd" * 32)) == ["F-CANONICAL"]


def test_a_work_tree_that_is_not_the_commits_fails_at_the_seal() -> None:
    moved: dict[str, JSON] = {"tree": [{"path": "a.py", "how": "content"}], "tree_count": 1}
    assert failed(finalized(trees=moved)) == ["F-TREE"]
    earlier = finalized(trees={"tree_count": 0, "broken": ["own (1)"]})
    assert failed(earlier) == ["F-TREE"]
    assert "own (1) (step E, CI_GUARDIAN)" in str(earlier.value["checks"])
    assert failed(finalized(trees={"tree_count": 0, "desk": ["a.py"], "desk_count": 1})) == []

"""Duty 8: at most five findings, each pointing at evidence; two changes give two reviews; never silently empty."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, cast

import pytest

from gonogo_agents.duties.risk_review import risk_review
from gonogo_agents.pointers import follow, lead_somewhere
from gonogo_evidence import canonical
from gonogo_evidence.text import msg
from gonogo_policies.risks import Risk
from support.states import (
    CHANGE,
    DUTIES,
    FakeAsk,
    change_of,
    changed,
    gate,
    sample_inputs,
    sample_state,
    sealed_off,
    skipped_result,
)

if TYPE_CHECKING:
    from gonogo_agents.duty import Result
    from gonogo_evidence.ids import JSON

pytestmark = pytest.mark.fast
MODULE = importlib.import_module("gonogo_agents.duties.risk_review")
NOWHERE: tuple[tuple[dict[str, JSON], ...], ...] = (
    (),
    ({"file": "core/pack.json", "path": "$.nowhere"},),
    ({"path": "not/changed.py"},),
)


def reviewed(**case: Any) -> Result:  # noqa: ANN401 - as sample_state takes it
    state = sample_state(**case)
    with sealed_off():
        return risk_review(
            {name: state[name] for name in ("inputs", *DUTIES, "pack")}, FakeAsk(case.get("change", CHANGE))
        )


def value(made: Result) -> dict[str, Any]:
    return cast("dict[str, Any]", made.value)


def rules(made: Result) -> list[str]:
    return [risk["rule"] for risk in value(made)["risks"]]


def test_a_quiet_change_has_the_standing_risks_and_says_so() -> None:
    made = reviewed()
    assert made.verdict == "PASS"
    assert rules(made) == ["R-ISOLATION-NONE", "R-SMOKE-ONLY"]
    assert len(value(made)["findings"]) == 2
    assert value(made)["findings_dropped"] == 0
    canonical.dumps(made.value)


def test_two_changes_give_two_reviews() -> None:
    words, code = reviewed(change=change_of("docs/a.md")), reviewed(change=change_of("src/a.py", "uv.lock"))
    assert rules(words) != rules(code)
    assert value(words)["findings"] != value(code)["findings"]
    assert value(words)["mitigations"] != value(code)["mitigations"]


def test_five_findings_at_most_the_gravest_first_the_rest_counted() -> None:
    paths = ("config/live/x.toml", ".gonogo/gates.toml", "uv.lock", "src/a.py", ".github/workflows/ci.yml")
    made = reviewed(change=change_of(*paths, changed("b.bin", "D")), gates=[gate("Lint Gate", "FAIL")])
    findings = value(made)["findings"]
    assert len(findings) == 5
    assert value(made)["findings_more"] == value(made)["risks_count"] - 5 > 0
    severities = [finding["severity"] for finding in findings]
    assert severities == sorted(severities, reverse=True)
    assert findings[0]["severity"] == 20


def test_every_finding_points_at_something_that_is_there() -> None:
    made = reviewed(change=change_of("src/a.py", "uv.lock"), desk={"ahead": 2, "unstaged_count": 1})
    assert {"R-UNPUSHED", "R-DIRTY-DESK", "R-DEPENDENCIES"} <= set(rules(made))
    assert all(finding["pointers"] for finding in value(made)["findings"])
    assert value(made)["findings_dropped"] == 0


@pytest.mark.parametrize("pointers", NOWHERE)
def test_a_finding_without_evidence_is_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch, pointers: tuple[dict[str, JSON], ...]
) -> None:
    kept = Risk("R-KEPT", msg("seen"), msg("may"), 1, 1, msg("do"), ({"file": "core/pack.json", "path": "$.git_ref"},))
    bare = Risk("R-BARE", msg("felt"), msg("may"), 5, 5, msg("do"), pointers)
    monkeypatch.setattr(MODULE, "assess", lambda _: (bare, kept))
    made = reviewed()
    assert rules(made) == ["R-KEPT"]
    assert value(made)["findings_dropped"] == 1
    assert made.verdict == "PASS"
    monkeypatch.setattr(MODULE, "assess", lambda _: (bare,))
    assert reviewed().verdict == "INCONCLUSIVE"


def test_after_a_failure_the_review_still_has_evidence() -> None:
    made = reviewed(skip_after="preflight_snapshot", change=change_of("uv.lock"))
    assert made.verdict == "PASS"
    assert {"R-NOT-DONE", "R-DEPENDENCIES"} <= set(rules(made))
    assert value(made)["findings_dropped"] == 0


def test_where_nothing_was_done_nothing_can_be_weighed() -> None:
    state: dict[str, JSON] = {"inputs": sample_inputs(), **{field: skipped_result() for field in DUTIES}}
    made = risk_review(state, FakeAsk(CHANGE))
    assert made.verdict == "INCONCLUSIVE"
    assert "R-NOT-DONE" in rules(made)
    assert risk_review({}, FakeAsk()).verdict == "INCONCLUSIVE"


def test_a_change_that_could_not_be_asked_is_a_risk_of_its_own() -> None:
    made = risk_review(sample_state(), FakeAsk())
    assert "R-CHANGE-UNKNOWN" in rules(made)
    assert value(made)["change"] == {"known": False, "count": 0}


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ([gate("Lint Gate", "FAIL")], "Do not release"),
        ([gate("Lint Gate", "INCONCLUSIVE"), gate("tests")], "Lint Gate"),
        ([gate("Lint Gate")], "decide and sign"),
    ],
)
def test_the_operator_is_told_what_to_do(gates: list[JSON], said: str) -> None:
    actions = " ".join(action["text"] for action in value(reviewed(gates=gates))["actions"])
    assert said in actions


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("$", True),
        ("$.a", True),
        ("$.a[1].b", True),
        ("$.a[2]", False),
        ("$.a.b", False),
        ("$.a[01]", False),
        ("$.A", False),
        ("$a", False),
        ("a", False),
        ("$.a[1].b.c", False),
        ("$.n", True),
    ],
)
def test_a_pointer_is_followed_exactly(path: str, there: bool) -> None:
    assert follow({"a": [0, {"b": "x"}], "n": None}, path)[0] is there


def test_no_pointer_leads_nowhere() -> None:
    assert not lead_somewhere([], {}, None)
    assert not lead_somewhere([{"file": "core/other.json", "path": "$"}], {"core/pack.json": {}}, None)
    assert not lead_somewhere([{"path": None}], {}, change_of("a"))
    assert lead_somewhere([{"path": "a", "line": None, "blob": None}], {}, change_of("a"))

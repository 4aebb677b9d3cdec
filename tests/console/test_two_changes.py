"""Two changes in one repository give two plans and two risk reviews; an output that is missing fails the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.controls import Stage
from support.mutations import (
    Mutation,
    asking,
    handing_on,
    losing_reports,
    one_more_output,
    without_layer_outputs,
)

if TYPE_CHECKING:
    from gonogo_agents.duty import Ask, DutyBody, Result, View
    from support.controls import Played

FUNCTION = '''"""Sample."""

ANSWER = 43


def twice(number: int) -> int:
    """Double."""
    return 2 * number
'''
CODE = Mutation(
    "repository",
    "a function is added, and no test for it",
    files={"src/sample.py": FUNCTION},
)
WORDS = Mutation(
    "repository",
    "a page is written, and a dependency is pinned",
    files={"docs/guide.md": "# guide\n\nHow to begin.\n", "requirements/base.txt": "sample==1.0\n"},
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("changes"))


@pytest.fixture(scope="module")
def runs(stage: Stage) -> tuple[Played, Played]:
    return stage.before(CODE), stage.before(WORDS)


def plan_parts(run: Played) -> dict[str, Any]:
    """What of a plan must follow from the change itself; the commit's name is left out, since it always differs."""
    plan = run.document("core/run-plan.json")
    scope, gates = plan["scope"], plan["gates"]["gates"]
    return {
        "goal": {name: value for name, value in scope["goal"]["values"].items() if name != "commit"},
        "kinds": scope["change"]["kinds"],
        "focus": scope["focus"],
        "files": [file["path"] for file in scope["change"]["files"]],
        "shown": scope["assignment"]["reads"],
        "non-goals": [one["text"] for one in scope["non_goals"]],
        "abort": [(one["id"], one["text"]) for one in scope["abort"]],
        "gates": {gate["name"]: gate["applies"] for gate in gates},
        "gates' abort": plan["gates"]["abort"],
    }


def review_parts(run: Played) -> dict[str, Any]:
    """What of a risk review must follow from the change itself."""
    review = run.document("review/risk-review.json")
    return {
        "rules": sorted({risk["rule"] for risk in review["risks"]}),
        "findings": [(one["rule"], one["subject"], one["text"]) for one in review["findings"]],
        "mitigations": review["mitigations"],
    }


def test_two_changes_give_two_plans(runs: tuple[Played, Played]) -> None:
    code, words = map(plan_parts, runs)
    assert [part for part in code if code[part] == words[part]] == []
    assert code["kinds"] == {"python": 1}
    assert words["kinds"] == {"dependencies": 1, "docs": 1}
    assert (code["gates"]["Lint Gate"], words["gates"]["Lint Gate"]) == (True, False)
    assert (code["files"], words["files"]) == (["src/sample.py"], ["docs/guide.md", "requirements/base.txt"])


def test_two_changes_give_two_risk_reviews(runs: tuple[Played, Played]) -> None:
    code, words = map(review_parts, runs)
    assert [part for part in code if code[part] == words[part]] == []
    assert "R-TESTS-UNCHANGED" in code["rules"]
    assert "R-TESTS-UNCHANGED" not in words["rules"]
    assert "R-DEPENDENCIES" in words["rules"]
    assert "R-DEPENDENCIES" not in code["rules"]


def test_one_change_gives_one_plan_and_one_review(stage: Stage, runs: tuple[Played, Played]) -> None:
    """The other side of it: what differs above differs by the change, not by chance."""
    again = stage.play(CODE)
    assert again.document("core/run-plan.json") == runs[0].document("core/run-plan.json")
    assert review_parts(again) == review_parts(runs[0])


@pytest.mark.parametrize(
    ("mutation", "verdict", "recommendation"),
    [
        (Mutation("handed on", "lost", duty=asking("execution", losing_reports)), "FAIL", "NO-GO"),
        (Mutation("handed on", "one more", duty=handing_on("scope_plan", one_more_output)), "FAIL", "NO-GO"),
        (
            Mutation("handed on", "none planned", duty=handing_on("scope_plan", without_layer_outputs)),
            "INCONCLUSIVE",
            "GO-WITH-CONDITIONS",
        ),
    ],
    ids=lambda value: value.what if isinstance(value, Mutation) else None,
)
def test_a_missing_output_is_red(stage: Stage, mutation: Mutation, verdict: str, recommendation: str) -> None:
    run = stage.play(mutation)
    assert run.checks["D-OUTPUTS"] == verdict
    assert (run.verdict, run.recommendation) == (verdict, recommendation)
    review = run.document("review/recommendation.json")
    assert [one["id"] for one in review["blockers"] if one["id"] == "D-OUTPUTS"] == ["D-OUTPUTS"]
    assert {one["id"]: one["verdict"] for one in review["criteria"]}["5-FAIL-3"] == verdict


def test_an_output_deleted_behind_the_runs_back_is_never_sealed(stage: Stage) -> None:
    """The file was there at step D and is gone at F: an integrity error, no pack, and nothing to sign."""

    def around(body: DutyBody) -> DutyBody:
        def validate(view: View, ask: Ask) -> Result:
            (report,) = stage.newest().glob("home/.local/state/gonogo/*/runs/*/data/layer-smoke-report.json")
            report.unlink()
            return body(view, ask)

        return validate

    run = stage.play(Mutation("world", "deleted", duty=("validation", around)))
    assert (run.code, run.verdict, run.pack) == (6, None, None)

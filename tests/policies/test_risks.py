"""Named risk rules: each fires where it should and is silent where it should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence.text import msg
from gonogo_policies.risks import RULES, assess, facts_of
from support.states import (
    CHANGE,
    a_check,
    change_of,
    changed,
    gate,
    result,
    sample_inputs,
    sample_state,
    skipped_result,
    words,
)

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_policies.risks import Risk

pytestmark = pytest.mark.fast

QUIET = change_of("src/app/core.py", "tests/test_core.py")


def desk(**changes: JSON) -> dict[str, Any]:
    return {"desk": changes}


def fenced(level: str, **more: JSON) -> JSONObject:
    """A validation whose one gate ran so."""
    return result(observed={"tests (3.11)": {"fence": {"level": level, **more}}}, checks=[a_check("E-GATES")])


def red(field: str, verdict: str) -> dict[str, Any]:
    """One hard check of a duty that is not PASS."""
    return {field: result(verdict, checks=[a_check("A-ROOT", verdict)])}  # type: ignore[arg-type]


RENAMED = changed("docs/renamed.toml", "R", old_path="config/live/limits.toml")


BIG = change_of(*[f"src/m{number}.py" for number in range(51)], "tests/test_a.py")
LONG = change_of(changed("src/a.py", added=1500, deleted=501), "tests/test_a.py")
FIRES: dict[str, list[dict[str, Any]]] = {
    "R-TESTS-UNCHANGED": [{"change": change_of("src/a.py", "docs/a.md")}],
    "R-NO-GATE-READ-CHANGE": [
        {"gates": [gate("schema", read_change=False)]},
        {"gates": [gate("Lint Gate", checked=0)]},
        {"gates": [gate("Lint Gate", "INCONCLUSIVE")]},
    ],
    "R-GATE-FAILED": [{"gates": [gate("Lint Gate", "FAIL")]}, {"gates": [gate("soft", "FAIL", hard=False)]}],
    "R-GATE-INCONCLUSIVE": [{"gates": [gate("Lint Gate", "INCONCLUSIVE")]}],
    "R-CHECK-FAILED": [red("preflight_snapshot", "FAIL")],
    "R-CHECK-INCONCLUSIVE": [red("preflight_snapshot", "INCONCLUSIVE")],
    "R-NOT-DONE": [{"skip_after": "preflight_snapshot"}, {"execution": skipped_result()}],
    "R-DEPENDENCIES": [{"change": change_of("requirements/dev.txt")}, {"change": change_of("uv.lock")}],
    "R-CI-CHANGED": [{"change": change_of(".github/workflows/ci.yml")}],
    "R-TRUST-FILES": [
        {"change": change_of(".gonogo/gates.toml")},
        {"change": change_of(changed("x.toml", "R", old_path="config/signoff.toml"))},
    ],
    "R-LIVE-PATH": [{"change": change_of("config/live/limits.toml")}],
    "R-EXECUTION-PATH": [{"change": change_of("src/execution/order.py")}],
    "R-LARGE-CHANGE": [{"change": BIG}, {"change": LONG}],
    "R-WHOLE-TREE": [{"change": change_of("a.md", base=None, rule="whole-tree")}],
    "R-CHANGE-UNKNOWN": [{"change": None}],
    "R-DELETIONS": [{"change": change_of(changed("src/old.py", "D"))}],
    "R-DIRTY-DESK": [
        desk(unstaged=["a.py"], unstaged_count=1),
        desk(untracked_count=900, untracked=["x"] * 200),
        desk(staged=["a"], staged_count=1),
    ],
    "R-UNPUSHED": [desk(ahead=2)],
    "R-BEHIND": [desk(behind=1)],
    "R-SUBMODULE": [{"change": change_of(changed("vendor/lib", mode="160000", added=None))}],
    "R-LFS": [{"preflight_snapshot": result(lfs_pointers=["big.bin"], checks=[a_check("A-LIVE")])}],
    "R-BINARY": [{"change": change_of(changed("logo.png", added=None, deleted=None))}],
    "R-CONFIG-CHANGED": [{"change": change_of("config/app.toml")}],
    "R-DOCS-ONLY": [{"change": change_of("docs/a.md", "README.md")}],
    "R-SMOKE-ONLY": [{}],
    "R-ISOLATION-NONE": [{}],
    "R-GATES-OPEN": [
        {"pack": {"observed": {"stamped": {"isolation": "sealed"}}}},
        {"validation": fenced("fenced")},
        {"validation": fenced("process")},
        {"validation": fenced("none", why="It needs an agent's socket.")},
    ],
    "R-REFUSED": [{"refusals": [{"what": "default: no right", "where": "CI_GUARDIAN C gate.run"}]}],
    "R-LOOK-DIFFERS": [
        {"contributions": [{"looks": [{"gate": "Lint Gate", "verdict": "FAIL"}]}]},
        {"contributions": [{"looks": [{"gate": "Lint Gate", "verdict": one} for one in ("PASS", "?")]}]},
        {"contributions": [{"duty": 6, "verdict": "PASS", "role": "CI_GUARDIAN"}], "validation": {"verdict": "FAIL"}},
    ],
    "R-DESK-MOVED": [{"pack": {"observed": {"trees": {"desk": ["a.py"], "desk_count": 1}}}}],
    "R-SELF-START": [
        {"inputs": sample_inputs(commit_authors=["Op Erator <OPERATOR@example.org>"])},
        {"inputs": sample_inputs(operator_id="Ada Example")},
    ],
}
SILENT: dict[str, list[dict[str, Any]]] = {
    "R-TESTS-UNCHANGED": [
        {"change": QUIET},
        {"change": change_of("docs/a.md")},
        {"change": change_of("tests/test_a.py")},
    ],
    "R-CI-CHANGED": [{"change": change_of("docs/workflows.md")}],
    "R-CONFIG-CHANGED": [{"change": change_of("pyproject.toml")}, {"change": change_of(".github/workflows/ci.yml")}],
    "R-LARGE-CHANGE": [{"change": change_of(*[f"m{number}.py" for number in range(49)], "tests/test_a.py")}],
    "R-DELETIONS": [{"change": change_of(changed("a.md", "R", old_path="b.md"))}],
    "R-BINARY": [
        {"change": change_of(changed("vendor/lib", mode="160000", added=None))},
        {"change": change_of(changed("gone.png", "D", added=None))},
    ],
    "R-DOCS-ONLY": [{"change": change_of("docs/a.md", "src/a.py")}, {"change": {**change_of("docs/a.md"), "count": 2}}],
    "R-NO-GATE-READ-CHANGE": [{"gates": [gate("Lint Gate", "FAIL")]}, {"skip_after": "scope_plan"}],
    "R-GATE-FAILED": [{"gates": [gate("Lint Gate", "NOT_APPLICABLE")]}],
    "R-CHECK-FAILED": [{"gates": [gate("Lint Gate", "FAIL")]}],  # the gate's own rule says it
    "R-SMOKE-ONLY": [{"inputs": sample_inputs(mode="replay"), "execution": result(checks=[a_check("D-INPUTS")])}],
    "R-ISOLATION-NONE": [{"pack": {"observed": {"stamped": {"isolation": "process"}}}}],
    "R-GATES-OPEN": [{}],
    "R-LOOK-DIFFERS": [
        {"contributions": [{"looks": [{"gate": "Lint Gate", "verdict": "PASS"}, {"gate": "none", "verdict": "FAIL"}]}]},
        {"contributions": [{"duty": 6, "verdict": "PASS", "role": "CI_GUARDIAN"}]},
        {"contributions": [{"duty": 6, "verdict": "FAIL", "role": "CI_GUARDIAN"}], "validation": {"verdict": "FAIL"}},
    ],
    "R-DESK-MOVED": [{"pack": {"observed": {"trees": {"desk": None, "tree_count": 1}}}}],
    "R-SELF-START": [{"inputs": sample_inputs(commit_authors=[])}, {"inputs": sample_inputs(operator_id="")}],
    "R-WHOLE-TREE": [{"change": None}],
    "R-LIVE-PATH": [{"inputs": sample_inputs(guardrails={}), "change": change_of("config/live/x.toml")}],
}


def assessed(case: dict[str, Any]) -> tuple[Risk, ...]:
    change = case.get("change", QUIET)
    known = {name: value for name, value in case.items() if name != "refusals"}
    state = sample_state(**{**known, "change": change or QUIET})
    return assess(facts_of(state, change, case.get("refusals", ())))


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, cases in FIRES.items() for case in cases])
def test_a_rule_fires(rule: str, case: dict[str, Any]) -> None:
    risks = [risk for risk in assessed(case) if risk.rule == rule]
    assert len(risks) == 1
    assert risks[0].pointers
    assert str(risks[0].mitigation).endswith((".", "base."))
    assert "{" not in f"{risks[0].finding}{risks[0].text}{risks[0].mitigation}"


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, cases in SILENT.items() for case in cases])
def test_a_rule_is_silent(rule: str, case: dict[str, Any]) -> None:
    assert rule not in {risk.rule for risk in assessed(case)}


@pytest.mark.parametrize("rule", sorted(set(FIRES) - set(SILENT)))
def test_a_rule_is_silent_on_a_quiet_run(rule: str) -> None:
    assert rule not in {risk.rule for risk in assessed({})}


def test_every_rule_is_tried() -> None:
    named = {word for rule in RULES for word in (rule.__doc__ or "").replace(",", " ").replace(":", " ").split()}
    assert {word for word in named if word.startswith("R-")} == set(FIRES)


def test_the_gravest_comes_first_and_the_order_is_always_the_same() -> None:
    case = {
        "change": change_of("config/live/x.toml", "uv.lock", "src/a.py"),
        "gates": [gate("a", "FAIL"), gate("b", "FAIL")],
    }
    risks = assessed(case)
    severities = [risk.severity for risk in risks]
    assert severities == sorted(severities, reverse=True)
    assert [risk.subject for risk in risks if risk.rule == "R-GATE-FAILED"] == ["a", "b"]
    assert risks == assessed(case)


def test_a_hard_gate_weighs_more_than_a_soft_one() -> None:
    risks = assessed({"gates": [gate("soft", "FAIL", hard=False), gate("hard", "FAIL")]})
    weights = {risk.subject: risk.severity for risk in risks if risk.rule == "R-GATE-FAILED"}
    assert weights["hard"] > weights["soft"]


def test_a_gate_without_findings_gives_its_own_reason() -> None:
    bare = gate("Lint Gate", "FAIL", findings=[], findings_count=0, reason=words(msg("exit code {code}", code=1)))
    risk = next(risk for risk in assessed({"gates": [bare]}) if risk.rule == "R-GATE-FAILED")
    assert str(risk.finding) == "exit code 1"


def test_pointers_lead_into_the_plan_and_without_one_into_the_commit() -> None:
    change = change_of("docs/a.md", "uv.lock")
    planned = next(r for r in assessed({"change": change}) if r.rule == "R-DEPENDENCIES")
    assert planned.pointers == ({"file": "core/run-plan.json", "path": "$.scope.change.files[1]"},)
    bare = next(
        r for r in assessed({"change": change, "skip_after": "preflight_snapshot"}) if r.rule == "R-DEPENDENCIES"
    )
    assert bare.pointers[0]["path"] == "uv.lock"


def test_likelihood_and_impact_stay_inside_the_matrix() -> None:
    from gonogo_policies.risks import Risk

    with pytest.raises(ValueError, match="1 to 5"):
        Risk("R-X", msg("x"), msg("x"), 6, 1, msg("x"), ())


def test_a_path_that_cannot_be_placed_counts_as_guarded() -> None:
    facts = facts_of(sample_state(), change_of("a/../config"))
    assert facts.guarded("trust") == ("a/../config",)


def test_what_is_no_change_is_not_known() -> None:
    assert facts_of({}, {"files": "x"}).change is None
    assert facts_of({}, CHANGE).change is CHANGE


def test_what_breaks_is_told_before_style() -> None:
    style: dict[str, JSON] = {"path": "a.py", "line": 1, "code": "CPY001", "message": "no notice", "fingerprint": "1"}
    breaks: dict[str, JSON] = {"path": "a.py", "line": 9, "code": "F821", "message": "undefined", "fingerprint": "2"}
    failed: dict[str, JSON] = {**gate("Lint Gate", "FAIL"), "findings": [style, breaks], "findings_count": 2}
    told = next(risk for risk in assess(facts_of(sample_state(gates=[failed]), CHANGE)) if risk.rule == "R-GATE-FAILED")
    assert "a.py:9 F821" in str(told.finding)


def test_a_whole_tree_is_not_called_a_large_change() -> None:
    files = [f"src/m{number}.py" for number in range(60)]
    whole = change_of(*files, base=None, rule="whole-tree")
    rules = {risk.rule for risk in assess(facts_of(sample_state(), whole))}
    assert "R-WHOLE-TREE" in rules
    assert "R-LARGE-CHANGE" not in rules


def test_a_renamed_guarded_file_is_named_with_both_names_and_counted_once() -> None:
    for file, said in (
        (RENAMED, "1 (config/live/limits.toml -> docs/renamed.toml)"),
        (
            changed("config/live/b.toml", "R", old_path="config/live/a.toml"),
            "1 (config/live/a.toml -> config/live/b.toml)",
        ),
    ):
        change = change_of(file, "config/other.md")
        (risk,) = (one for one in assess(facts_of(sample_state(change=change), change)) if one.rule == "R-LIVE-PATH")
        assert said in str(risk.finding)
        assert risk.pointers

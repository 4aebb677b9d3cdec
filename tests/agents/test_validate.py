"""Duty 6: the planned gates are run, the draft is looked at, and nothing planned is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from gonogo_agents.duties.gate_plan import gate_plan, plan_digest
from gonogo_agents.duties.validate import validate
from gonogo_evidence import canonical, schema
from gonogo_evidence.errors import Inconclusive, Refused
from gonogo_evidence.text import msg
from gonogo_policies.gates.pack import INPUT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo_agents.duty import Result

pytestmark = pytest.mark.fast

LINT = {"name": "Lint Gate", "kind": "ruff", "hard": True, "trigger": {"python": ["**/*.py"]}, "paths": ["."]}
TESTS = {
    "name": "tests (3.11)",
    "kind": "command",
    "hard": True,
    "origin": "trust",
    "argv": ["pytest"],
    "output": "pytest",
}
PACK = [{"name": name, "kind": "pack", "hard": True} for name in ("schema", "required-fields")]
OUTPUT = {"path": "data/layer-smoke-report.json", "duty": 5, "media_type": "application/json"}
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def closed_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """A duty opens nothing, calls nobody, starts nothing; the schema was read before, as a worker has it."""
    schema.check("validator-report", {})

    def forbidden(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a duty touched the world")

    for name in ("builtins.open", "io.open", "os.open", "socket.socket", "subprocess.Popen"):
        monkeypatch.setattr(name, forbidden)


def answer(name: str, verdict: str = "PASS", **more: object) -> Json:
    failed = [{"path": "a.py", "line": 1, "code": "F821", "message": "m", "fingerprint": "0" * 16}]
    findings = failed if verdict == "FAIL" else []
    return {
        "name": name,
        "step": "E",
        "hard": True,
        "verdict": verdict,
        "checked": 3,
        "unit": "files",
        "read_change": True,
        "findings": findings,
        "findings_count": len(findings),
        "reason": msg("said {name}", name=name).json(),
        "reason_code": None,
        "trigger": msg("t").json(),
        "files": ["a.py"],
        "files_count": 1,
        "observed": {"tool": "x", "duration_ms": 12},
        **more,
    }


def make_view(gates: list[Json], *paths: str) -> Json:
    """A run up to duty 6, with the plan that duty 4 makes of these gates."""
    files = [{"path": path, "old_path": None, "status": "M", "mode": "100644"} for path in paths or ("a.py",)]
    change = {"base": "b" * 40, "rule": "option", "files": files, "count": len(files)}
    view: Json = {
        "inputs": {**dict.fromkeys(INPUT_FIELDS, "x"), "gates": gates},
        "preflight_snapshot": {"verdict": "PASS", "value": {"root": "."}, "observed": {}},
        "inventory": {"verdict": "PASS", "value": {"facts": [], "counts": {}}, "observed": {}},
        "scope_plan": {"verdict": "PASS", "value": {"goal": "g", "outputs": [OUTPUT]}, "observed": {}},
        "execution": {
            "verdict": "PASS",
            "value": {"outputs": [{"path": OUTPUT["path"], "sha256": "0" * 64, "size": 9}]},
            "observed": {},
        },
    }
    planned = gate_plan(view, lambda *_, **__: change)  # type: ignore[arg-type]  # plain JSON
    return {**view, "gate_plan": {"verdict": planned.verdict, "value": planned.value, "observed": {}}}


def run(view: Json, **answers: object) -> tuple[Result, list[str]]:
    """Validate with a broker that answers as told; ``Lint Gate`` is ``lint``, ``tests (3.11)`` is ``tests``."""
    names = {"Lint Gate": "lint", "tests (3.11)": "tests"}
    asked: list[str] = []

    def ask(verb: str, /, **arguments: Any) -> object:  # noqa: ANN401 - whatever a duty asks
        assert verb == "gate.run"
        asked.append(arguments["name"])
        told = answers.get(names[arguments["name"]], answer(arguments["name"]))
        if isinstance(told, Exception):
            raise told
        return told

    return validate(view, ask), asked  # type: ignore[arg-type]  # plain JSON


def value_of(result: Result) -> Any:  # noqa: ANN401 - plain JSON
    return result.value


def gates_of(result: Result) -> dict[str, Json]:
    return {gate["name"]: gate for gate in value_of(result)["gates"]}


def checks_of(result: Result) -> dict[str, Json]:
    return {check["id"]: check for check in value_of(result)["checks"]}


def test_everything_green() -> None:
    result, asked = run(make_view([*PACK, TESTS, LINT]))
    assert result.verdict == "PASS"
    assert asked == ["Lint Gate", "tests (3.11)"], "what only reads comes before what may write"
    assert list(gates_of(result)) == ["schema", "required-fields", "tests (3.11)", "Lint Gate"]
    assert {name: check["verdict"] for name, check in checks_of(result).items()} == dict.fromkeys(
        (
            "E-GATES",
            "E-SCHEMA",
            "E-FIELDS",
            "E-OUTPUTS",
            "E-PLAN",
            "GATE-SCHEMA",
            "GATE-REQUIRED-FIELDS",
            "GATE-TESTS",
            "GATE-LINT",
        ),
        "PASS",
    )
    assert result.value["counts"] == {"PASS": 4, "FAIL": 0, "INCONCLUSIVE": 0, "NOT_APPLICABLE": 0, "findings": 0}


def test_the_report_fits_its_schema_and_holds_nothing_observed() -> None:
    result, _ = run(make_view([*PACK, LINT, TESTS]), tests=answer("tests (3.11)", "FAIL"))
    assert not schema.check("validator-report", result.value)
    assert "duration_ms" not in canonical.dumps(result.value).decode()
    assert result.observed["Lint Gate"] == {"tool": "x", "duration_ms": 12}


def test_observations_do_not_change_the_report() -> None:
    slow = answer("Lint Gate", observed={"duration_ms": 9999})
    assert run(make_view([LINT]), lint=slow)[0].value == run(make_view([LINT]))[0].value


def test_a_hard_failure_fails_and_points_at_the_gate() -> None:
    result, _ = run(make_view([*PACK, LINT]), lint=answer("Lint Gate", "FAIL"))
    assert result.verdict == "FAIL"
    assert checks_of(result)["E-GATES"]["pointers"] == [{"file": "core/validator-report.json", "path": "$.gates[2]"}]
    assert value_of(result)["counts"]["findings"] == 1


@pytest.mark.parametrize("verdict", ["FAIL", "INCONCLUSIVE"])
def test_a_soft_gate_never_decides(verdict: str) -> None:
    soft = {**TESTS, "hard": False}
    result, _ = run(make_view([LINT, soft]), tests=answer("tests (3.11)", verdict, reason_code="X"))
    assert result.verdict == "PASS"
    assert gates_of(result)["tests (3.11)"]["hard"] is False
    assert gates_of(result)["tests (3.11)"]["verdict"] == verdict


def test_only_documentation_changed_proves_nothing() -> None:
    result, asked = run(make_view([*PACK, LINT], "README.md"))
    assert asked == []
    assert result.verdict == "INCONCLUSIVE"
    assert gates_of(result)["Lint Gate"]["verdict"] == "NOT_APPLICABLE"
    assert gates_of(result)["Lint Gate"]["files"] == ["README.md"]
    assert "No gate read the changed files" in str(checks_of(result)["E-GATES"]["text"])


def test_checks_of_our_own_pack_do_not_count_as_gates() -> None:
    assert run(make_view(PACK))[0].verdict == "INCONCLUSIVE"


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        answer("another"),
        answer("Lint Gate", "MAYBE"),
        answer("Lint Gate", checked="3"),
        answer("Lint Gate", checked=0),
        answer("Lint Gate", checked=-1),
        answer("Lint Gate", findings_count=2),
        answer("Lint Gate", reason="fine"),
        answer("Lint Gate", "NOT_APPLICABLE"),
    ],
)
def test_an_answer_that_cannot_be_believed_is_inconclusive(told: object) -> None:
    result, _ = run(make_view([LINT, TESTS]), lint=told)
    gate = gates_of(result)["Lint Gate"]
    assert gate["verdict"] == "INCONCLUSIVE"
    assert gate["reason_code"]
    assert result.verdict == "INCONCLUSIVE"


def test_an_answer_cannot_make_a_hard_gate_soft() -> None:
    result, _ = run(make_view([LINT, TESTS]), lint=answer("Lint Gate", "FAIL", hard=False))
    assert result.verdict == "FAIL"


def test_one_gate_that_cannot_be_asked_does_not_stop_the_others() -> None:
    error = Refused("SCOPE_DENIED", msg("not this role"))
    result, asked = run(make_view([LINT, TESTS]), lint=error)
    assert asked == ["Lint Gate", "tests (3.11)"]
    gate = gates_of(result)["Lint Gate"]
    assert (gate["verdict"], gate["reason_code"], gate["reason"]["text"]) == (
        "INCONCLUSIVE",
        "SCOPE_DENIED",
        "not this role",
    )
    assert gates_of(result)["tests (3.11)"]["verdict"] == "PASS"
    assert result.verdict == "INCONCLUSIVE"


def test_a_full_disk_stops_the_run_instead_of_ending_it() -> None:
    with pytest.raises(Inconclusive, match="DISK_FULL"):
        run(make_view([LINT]), lint=Inconclusive("DISK_FULL", msg("full")))


def lose_gate(view: Json) -> None:
    view["gate_plan"]["value"]["gates"].pop()


def replan_without_a_gate(view: Json) -> None:
    plan = view["gate_plan"]["value"]
    plan["gates"].pop()
    plan["plan_digest"] = plan_digest(view["scope_plan"]["value"], plan["gates"])


def edit_plan(view: Json) -> None:
    view["gate_plan"]["value"]["gates"][0]["applies"] = False


def edit_scope(view: Json) -> None:
    view["scope_plan"]["value"] = {"goal": "another", "outputs": [OUTPUT]}


def lose_output(view: Json) -> None:
    view["execution"]["value"]["outputs"] = []


def empty_output(view: Json) -> None:
    view["execution"]["value"]["outputs"][0]["size"] = 0


def lose_operator(view: Json) -> None:
    view["inputs"]["operator_id"] = ""


def lose_preflight(view: Json) -> None:
    del view["preflight_snapshot"]


@pytest.mark.parametrize(
    ("break_it", "check"),
    [
        (lose_gate, "E-PLAN"),
        (lose_gate, "E-GATES"),
        (replan_without_a_gate, "E-PLAN"),
        (replan_without_a_gate, "E-GATES"),
        (edit_plan, "E-PLAN"),
        (edit_scope, "E-PLAN"),
        (lose_output, "E-OUTPUTS"),
        (empty_output, "E-OUTPUTS"),
        (lose_operator, "E-FIELDS"),
        (lose_preflight, "E-FIELDS"),
    ],
)
def test_each_control_has_a_mutation_that_turns_it_red(break_it: Callable[[Json], None], check: str) -> None:
    view = make_view([*PACK, LINT, TESTS])
    assert checks_of(run(view)[0])[check]["verdict"] == "PASS"
    break_it(view)
    result, _ = run(view)
    assert checks_of(result)[check]["verdict"] == "FAIL"
    assert result.verdict == "FAIL"


def test_a_schema_problem_turns_e_schema_red(monkeypatch: pytest.MonkeyPatch) -> None:
    view = make_view([*PACK, LINT])
    real = schema.check
    problem = [schema.SchemaProblem("$.gates", "not so")]
    monkeypatch.setattr(schema, "check", lambda name, value: problem if len(value["gates"]) != 1 else real(name, value))
    view["inputs"]["gates"] = view["inputs"]["gates"][:2]
    assert checks_of(run(view)[0])["E-SCHEMA"]["verdict"] == "FAIL"


def test_without_a_plan_nothing_is_green() -> None:
    view = make_view([*PACK, LINT])
    view["gate_plan"] = {
        "verdict": "INCONCLUSIVE",
        "value": {"skipped": True, "reason": msg("x").json()},
        "observed": {},
    }
    result, asked = run(view)
    assert asked == []
    assert result.verdict == "FAIL"
    assert checks_of(result)["E-PLAN"]["verdict"] == "INCONCLUSIVE"


def test_earlier_fields_may_all_be_skipped() -> None:
    skipped = {"verdict": "INCONCLUSIVE", "value": {"skipped": True, "reason": msg("x").json()}, "observed": {}}
    view = {**dict.fromkeys(make_view([LINT]), skipped), "inputs": make_view([LINT])["inputs"]}
    assert run(view)[0].verdict == "FAIL"


def with_trees(**trees: object) -> Json:
    told = answer("tests (3.11)")
    quiet: Json = {"command": "tests (3.11)", "tree": [], "tree_count": 0, "between": [], "between_count": 0}
    told["observed"] = {**told.get("observed", {}), "trees": {**quiet, "desk": [], "desk_guarded": [], **trees}}
    return told


def test_a_gate_that_changes_the_work_tree_fails_the_run_and_is_named() -> None:
    view = make_view([*PACK, TESTS, LINT])
    result, _ = run(view, tests=with_trees())
    assert (result.verdict, checks_of(result)["E-TREE"]["verdict"]) == ("PASS", "PASS")
    result, _ = run(view, tests=with_trees(tree=[{"path": "a\n.py", "how": "content"}], tree_count=1))
    assert (result.verdict, checks_of(result)["E-TREE"]["verdict"]) == ("FAIL", "FAIL")
    words = checks_of(result)["E-TREE"]["text"]["text"]
    assert words == "tests (3.11) changed the run's work tree (step E, CI_GUARDIAN): a .py (content)."
    result, _ = run(view, tests=with_trees(between=[{"path": "b", "how": "new"}], between_count=1))
    assert result.verdict == "FAIL"
    assert "by no command of the run" in checks_of(result)["E-TREE"]["text"]["text"]


def test_a_soft_gate_may_not_change_it_either() -> None:
    soft = {**TESTS, "hard": False}
    changed = with_trees(tree=[{"path": "a", "how": "new"}], tree_count=1)
    assert run(make_view([*PACK, soft, LINT]), tests=changed)[0].verdict == "FAIL"


def test_the_desk_is_only_told_of_where_hooks_or_configuration_changed_under_a_gate() -> None:
    view = make_view([*PACK, TESTS, LINT])
    result, _ = run(view, tests=with_trees(desk=["a.py", "git: index"], desk_count=2))
    assert result.verdict == "PASS"
    assert "E-DESK" not in checks_of(result), "what somebody types meanwhile is no part of the core"
    result, _ = run(view, tests=with_trees(desk_guarded=["git: hooks"]))
    assert (result.verdict, checks_of(result)["E-DESK"]["verdict"]) == ("FAIL", "FAIL")

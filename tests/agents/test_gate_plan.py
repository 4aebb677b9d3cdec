"""Duty 4: which gates apply to a change, and why the others do not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from gonogo_agents.duties.gate_plan import ci_facts, gate_plan, plan_digest
from gonogo_evidence import canonical
from gonogo_evidence.errors import IntegrityBroken
from gonogo_policies.config.gates import Gate

if TYPE_CHECKING:
    from gonogo_agents.duty import Result

pytestmark = pytest.mark.fast

GATES_FILE = Path(__file__).parents[2] / "config" / "gates.toml"
ENROLLED = ["{python}", "-m", "pytest", "-q"]


@pytest.fixture(autouse=True)
def closed_world(monkeypatch: pytest.MonkeyPatch, declared: list[dict[str, object]]) -> None:
    """A duty opens nothing, calls nobody, starts nothing."""
    del declared

    def forbidden(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a duty touched the world")

    for name in ("builtins.open", "io.open", "os.open", "socket.socket", "subprocess.Popen"):
        monkeypatch.setattr(name, forbidden)


@pytest.fixture
def declared() -> list[dict[str, object]]:
    """The shipped gates, as a run freezes them."""
    entries = tomllib.loads(GATES_FILE.read_text())["gate"]
    return [Gate.model_validate({**entry, "origin": "packaged"}).model_dump(mode="json") for entry in entries]


def file(path: str, status: str = "M") -> dict[str, object]:
    return {"path": path, "old_path": None, "status": status, "mode": "100644", "blob": "0" * 40}


def plan(
    declared: list[dict[str, object]],
    *paths: str,
    inventory: object = None,
    scope: object = None,
    config: object = None,
) -> Result:
    change = {"base": "b" * 40, "rule": "option", "files": [file(path) for path in paths], "count": len(paths)}
    facts = {"facts": [], "counts": {}} if inventory is None else inventory
    view = {
        "inputs": {"gates": declared, "config": config},
        "inventory": {"verdict": "PASS", "value": facts, "observed": {}},
        "scope_plan": {"verdict": "PASS", "value": scope or {"goal": "g"}, "observed": {}},
    }

    def ask(verb: str, /, **arguments: object) -> object:
        assert (verb, arguments) == ("git.query", {"query": "change"})
        return change

    return gate_plan(view, ask)  # type: ignore[arg-type]  # plain JSON


def value_of(result: Result) -> Any:  # noqa: ANN401 - plain JSON
    return result.value


def by_name(result: Result) -> dict[str, Any]:
    return {gate["name"]: gate for gate in value_of(result)["gates"]}


def test_documentation_alone(declared: list[dict[str, object]]) -> None:
    result = plan(declared, "README.md")
    gates = by_name(result)
    assert result.verdict == "PASS"
    assert result.value["reads_change"] is True
    applying = {name for name, gate in gates.items() if gate["applies"]}
    assert applying == {"schema", "required-fields", "docs-reference-targets-gate"}
    assert gates["Lint Gate"]["files"] == ["README.md"]
    assert result.value["change"] == {"files": 1, "docs_only": True, "whole_tree": False}
    canonical.dumps(result.value)


def test_python_brings_the_lint_gate(declared: list[dict[str, object]]) -> None:
    result = plan(declared, "src/a.py")
    lint = by_name(result)["Lint Gate"]
    assert lint["applies"]
    assert lint["reads_change"]
    assert lint["files"] == ["src/a.py"]
    assert result.value["reads_change"] is True


def test_two_changes_two_plans(declared: list[dict[str, object]]) -> None:
    assert plan(declared, "a.py").value["plan_digest"] != plan(declared, "README.md").value["plan_digest"]
    assert plan(declared, "a.py").value["plan_digest"] != plan(declared, "b.py").value["plan_digest"]
    assert plan(declared, "a.py").value == plan(declared, "a.py").value


def test_the_digest_is_over_the_scope_too(declared: list[dict[str, object]]) -> None:
    one, other = plan(declared, "a.py"), plan(declared, "a.py", scope={"goal": "another"})
    assert one.value["plan_digest"] != other.value["plan_digest"]
    assert one.value["plan_digest"] == plan_digest({"goal": "g"}, one.value["gates"])  # type: ignore[arg-type]  # a list


def test_nothing_enrolled_and_then_enrolled(declared: list[dict[str, object]]) -> None:
    tests = by_name(plan(declared, "src/a.py"))["tests (3.11)"]
    assert not tests["applies"]
    assert "gonogo init" in str(tests["why"])
    entry = next(gate for gate in declared if gate["name"] == "tests (3.11)")
    entry.update(argv=ENROLLED, origin="trust")
    tests = by_name(plan(declared, "src/a.py"))["tests (3.11)"]
    assert tests["applies"]
    assert tests["reads_change"]
    assert not by_name(plan(declared, "docs/a.md"))["tests (3.11)"]["applies"]


def test_no_gate_at_all_is_no_plan() -> None:
    result = plan([], "a.py")
    assert result.verdict == "INCONCLUSIVE"
    assert [check["verdict"] for check in value_of(result)["checks"]] == ["INCONCLUSIVE"] * 2


def test_one_name_twice_is_no_plan(declared: list[dict[str, object]]) -> None:
    assert plan([*declared, declared[0]], "a.py").verdict == "FAIL"


def test_every_gate_that_does_not_apply_has_earned_it(declared: list[dict[str, object]]) -> None:
    inventory = {"facts": [fact("ci-workflow", "ci", {})], "counts": {"ci-workflow": 1}}
    for name, gate in by_name(plan(declared, "Makefile", inventory=inventory)).items():
        if not gate["applies"]:
            assert gate["trigger"], name
            assert gate["why"], name
            assert gate["files"], name


def test_a_change_that_nobody_can_read_stops_the_duty(declared: list[dict[str, object]]) -> None:
    view = {"inputs": {"gates": declared}}
    with pytest.raises(IntegrityBroken, match="CHANGE_SHAPE"):
        gate_plan(view, lambda *_, **__: None)  # type: ignore[arg-type]  # plain JSON


def fact(kind: str, name: str, value: object, line: int = 7) -> dict[str, Any]:
    path = ".github/workflows/ci.yml"
    return {"kind": kind, "name": name, "path": path, "line": line, "blob": "0" * 40, "value": value}


def job(contexts: list[str] | None, **value: object) -> dict[str, Any]:
    return fact("ci-job", "j", {"contexts": contexts, "id": "build", "name": None, **value})


@pytest.mark.parametrize(
    ("jobs", "path", "applies"),
    [
        (["strategy-smoke"], "config/strategies/a.toml", True),
        (["strategy-smoke"], "uv.lock", False),
        (["another"], "config/strategies/a.toml", False),
    ],
)
def test_gates_that_nobody_enrolled_and_this_ci_has(
    declared: list[dict[str, object]], jobs: list[str], path: str, *, applies: bool
) -> None:
    inventory = {"facts": [job(jobs)], "counts": {"ci-job": 1}}
    gate = by_name(plan(declared, path, inventory=inventory))["strategy-smoke"]
    assert (gate["applies"], gate["files"]) == (applies, [path])
    assert gate["reads_change"] is False


@pytest.mark.parametrize(
    ("value", "name", "has"),
    [
        ({"name": "tests (${{ matrix.python }})"}, "tests (3.10)", True),
        ({"name": "tests (${{ matrix.python }})"}, "audit", False),
        ({"name": None, "id": "tests"}, "tests (3.10)", True),
        ({"name": "${{ matrix.what }}", "id": "audit"}, "audit", True),
    ],
)
def test_a_job_whose_name_only_ci_can_work_out_may_be_the_one(value: dict[str, object], name: str, has: bool) -> None:
    found = ci_facts({"facts": [job(None, **value)], "counts": {"ci-job": 1}})
    assert found is not None
    assert (name in found.contexts) is has


def test_an_inventory_that_was_skipped_or_cut_short_says_nothing() -> None:
    assert ci_facts({"skipped": True}) is None
    assert ci_facts({"facts": [], "counts": {"ci-job": 600}}) is None


def test_the_plan_says_which_file_declares_which_gates(declared: list[dict[str, object]]) -> None:
    files = {
        "gates.toml": {"sha256": "0" * 64, "origin": "packaged"},
        "gates.toml@trust": {"sha256": "1" * 64, "origin": "trust"},
        "layers.toml": {"sha256": "2" * 64, "origin": "packaged"},
    }
    planned = [gate["name"] for gate in declared if gate["step"] == "E"]
    own = {**declared[-1], "name": "our own", "origin": "trust"}
    found = plan([*declared, own], "src/x.py", config=files).value["declared"]
    assert found == [
        {"file": "gates.toml", **files["gates.toml"], "gates": planned},
        {"file": "gates.toml@trust", **files["gates.toml@trust"], "gates": ["our own"]},
    ]

"""The audit gate over trees: snapshots, ages, who may bring one, and locks that cannot be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_policies.gates import Declaration, PlanContext, make_gate
from gonogo_policies.gates.declaration import AuditSettings
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.change import Change
    from gonogo_policies.gates import GateResult

pytestmark = pytest.mark.fast

LOCK = "fine==3.0\nleaky==1.5\n"
RECORD = {"id": "PYSEC-1", "affected": [{"package": {"name": "leaky", "ecosystem": "PyPI"}, "versions": ["1.5"]}]}
TRIGGER = {"dependencies": ("**/requirements.txt", "**/pyproject.toml", "**/setup.py", "advisories.json")}


def snapshot(day: str = "2026-01-08", *records: object, **more: object) -> str:
    head = {"schema": "gonogo/advisories/v1", "ecosystem": "PyPI", "as_of": f"{day}T00:00:00Z", "source": "s"}
    return json.dumps({**head, "advisories": list(records) or [RECORD], **more})


def run(tmp_path: Path, files: dict[str, str], change: Change | None = None, **settings: Any) -> GateResult:  # noqa: ANN401 - any setting
    tree = write(tmp_path / "tree", files)
    audit = AuditSettings(**{"service": "none", "snapshot": "advisories.json", **settings})
    gate = Declaration("audit", "audit", hard=True, origin="trust", trigger=TRIGGER, audit=audit, exclude=("tests/**",))
    return make_gate(gate).run(surroundings(tree, gate, change or changed("requirements.txt")))


def test_a_snapshot_names_what_is_vulnerable_and_says_of_when_it_is(tmp_path: Path) -> None:
    result = run(tmp_path, {"requirements.txt": LOCK, "advisories.json": snapshot()})
    assert (result.verdict, result.checked) == ("FAIL", 2)
    (finding,) = result.findings
    assert (finding.path, finding.line, finding.message) == (
        "requirements.txt",
        2,
        "leaky 1.5: PYSEC-1, no fix is known",
    )
    assert "snapshot of 2026-01-08 with 1 advisories" in str(result.reason)


def test_a_snapshot_passes_what_it_knows_nothing_against(tmp_path: Path) -> None:
    result = run(tmp_path, {"requirements.txt": "fine==3.0\n", "advisories.json": snapshot()})
    assert (result.verdict, result.checked, result.read_change) == ("PASS", 1, True)


@pytest.mark.parametrize(
    ("day", "verdict"),
    [("2026-01-01", "INCONCLUSIVE"), ("2026-01-03", "PASS"), ("2026-01-10", "PASS"), ("2026-01-12", "INCONCLUSIVE")],
)
def test_a_snapshot_grows_old_and_none_is_of_the_future(tmp_path: Path, day: str, verdict: str) -> None:
    text = snapshot(day).replace("T00:00:00Z", "T12:00:00Z")
    result = run(tmp_path, {"requirements.txt": "fine==3.0\n", "advisories.json": text})
    assert result.verdict == verdict
    assert result.reason_code == (None if verdict == "PASS" else "GATE_SNAPSHOT")


def test_a_snapshot_that_the_change_brings_proves_nothing(tmp_path: Path) -> None:
    files = {"requirements.txt": "fine==3.0\n", "advisories.json": snapshot()}
    result = run(tmp_path, files, changed("requirements.txt", "advisories.json"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_SNAPSHOT")


def test_a_snapshot_outside_of_the_tree(tmp_path: Path) -> None:
    write(tmp_path / "own", {"a/advisories.json": snapshot()})
    for place in ("~/a/advisories.json", str(tmp_path / "own" / "a" / "advisories.json")):
        assert run(tmp_path, {"requirements.txt": LOCK}, snapshot=place).verdict == "FAIL"
    assert run(tmp_path, {"requirements.txt": LOCK}, snapshot="/no/such/file").reason_code == "GATE_SNAPSHOT"


@pytest.mark.parametrize("text", ["", "{}", "[", snapshot(schema="x"), snapshot(advisories=[])])
def test_what_is_no_snapshot_is_no_answer(tmp_path: Path, text: str) -> None:
    result = run(tmp_path, {"requirements.txt": LOCK, "advisories.json": text})
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_SNAPSHOT")


def test_a_missing_tool_is_answered_by_the_snapshot_and_said(tmp_path: Path) -> None:
    files = {"requirements.txt": "fine==3.0\n", "advisories.json": snapshot()}
    tree = write(tmp_path / "tree", files)
    audit = AuditSettings(snapshot="advisories.json")
    gate = Declaration("audit", "audit", hard=True, origin="trust", audit=audit)
    found = surroundings(tree, gate, changed("requirements.txt"), python=str(tmp_path / "python"), path="/nowhere")
    result = make_gate(gate).run(found)
    assert (result.verdict, [one.code for one in result.advice]) == ("PASS", ["GATE_TOOL_MISSING"])
    assert "pypi could not be asked" in result.advice[0].message


@pytest.mark.parametrize(
    ("files", "verdict", "code"),
    [
        ({"requirements.txt": ""}, "INCONCLUSIVE", "GATE_CHECKED_NOTHING"),
        ({"requirements.txt": "fine>=3\n"}, "INCONCLUSIVE", "GATE_INCOMPLETE"),
        ({"requirements.txt": "fine==3.0\n", "uv.lock": "garbage ["}, "INCONCLUSIVE", "GATE_UNREADABLE"),
        ({"requirements.txt": "-r gone.txt\nfine==3.0\n"}, "INCONCLUSIVE", "GATE_UNREADABLE"),
        ({"requirements.txt": "-r more.txt\nfine==3.0\n", "more.txt": "leaky==1.5\n"}, "FAIL", None),
        ({"tests/requirements.txt": "leaky==1.5\n", "requirements.txt": "fine==3.0\n"}, "PASS", None),
        ({"pyproject.toml": '[project]\ndependencies = ["a"]\n'}, "INCONCLUSIVE", "GATE_NO_LOCK"),
        ({"setup.py": ""}, "INCONCLUSIVE", "GATE_NO_LOCK"),
        ({"pyproject.toml": '[project]\nname = "x"\n'}, "PASS", None),
        ({"README.md": ""}, "INCONCLUSIVE", "GATE_CHECKED_NOTHING"),
    ],
)
def test_what_locks_and_projects_say(tmp_path: Path, files: dict[str, str], verdict: str, code: str | None) -> None:
    result = run(tmp_path, {**files, "advisories.json": snapshot()})
    assert (result.verdict, result.reason_code) == (verdict, code), str(result.reason)


def test_an_audit_that_the_commit_brings_asks_nobody_and_starts_nothing(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"requirements.txt": "fine==3.0\n"})
    audit = AuditSettings(service="none", environment="/bin/touch", snapshot="advisories.json")
    gate = Declaration("mine", "audit", hard=True, origin="commit", audit=audit)
    result = make_gate(gate).run(surroundings(tree, gate, changed("requirements.txt")))
    assert (result.verdict, result.reason_code, result.observed.argv) == ("INCONCLUSIVE", "GATE_NOT_ENROLLED", ())


def test_it_applies_to_changes_of_dependencies_alone() -> None:
    gate = make_gate(Declaration("audit", "audit", hard=True, trigger=TRIGGER))
    assert gate.applies(changed("requirements.txt"), PlanContext(None)).reads_change
    assert not gate.applies(changed("pyproject.toml"), PlanContext(None)).reads_change
    assert not gate.applies(changed("src/a.py"), PlanContext(None)).applies

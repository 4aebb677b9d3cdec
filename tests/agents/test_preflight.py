"""Duty 1: each hard check has a change of its answers that turns it red, and nothing is opened meanwhile."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents.duties.preflight import preflight
from gonogo_evidence import canonical
from gonogo_evidence.text import msg
from support.sealed import Answers, sealed

if TYPE_CHECKING:
    from gonogo_agents.duty import Result

pytestmark = pytest.mark.fast

COMMIT, BASE, ROOT = "c" * 40, "b" * 40, "a" * 40
FILES: list[dict[str, Any]] = [
    {
        "path": "docs/a.md",
        "old_path": None,
        "status": "M",
        "added": 3,
        "deleted": 1,
        "blob": "1" * 40,
        "mode": "100644",
    },
    {
        "path": "docs/b.png",
        "old_path": None,
        "status": "A",
        "added": None,
        "deleted": None,
        "blob": "2" * 40,
        "mode": "100644",
    },
]
DESK = {
    "root_confirmed": True,
    "head": COMMIT,
    "branch": "main",
    "detached": False,
    "upstream": "origin/main",
    "ahead": 1,
    "behind": 0,
    "staged": [],
    "staged_count": 0,
    "unstaged": [],
    "unstaged_count": 0,
    "untracked": [],
    "untracked_count": 0,
    "operation": None,
    "shallow": False,
    "submodules": ["vendor/x"],
    "submodules_count": 1,
    "lfs_pointers": [],
    "lfs_pointers_count": 0,
    "git_version": "2.39.5",
}
WORLD: dict[str, Any] = {
    "inputs": {
        "git_ref": COMMIT,
        "root_commit": ROOT,
        "guardrails": {"live": ["config/live/**", "live.toml"], "trust": ["config/gates.toml"]},
    },
    "git.query:desk": DESK,
    "git.query:change": {"base": BASE, "rule": "first-parent", "commit": COMMIT, "files": FILES, "count": 2},
    "tools.versions": {
        "python": "3.11.7",
        "git": "2.39.5",
        "ruff": "0.17.6",
        "ssh": "9.2p1",
        "platform": "Linux x86_64",
    },
}


def _run(**changes: object) -> Result:
    """Preflight in a world with some answers changed; ``desk__branch=None`` reaches one level down."""
    world = copy.deepcopy(WORLD)
    names = {"desk": "git.query:desk", "change": "git.query:change", "versions": "tools.versions", "inputs": "inputs"}
    for name, value in changes.items():
        place, key = name.split("__")
        world[names[place]][key] = value
    answers = Answers({name: value for name, value in world.items() if name != "inputs"})
    with sealed():
        result = preflight({"inputs": world["inputs"]}, answers)
    canonical.dumps(result.value)
    canonical.dumps(result.observed)
    return result


def _checks(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in (result.value, result.observed):
        checks: Any = part["checks"]
        found |= {entry["id"]: entry for entry in checks}
    return found


def _file(path: str, old: str | None = None) -> list[dict[str, Any]]:
    return [{**FILES[0], "path": path, "old_path": old, "status": "R" if old else "M"}]


def test_all_is_well() -> None:
    result = _run()
    checks = _checks(result)
    assert result.verdict == "PASS"
    assert {name for name, entry in checks.items() if entry["hard"]} == {"A-ROOT", "A-COMMIT", "A-LIVE"}
    assert {entry["verdict"] for entry in checks.values()} == {"PASS"}
    assert checks["A-SHELL"]["basis"] == "asserted"
    assert result.value["change"] == {
        "base": BASE,
        "rule": "first-parent",
        "count": 2,
        "by_status": {"A": 1, "M": 1},
        "added": 3,
        "deleted": 1,
        "binary": 1,
        "paths": ["docs/a.md", "docs/b.png"],
    }
    assert result.value["submodules"] == ["vendor/x"]
    observed: Any = result.observed
    assert observed["desk"]["branch"] == "main"
    assert "submodules" not in observed["desk"]


@pytest.mark.parametrize(
    ("name", "verdict", "changes"),
    [
        ("A-ROOT", "FAIL", {"desk__root_confirmed": False}),
        ("A-ROOT", "INCONCLUSIVE", {"inputs__root_commit": ""}),
        ("A-COMMIT", "FAIL", {"change__commit": BASE}),
        ("A-COMMIT", "INCONCLUSIVE", {"inputs__git_ref": "main"}),
        ("A-LIVE", "FAIL", {"change__files": _file("config/live/x.toml"), "change__count": 1}),
        ("A-LIVE", "FAIL", {"change__files": _file("docs/x.toml", "live.toml"), "change__count": 1}),
        ("A-LIVE", "FAIL", {"change__files": _file("a/../live.toml"), "change__count": 1}),
        ("A-LIVE", "INCONCLUSIVE", {"inputs__guardrails": {"live": [], "trust": []}}),
        ("A-LIVE", "INCONCLUSIVE", {"inputs__guardrails": None}),
        ("A-LIVE", "INCONCLUSIVE", {"change__files": [], "change__count": 0}),
        ("A-LIVE", "INCONCLUSIVE", {"change__count": 3}),
    ],
)
def test_each_hard_check_can_turn_the_duty_red(name: str, verdict: str, changes: dict[str, object]) -> None:
    result = _run(**changes)
    assert _checks(result)[name]["verdict"] == verdict
    assert result.verdict == verdict


SCAN = {"name": "secret-scan", "kind": "secrets", "hard": True, "step": "A"}
LINT = {"name": "Lint Gate", "kind": "ruff", "hard": True, "step": "E"}


def _scanned(verdict: str, **more: object) -> Result:
    world = copy.deepcopy(WORLD)
    world["inputs"]["gates"] = [SCAN, LINT]
    answer: Any = {
        "name": "secret-scan",
        "step": "A",
        "hard": True,
        "verdict": verdict,
        "checked": 2,
        "unit": "files",
        "read_change": False,
        "findings": [],
        "findings_count": 0,
        "reason_code": None,
        "files": ["docs/a.md"],
        "reason": msg("said").json(),
        "observed": {"tool": "secret detectors"},
        **more,
    }
    known: dict[str, Any] = {name: value for name, value in world.items() if name != "inputs"}
    answers = Answers({**known, "gate.guard": answer})
    with sealed():
        result = preflight({"inputs": world["inputs"]}, answers)
    canonical.dumps(result.value)
    assert [arguments for verb, arguments in answers.asked if verb == "gate.guard"] == [{"name": "secret-scan"}]
    return result


@pytest.mark.parametrize("verdict", ["PASS", "FAIL", "INCONCLUSIVE"])
def test_the_secret_scan_of_step_a_decides_and_is_kept(verdict: str) -> None:
    result = _scanned(verdict)
    check = _checks(result)["A-SECRETS"]
    assert (check["verdict"], check["hard"], result.verdict) == (verdict, True, verdict)
    gates: Any = result.value["gates"]
    assert [(gate["name"], gate["verdict"]) for gate in gates] == [("secret-scan", verdict)]
    assert "observed" not in gates[0]
    assert result.observed["gates"] == {"secret-scan": {"tool": "secret detectors"}}


def test_a_scan_that_checked_nothing_is_no_pass() -> None:
    assert _checks(_scanned("PASS", checked=0))["A-SECRETS"]["verdict"] == "INCONCLUSIVE"


def test_a_live_path_is_pointed_at_with_its_blob() -> None:
    check = _checks(_run(change__files=_file("config/live/x.toml"), change__count=1))["A-LIVE"]
    assert check["pointers"] == [{"path": "config/live/x.toml", "line": None, "blob": "1" * 40}]
    assert check["text"]["text"] == "Live paths are changed: 1, first config/live/x.toml."


@pytest.mark.parametrize(
    ("name", "verdict", "changes"),
    [
        ("A-TREE", "PASS", {"desk__untracked": ["x"], "desk__untracked_count": 1}),
        ("A-BRANCH", "PASS", {"desk__branch": None, "desk__detached": True}),
        ("A-UPSTREAM", "INCONCLUSIVE", {"desk__upstream": None, "desk__ahead": None, "desk__behind": None}),
        ("A-UPSTREAM", "FAIL", {"desk__behind": 2}),
        ("A-OPERATION", "FAIL", {"desk__operation": "merge"}),
        ("A-LIVE-DESK", "FAIL", {"desk__staged": ["config/live/a"], "desk__staged_count": 1}),
        ("A-LIVE-DESK", "FAIL", {"desk__untracked": ["config/live/a"], "desk__untracked_count": 500}),
        ("A-LIVE-DESK", "INCONCLUSIVE", {"desk__untracked": ["x"], "desk__untracked_count": 500}),
        ("A-TRUST", "FAIL", {"change__files": _file("config/gates.toml"), "change__count": 1}),
        ("A-VERSIONS", "INCONCLUSIVE", {"versions__ruff": None}),
    ],
)
def test_soft_checks_are_told_and_stop_nothing(name: str, verdict: str, changes: dict[str, object]) -> None:
    result = _run(**changes)
    check = _checks(result)[name]
    assert check["verdict"] == verdict
    assert check["hard"] is False
    assert result.verdict == "PASS"


def test_the_desk_leaves_no_trace_in_the_core() -> None:
    messy = _run(
        desk__branch=None,
        desk__detached=True,
        desk__head=BASE,
        desk__upstream=None,
        desk__operation="rebase",
        desk__untracked=["new"],
        desk__untracked_count=1,
        versions__git="3.0",
    )
    assert messy.value == _run().value
    assert messy.observed != _run().observed


def test_dirty_is_recorded_in_numbers() -> None:
    text = _checks(_run(desk__unstaged=["a", "b"], desk__unstaged_count=2))["A-TREE"]["text"]
    assert text["values"] == {"staged": 0, "unstaged": 2, "untracked": 0}


def test_a_view_without_inputs_is_inconclusive() -> None:
    answers = Answers({name: value for name, value in WORLD.items() if name != "inputs"})
    assert preflight({}, answers).verdict == "INCONCLUSIVE"

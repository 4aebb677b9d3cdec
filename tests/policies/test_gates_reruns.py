"""Reruns: a pass after a failure is shown as flaky with each attempt, and only where the entry allows one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import canonical, schema
from gonogo_policies.gates import Declaration, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.gates import GateResult
    from gonogo_policies.gates.declaration import Output

COUNTING = 'n=$(cat "$HOME/n" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "$HOME/n"\n'
RED = "echo 'FAILED t.py::a - x'; echo '1 failed, 2 passed in 0.1s'; exit 1"
GREEN = "echo '3 passed in 0.1s'"


def run(folder: Path, script: str, reruns: int, output: Output = "pytest") -> GateResult:
    gate = Declaration(
        "own",
        "command",
        hard=True,
        origin="trust",
        argv=("/bin/sh", "-c", COUNTING + script),
        output=output,
        reruns=reruns,
        timeout_seconds=20,
    )
    tree = write(folder / "tree", {"a.py": ""})
    return make_gate(gate).run(surroundings(tree, gate, changed("a.py")))


def starts(folder: Path) -> int:
    return int((folder / "home" / "n").read_text())


def test_a_pass_after_a_failure_is_flaky_and_shows_each_attempt(tmp_path: Path) -> None:
    result = run(tmp_path, f"if [ $n = 1 ]; then {RED}; fi; {GREEN}", 2)
    assert (result.verdict, result.checked, result.findings) == ("PASS", 3, ())
    assert [(one.code, one.message) for one in result.advice] == [
        ("FLAKY", "attempt 1 of 2: FAIL, checked 3, failed: t.py::a"),
        ("FLAKY", "attempt 2 of 2: PASS, checked 3"),
    ]
    assert str(result.reason).startswith("Flaky: attempt 2 passed after 1 that failed.")
    attempts = result.observed.json()["attempts"]
    assert isinstance(attempts, list)
    assert [(one["verdict"], one["exit_code"], one["findings_count"]) for one in attempts] == [
        ("FAIL", 1, 1),
        ("PASS", 0, 0),
    ]
    assert attempts[0]["stdout_sha256"] != attempts[1]["stdout_sha256"]
    assert canonical.dumps(result.json())
    kept = {name: value for name, value in result.json().items() if name != "observed"}
    assert schema.check("validator-report", {"schema": "gonogo/validator-report/v1", "gates": [kept]}) == []


def test_without_reruns_a_failure_is_a_failure(tmp_path: Path) -> None:
    result = run(tmp_path, f"if [ $n = 1 ]; then {RED}; fi; {GREEN}", 0)
    assert (result.verdict, result.advice, starts(tmp_path)) == ("FAIL", (), 1)
    assert "attempts" not in result.observed.json()


def test_what_fails_each_time_fails_and_shows_how_often(tmp_path: Path) -> None:
    result = run(tmp_path, RED, 2)
    assert (result.verdict, starts(tmp_path), len(result.advice)) == ("FAIL", 3, 3)


def test_a_green_run_is_not_started_again(tmp_path: Path) -> None:
    result = run(tmp_path, GREEN, 3)
    assert (result.verdict, result.advice, starts(tmp_path)) == ("PASS", (), 1)


@pytest.mark.parametrize("second", ["echo garbage", "kill -9 $$", "echo '0 passed in 0.1s'; exit 3"])
def test_a_second_attempt_that_cannot_tell_leaves_the_failure(tmp_path: Path, second: str) -> None:
    assert run(tmp_path, f"if [ $n = 1 ]; then {RED}; fi; {second}", 1).verdict == "FAIL"


def test_a_second_attempt_over_less_than_the_first_proves_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, f"if [ $n = 1 ]; then {RED}; fi; echo '1 passed in 0.1s'", 1)
    assert (result.verdict, result.checked) == ("FAIL", 3)


def test_what_cannot_tell_is_not_asked_again(tmp_path: Path) -> None:
    result = run(tmp_path, f"if [ $n = 1 ]; then echo garbage; exit 0; fi; {GREEN}", 2)
    assert (result.verdict, result.reason_code, starts(tmp_path)) == ("INCONCLUSIVE", "GATE_OUTPUT", 1)


def test_tests_that_the_runner_itself_ran_again_are_shown(tmp_path: Path) -> None:
    result = run(tmp_path, "echo '3 passed, 2 rerun in 0.1s'", 0)
    assert result.verdict == "PASS"
    assert [one.code for one in result.advice] == ["FLAKY"]
    assert "2" in result.advice[0].message


def test_a_real_flaky_test_under_pytest(tmp_path: Path) -> None:
    tree = write(
        tmp_path / "tree",
        {
            "test_f.py": "import os, pathlib\n"
            "def test_f():\n    seen = pathlib.Path(os.environ['HOME'], 'seen')\n"
            "    first = not seen.exists()\n    seen.touch()\n    assert not first\n"
        },
    )
    argv = ("{python}", "-m", "pytest", "-q", "--disable-plugin-autoload", "-p", "no:cacheprovider")
    gate = Declaration("t", "command", hard=True, origin="trust", argv=argv, output="pytest", reruns=1)
    result = make_gate(gate).run(surroundings(tree, gate, changed("test_f.py"), python=sys.executable))
    assert result.verdict == "PASS"
    assert "failed: test_f.py::test_f" in result.advice[0].message

"""What is written is run: every ``run:`` step of the workflows and of the action, in a real bash, in a real clone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo.workflows import documents
from gonogo.workflows.settings import Settings
from gonogo.workflows.templates import NIGHTLY, WORKFLOWS
from support.ci_steps import Runner, Step, steps_of, with_programs
from support.desk import Desk, make_desk

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
GONOGO = f'exec {sys.executable} -m gonogo "$@"'
BASE = "github.event.pull_request.base.sha || github.event.merge_group.base_sha"
SETTINGS = Settings(gates=("Lint Gate", "Merge Log Hygiene"), setup=("gonogo --version",), tests="exit 7")
MADE = documents(SETTINGS)
FAULT = "def (:\n"
ECHO = '[ "$1" = --version ] || for one in "$@"; do echo "arg $one"; done'


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three commits: clean, a fault in Python, a word in a document."""
    return make_desk(tmp_path_factory.mktemp("ci"), commits=({"a.py": FAULT}, {"docs/a.md": "# A\n"}), key=False)


def runner(desk: Desk, temp: Path, table: Mapping[str, str], **programs: str) -> Runner:
    env = with_programs(temp / "bin", desk.environment(), {"gonogo": GONOGO, **programs})
    return Runner(desk.repo.path, temp / "runner", table, env)


def played(desk: Desk, temp: Path, file: str, table: Mapping[str, str], **programs: str) -> list[Step]:
    return list(runner(desk, temp, table, **programs).run(steps_of(MADE[f"{WORKFLOWS}/{file}"])))


def test_a_gate_is_red_at_the_fault_with_an_annotation_and_a_summary(desk: Desk, tmp_path: Path) -> None:
    install, gate = played(desk, tmp_path, "lint_gate.yml", {BASE: desk.repo.commits[0]})
    assert install.code == 0, install.output
    assert gate.code == 1, gate.output
    assert "::error file=a.py,line=1" in gate.output
    assert "Lint Gate" in gate.summary


def test_a_change_of_documents_alone_is_green_and_not_pending(desk: Desk, tmp_path: Path) -> None:
    _, gate = played(desk, tmp_path, "lint_gate.yml", {BASE: desk.repo.commits[1]})
    assert gate.code == 0, gate.output
    assert "NOT_APPLICABLE" in gate.output + gate.summary


def test_the_base_is_the_events_and_without_one_the_gate_finds_its_own(desk: Desk, tmp_path: Path) -> None:
    for base, words in (("", []), ("f" * 40, ["arg --base", f"arg {'f' * 40}"])):
        gate = played(desk, tmp_path / (base or "none"), "merge_log_hygiene.yml", {BASE: base}, gonogo=ECHO)[-1]
        said = ["arg gates", "arg Merge Log Hygiene", "arg --commit", "arg HEAD", *words, "arg --format", "arg github"]
        assert gate.output.splitlines() == said


def test_a_failing_setup_ends_the_job_and_the_test_commands_own_code_is_the_jobs(desk: Desk, tmp_path: Path) -> None:
    (setup,) = played(desk, tmp_path / "a", "lint_gate.yml", {BASE: ""}, gonogo="exit 9")
    assert setup.code == 9
    assert played(desk, tmp_path / "b", "ci.yml", {"matrix.python": "3.11"})[-1].code == 7


NIGHT = 'out=""; while [ $# -gt 0 ]; do [ "$1" = --out ] && out=$2; echo "arg $1"; shift; done\n'
LEFT = 'mkdir -p "$out" && echo "{}" > "$out/night.json"\n'
VERSION = '[ "$1" = --version ] && exit 0\n'


@pytest.mark.parametrize(
    ("code", "left", "ends"),
    [(4, LEFT, [0, 0, 0]), (1, LEFT, [0, 1, 0]), (3, LEFT, [0, 3, 0]), (5, "", [0, 5, 1]), (0, LEFT, [0, 3, 0])],
)
def test_only_a_night_that_waits_is_green(code: int, left: str, ends: list[int], desk: Desk, tmp_path: Path) -> None:
    """A night that says 0 said something that nightly never says: what ran was not nightly."""
    table = {"runner.temp": str(tmp_path / "runner"), "github.run_id": "1", "github.run_attempt": "1"}
    place = runner(desk, tmp_path, table, gonogo=f"{VERSION}{NIGHT}{left}exit {code}")
    steps = list(place.run(steps_of(MADE[NIGHTLY])))
    assert [step.code for step in steps] == ends, steps
    assert "arg --last-night" not in steps[1].output
    assert (tmp_path / "runner" / "last-night" / "night.json").exists() == bool(left)
    assert [name for name in place.used if "upload" in name or "cache" in name] == [
        *("actions/cache/restore", "actions/cache/save", "actions/upload-artifact"),
    ]


def test_the_second_night_is_shown_the_first(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "runner" / "last-night").mkdir(parents=True)
    (tmp_path / "runner" / "last-night" / "night.json").write_text("{}")
    place = runner(desk, tmp_path, {}, gonogo=f"{VERSION}{NIGHT}{LEFT}exit 4")
    steps = list(place.run(steps_of(MADE[NIGHTLY])))
    assert f"arg --last-night\narg {tmp_path}/runner/last-night/night.json" in steps[1].output


VENV = """
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; printf '#!/bin/sh\\n%b\\n' '{gonogo}' > "$3/bin/gonogo"
    chmod +x "$3/bin/gonogo" ;;
  *) echo "pip: $*" ;;
esac
"""


def action(desk: Desk, temp: Path, gates: str, gonogo: str) -> list[Step]:
    table = {"github.action_path": str(ROOT), "inputs.gates": gates, f"inputs.base || {BASE}": desk.repo.commits[0]}
    python = VENV.replace("{gonogo}", gonogo)
    return list(runner(desk, temp, table, python=python).run(steps_of((ROOT / "action.yml").read_text())))


def test_the_action_runs_the_gates_that_are_named_one_a_line(desk: Desk, tmp_path: Path) -> None:
    install, run = action(desk, tmp_path, "Lint Gate\n\nMerge Log Hygiene\n", GONOGO)
    assert (install.code, f"--no-deps {ROOT}" in install.output) == (0, True), install.output
    assert (run.code, "Merge Log Hygiene" in run.summary) == (1, True), run.output


def test_the_action_hands_names_on_as_they_are_and_ends_as_gonogo_does(desk: Desk, tmp_path: Path) -> None:
    words = ["arg gates", "arg a b", "arg $(touch x)", "arg --commit", "arg HEAD", "arg --base"]
    run = action(desk, tmp_path / "a", "a b\n\n$(touch x)", ECHO.replace('"', "\\042"))[1]
    assert run.output.splitlines()[: len(words)] == words
    run = action(desk, tmp_path / "b", "", "exit 3")[1]
    assert run.code == 3

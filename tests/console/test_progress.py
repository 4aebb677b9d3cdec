"""The steps of a run: plain lines where nothing moves, a live list on a real (pseudo-)terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gonogo.cli.context import Output
from gonogo.cli.progress import StepList

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import os
from gonogo.cli.context import Output
from gonogo.cli.progress import StepList
with StepList(Output(os.environ)) as steps:
    steps.started("A", "ORCHESTRATOR", "preflight_snapshot")
    steps.finished("A", "ORCHESTRATOR", "preflight_snapshot", "PASS", 12)
    steps.started("B", "FACTS_COLLECTOR", "inventory")
    steps.finished("B", "FACTS_COLLECTOR", "inventory", "FAIL", 1234)
"""


@pytest.mark.fast
def test_elsewhere_each_finished_duty_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    with StepList(Output({"TERM": "xterm"})) as steps:
        steps.started("A", "ORCHESTRATOR", "preflight_snapshot")
        steps.finished("A", "ORCHESTRATOR", "preflight_snapshot", "PASS", 12)
        steps.finished("B", "FACTS_COLLECTOR", "inventory", "INCONCLUSIVE", 0)
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split() for line in said.err.splitlines()] == [
        ["A", "ORCHESTRATOR", "preflight_snapshot", "PASS", "12", "ms"],
        ["B", "FACTS_COLLECTOR", "inventory", "INCONCLUSIVE", "0", "ms"],
    ]


@pytest.mark.fast
def test_an_error_goes_through(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        with StepList(Output({})) as steps:
            steps.started("A", "ORCHESTRATOR", "preflight_snapshot")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert capsys.readouterr().err == ""


def _on_terminal(tmp_path: Path, **env: str) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=tmp_path,
        env={**{name: value for name, value in os.environ.items() if name != "NO_COLOR"}, **env},
    )
    os.close(theirs)
    seen = b""
    while select.select([ours], [], [], 20)[0]:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert process.wait(timeout=20) == 0
    return seen.decode()


def test_on_a_terminal_the_list_moves_and_ends_with_every_duty(tmp_path: Path) -> None:
    seen = _on_terminal(tmp_path, TERM="xterm-256color", COLUMNS="100", PYTHONUTF8="1")
    assert "\x1b[" in seen
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen).split("\r")
    assert any(re.search(r"✓ A  ORCHESTRATOR +preflight_snapshot +PASS +12 ms", line) for line in last)
    assert any(re.search(r"✗ B  FACTS_COLLECTOR +inventory +FAIL +1234 ms", line) for line in last)


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}])
def test_a_dumb_terminal_gets_plain_lines(tmp_path: Path, env: dict[str, str]) -> None:
    seen = _on_terminal(tmp_path, **env)
    assert "\x1b" not in seen
    assert len(seen.splitlines()) == 2

"""Completion: the script for each shell, and what it answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from gonogo.cli.table import TABLE
from gonogo.main import main
from support.terminal import small_world, start

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_gonogo(shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["completion", shell, "--json"], world=small_world(tmp_path)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["shell"] == shell
    assert f"_GONOGO_COMPLETE={shell}_complete" in document["script"]


@pytest.mark.fast
@pytest.mark.parametrize(
    ("typed", "answers"),
    [
        ("gonogo exp", {"explain", "export"}),
        ("gonogo re", {"reproduce", "resume"}),
        ("gonogo explain --js", {"--json"}),
        ("gonogo evidence ", {"generate", "index", "migrate", "validate"}),
        ("gonogo completion z", {"zsh"}),
    ],
)
def test_what_is_typed_is_completed(typed: str, answers: set[str]) -> None:
    words = typed.split(" ")
    env = {"_GONOGO_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    done = start([], env=env)
    assert {line.split(",")[1] for line in done.stdout.decode().splitlines()} == answers


@pytest.mark.fast
def test_all_commands_are_offered() -> None:
    done = start([], env={"_GONOGO_COMPLETE": "bash_complete", "COMP_WORDS": "gonogo ", "COMP_CWORD": "1"})
    assert [line.split(",")[1] for line in done.stdout.decode().splitlines()] == [entry.name for entry in TABLE]


def test_bash_reads_the_script(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = tmp_path / "completion.bash"
    script.write_bytes(start(["completion", "bash"]).stdout)
    done = subprocess.run([bash, "-n", str(script)], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")

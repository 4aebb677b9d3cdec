"""Runs the ``run:`` steps of a workflow or a composite action as GitHub documents it: real bash, its flags, its files.

Bash is started as ``bash --noprofile --norc -eo pipefail {0}`` on a file of the step's text. Expressions are looked up
in a table of the test's; one that is not in it is an error, never an empty word. ``uses:`` steps are told, not run.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step came to."""

    name: str
    code: int
    output: str
    summary: str


@dataclass(slots=True)
class Runner:
    """A machine of GitHub's for one job: a checkout, a folder for temporary files, what expressions stand for."""

    tree: Path
    temp: Path
    table: Mapping[str, str]
    env: Mapping[str, str]
    used: list[str] = field(default_factory=list[str])
    """The actions that would have been used, in order."""

    def run(self, steps: list[dict[str, Any]]) -> Iterator[Step]:
        """Play the steps. After one that failed, only those with ``if: always()`` are."""
        failed, more = False, dict[str, str]()
        for number, step in enumerate(steps):
            always = step.get("if") == "always()"
            assert always or "if" not in step, step["if"]
            if failed and not always:
                continue
            if "uses" in step:
                self.used.append(str(step["uses"]).partition("@")[0])
                continue
            done = self._bash(step, number, more)
            failed = failed or done.code != 0
            yield done

    def _bash(self, step: dict[str, Any], number: int, more: dict[str, str]) -> Step:
        assert step["shell"] == "bash", step
        folder = self.temp / f"step-{number}"
        folder.mkdir(parents=True)
        files = {name: folder / name.lower() for name in FILES}
        for path in files.values():
            path.touch()
        script = folder / "step.sh"
        script.write_text(self._filled(step["run"]))
        own = {name: self._filled(str(value)) for name, value in step.get("env", {}).items()}
        github = {"GITHUB_ACTIONS": "true", "CI": "true", "RUNNER_TEMP": str(self.temp)}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.tree,
            env={**self.env, **github, **{name: str(path) for name, path in files.items()}, **more, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            timeout=300,
        )
        more |= dict(line.split("=", 1) for line in files["GITHUB_ENV"].read_text().splitlines())
        summary = files["GITHUB_STEP_SUMMARY"].read_text()
        return Step(str(step.get("name")), done.returncode, done.stdout, summary)

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.table[found[1]], text)


def steps_of(text: str) -> list[dict[str, Any]]:
    """The steps of the one job of a workflow, or of a composite action."""
    document = cast("dict[str, Any]", yaml.safe_load(text))
    if "runs" in document:
        return cast("list[dict[str, Any]]", document["runs"]["steps"])
    (job,) = document["jobs"].values()
    return cast("list[dict[str, Any]]", job["steps"])


def with_programs(folder: Path, env: Mapping[str, str], programs: Mapping[str, str]) -> dict[str, str]:
    """An environment whose path begins with a folder of these programs: bodies of shell scripts."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return {**env, "PATH": f"{folder}{os.pathsep}{env.get('PATH', os.defpath)}"}

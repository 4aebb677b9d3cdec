"""A gate's surroundings for tests: real programs, a work tree on disk, changes made by naming paths."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gonogo_agents.world import Command, ProgramMissing, run_command
from gonogo_policies.change import Change, ChangedFile
from gonogo_policies.gates import CommandResult, Declaration, GateContext
from gonogo_policies.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gonogo_policies.gates import RunCommand

BASE = "b" * 40


def real_run(argv: Sequence[str], *, cwd: Path, timeout: float, env: Mapping[str, str]) -> CommandResult:
    """Start the program, as the agents floor does."""
    try:
        done = run_command(Command(argv, cwd=cwd, env=env, timeout=timeout))
    except ProgramMissing:
        return CommandResult(None, missing=True)
    return CommandResult(done.code, done.stdout, done.stderr, done.duration_ms, timed_out=done.timed_out)


def changed(*paths: str, base: str | None = BASE) -> Change:
    """A change that modified these paths; ``deleted:path`` was deleted."""
    files = tuple(_file(path) for path in paths)
    return Change(files, len(files), base)


def _file(path: str) -> ChangedFile:
    name = path.removeprefix("deleted:")
    return ChangedFile(name, "M" if name == path else "D")


def write(tree: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into a work tree."""
    tree.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return tree


def hasty_run(argv: Sequence[str], *, cwd: Path, timeout: float, env: Mapping[str, str]) -> CommandResult:
    """The same with a fifth of the patience: a gate's time-out is in whole seconds, and tests are not."""
    return real_run(argv, cwd=cwd, timeout=timeout / 5, env=env)


def surroundings(
    tree: Path,
    settings: Declaration,
    change: Change,
    *,
    python: str = sys.executable,
    path: str | None = None,
    run: RunCommand = real_run,
) -> GateContext:
    """What a running gate is given. Everything in the tree counts as tracked."""
    home, output = tree.parent / "home", tree.parent / "output"
    home.mkdir(exist_ok=True)
    output.mkdir(exist_ok=True)
    search = os.environ.get("PATH", os.defpath) if path is None else path
    return GateContext(
        tree=tree,
        change=change,
        settings=settings,
        run_command=run,
        python=python,
        env={"PATH": search, "HOME": str(home), "LC_ALL": "C.UTF-8"},
        output=output,
        now=lambda: datetime(2026, 1, 9, 12, tzinfo=UTC),
        home=tree.parent / "own",
        tracked=lambda: Listing(
            dict.fromkeys(sorted(str(found.relative_to(tree)) for found in tree.rglob("*") if found.is_file()), "")
        ),
    )


def program(path: Path, body: str) -> Path:
    """A shell script that can be started."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path

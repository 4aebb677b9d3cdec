"""One look of the reference gate in a fresh process: a tree, a folder to keep sheets in (or none), how many documents.

Its last word is how many milliseconds the look took, imports and git's listing not counted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_agents.objects import read_names
from gonogo_policies.change import Change, ChangedFile
from gonogo_policies.gates.declaration import Declaration
from gonogo_policies.gates.interface import CommandResult, GateContext
from gonogo_policies.gates.references import ReferenceGate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GATE = Declaration("docs-reference-targets-gate", "references", hard=True, trigger={"documentation": ("**/*.md",)})


def started(argv: Sequence[str], *, cwd: Path, timeout: float, env: Mapping[str, str]) -> CommandResult:
    """Run a program of the gate."""
    done = subprocess.run(argv, cwd=cwd, timeout=timeout, env=dict(env), capture_output=True, check=False)
    return CommandResult(done.returncode, done.stdout, done.stderr)


def main(tree: Path, kept: str, count: int) -> None:
    """Look, and print what was said."""
    command = ["git", "ls-files", "-z", "--format=%(objectmode) blob %(objectname)%x09%(path)"]
    tracked = read_names(subprocess.run(command, cwd=tree, check=True, capture_output=True).stdout)
    files = tuple(ChangedFile(path, "A") for path in tracked.paths if path.endswith(".md"))[:count]
    with tempfile.TemporaryDirectory() as output:
        context = GateContext(
            tree=tree,
            change=Change(files, len(files)),
            settings=GATE,
            run_command=started,
            python=sys.executable,
            env={},
            output=Path(output),
            tracked=lambda: tracked,
            now=lambda: datetime.now(UTC),
            home=Path(output),
            kept=Path(kept) if kept else None,
        )
        began = time.perf_counter()
        result = ReferenceGate(GATE).run(context)
        spent = (time.perf_counter() - began) * 1000
    sys.stdout.write(f"{result.verdict} {result.checked} {result.reason} {spent:.3f}\n")


main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))

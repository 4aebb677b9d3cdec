"""How long a command takes to start, against bare Python with json."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import rounds, row
from support.desk import GONOGO, Desk, make_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 20


def rows() -> Iterator[str]:
    """Help, inbox, show and verify."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder))
        desk.enrol()
        desk.run()
        for words, target in (
            (("--help",), 2.5),
            (("inbox",), None),
            (("show", "latest"), None),
            (("verify", "latest"), None),
        ):
            sides = [_call(desk, [*GONOGO, *words]), _call(desk, [sys.executable, "-c", "import json"])]
            yield row(f"gonogo {' '.join(words)} / python -c 'import json'", rounds(sides, ROUNDS), target)


def _call(desk: Desk, argv: list[str]) -> Callable[[], None]:
    def call() -> None:
        subprocess.run(
            argv, cwd=desk.repo.path, env=desk.environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False
        )

    return call

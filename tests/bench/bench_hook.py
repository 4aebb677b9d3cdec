"""How long a chat host waits for one decision of its hook, against bare Python's start."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import rounds, row
from support.desk import GONOGO, Desk, make_desk
from support.hook_cases import CASES, FACTS, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 30


def rows() -> Iterator[str]:
    """The exported file while a duty waits, and ``gonogo hook``."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder))
        desk.gonogo("export", "cursor")
        note = desk.repo.path / ".git" / "gonogo" / "active.json"
        note.parent.mkdir()
        note.write_text(json.dumps(FACTS), encoding="utf-8")
        text = event("cursor", next(case for case in CASES if case.name == "facts read"), str(desk.repo.path))
        bare = _call(desk, [sys.executable, "-c", "pass"], "")
        barest = _call(desk, [sys.executable, "-I", "-S", "-c", "pass"], "")
        exported = _call(desk, [sys.executable, "-I", "-S", ".gonogo/hook.py", "cursor"], text)
        exported()  # the first call leaves what it compiled
        yield row(".gonogo/hook.py / python -c pass", rounds([exported, bare], ROUNDS), 1.2)
        yield row(".gonogo/hook.py / python -I -S -c pass", rounds([exported, barest], ROUNDS), None)
        ours = _call(desk, [*GONOGO, "hook", "cursor"], text)
        yield row("gonogo hook / python -c pass", rounds([ours, bare], ROUNDS), None)


def _call(desk: Desk, argv: list[str], text: str) -> Callable[[], None]:
    def call() -> None:
        subprocess.run(
            argv, cwd=desk.repo.path, env=desk.environment(), input=text.encode(), capture_output=True, check=True
        )

    return call

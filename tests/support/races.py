"""Several operators at once: real processes, one ledger, one winner.

``python tests/support/races.py FOLDER RACES`` runs so many of two and of four operators, of each kind, and prints what
came of them; the tests run a few. ``resume``: all come to commit what one of them signed. ``sign``: each signs with a
key of their own, every other one NO-GO, and commits.
"""

from __future__ import annotations

import collections
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.crash import copy_of, rows
from support.team import FORMAL, PEOPLE, SIGNOFF, Team, make_team

if TYPE_CHECKING:
    from support.desk import Desk

Kind = Literal["resume", "sign"]
KINDS: tuple[Kind, ...] = get_args(Kind)
START = """
import sys
import gonogo_graph.drive, gonogo.cli.runs, gonogo.signoff
from gonogo.main import main
print("ready", flush=True)
sys.stdin.buffer.raw.read(1)
sys.exit(main(sys.argv[1:]))
"""
"""Everything is imported before the start, so that all of them come at once."""
TOLD = re.compile(r"(\S.*) decided (\S+) on (\S+?Z)(?:; it was committed before|; it is committed|\.)")
EXITS = {"GO": 0, "NO-GO": 1}


@dataclass(frozen=True, slots=True)
class Race:
    """What came of one race."""

    decision: str
    committed: int
    """How many say that they committed it."""
    told: int
    """How many say that somebody had."""
    refused: int
    """How many were refused, because somebody else had decided."""


def prepare(folder: Path) -> Team:
    """Four people who may decide alone, and a run that waits for any of them."""
    team = make_team(folder, signoff=SIGNOFF, separation=FORMAL)
    team.desk.run("--operator", "dave")
    return team


def race(team: Team, folder: Path, operators: int, kind: Kind) -> Race:
    """Run one race on a copy of the desk, and hold what must hold. Raises ``AssertionError`` where it does not."""
    desk = copy_of(team.desk, folder)
    people = PEOPLE[:operators]
    if kind == "resume":
        signed = desk.gonogo("sign", "latest", "--decision", "GO", "--reason", "seen", "--no-resume")
        assert signed.returncode == 4, signed.stderr
        commands = [["resume", "latest"] for _ in people]
    else:
        commands = [
            ["sign", "latest", "--decision", ("GO", "NO-GO")[at % 2], "--reason", "seen", "--key", team.key(name)]
            for at, name in enumerate(people)
        ]
    ended = _at_once(desk, commands)
    found = _judge(desk, ended)
    shutil.rmtree(folder)
    return found


def _at_once(desk: Desk, commands: list[list[str]]) -> list[tuple[int, str]]:
    pipes = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", START, *words],
            cwd=desk.repo.path,
            env=desk.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    for process in pipes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in pipes:
        assert process.stdin is not None
        process.stdin.write("!")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[1] for process in pipes]
    return [(process.returncode, text) for process, text in zip(pipes, said, strict=True)]


def _judge(desk: Desk, ended: list[tuple[int, str]]) -> Race:
    ((decision, state),) = rows(desk, "SELECT decision, state FROM spent")
    assert state == "DONE"
    assert len(list(desk.state_folder().glob("runs/*/pack/EVP-*/review/outcome.json"))) == 1
    answers = {(found[1].rpartition(": ")[2], found[2]) for _, text in ended for found in TOLD.finditer(text)}
    ((who, said),) = answers  # all name the same person and decision
    assert (bool(who), said) == (True, decision), ended
    committed = sum("; it is committed" in text for _, text in ended)
    told = sum("; it was committed before" in text for _, text in ended)
    refused = sum("error ALREADY_DECIDED" in text for _, text in ended)
    assert committed == 1, ended
    assert committed + told + refused == len(ended), ended
    assert all(code in {EXITS[decision], 5} for code, _ in ended), ended
    assert sum(code == 5 for code, _ in ended) == refused, ended
    assert desk.gonogo("verify", "latest").returncode == EXITS[decision]
    listed = desk.json("index", "list", code=0)["entries"]
    assert sum(entry["kind"] == "decision" for entry in listed) == 1, listed
    return Race(decision, committed, told, refused)


def main(folder: Path, races: int) -> None:
    """Run them all and print the sums."""
    team = prepare(folder / "team")
    for kind in KINDS:
        for operators in (2, 4):
            began, sums = time.monotonic(), collections.Counter[str]()
            for number in range(races):
                found = race(team, folder / f"race-{number}", operators, kind)
                sums.update({found.decision: 1, "won": found.committed, "told": found.told, "refused": found.refused})
            spent = time.monotonic() - began
            sys.stdout.write(f"{kind:<6} {races} races of {operators}: {dict(sorted(sums.items()))}, {spent:.0f} s\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

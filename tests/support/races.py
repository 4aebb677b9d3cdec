"""Several operators at once: real processes, one ledger, one winner.

``python tests/support/races.py FOLDER RACES [KIND ...]`` runs so many of two and of four operators, of each kind, and
prints what came of them; the tests run a few. ``resume``: all come to commit what one of them signed. ``sign``: each
signs with a key of their own, every other one NO-GO, and commits.
"""

from __future__ import annotations

import collections
import json
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.crash import copy_of, rows
from support.operators import Operators
from support.team import FORMAL, PEOPLE, SIGNOFF, Team, make_team

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.desk import Desk

Kind = Literal["resume", "sign"]
KINDS: tuple[Kind, ...] = get_args(Kind)
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


@dataclass(frozen=True, slots=True)
class Start:
    """What all races begin from, made once: each of them runs on a copy."""

    team: Team
    signed: Desk
    """The same desk, where one of them has signed."""
    operators: Operators


def prepare(folder: Path) -> Start:
    """Four people who may decide alone, a run that waits for any of them, and the same run with a signature."""
    team = make_team(folder / "team", signoff=SIGNOFF, separation=FORMAL)
    team.desk.run("--operator", "dave")
    desk = copy_of(team.desk, folder / "signed")
    signed = desk.gonogo("sign", "latest", "--decision", "GO", "--reason", "seen", "--no-resume")
    assert signed.returncode == 4, signed.stderr
    return Start(team, desk, Operators())


def race(start: Start, folder: Path, operators: int, kind: Kind) -> Race:
    """Run one race on a copy of the desk, and hold what must hold. Raises ``AssertionError`` where it does not."""
    desk = copy_of(start.signed if kind == "resume" else start.team.desk, folder)
    found = _judge(desk, start.operators, _commands(start, operators, kind))
    shutil.rmtree(folder)
    return found


def _commands(start: Start, operators: int, kind: Kind) -> list[list[str]]:
    if kind == "resume":
        return [["resume", "latest"]] * operators
    return [
        ["sign", "latest", "--decision", ("GO", "NO-GO")[at % 2], "--reason", "seen", "--key", start.team.key(name)]
        for at, name in enumerate(PEOPLE[:operators])
    ]


def _judge(desk: Desk, operators: Operators, commands: list[list[str]]) -> Race:
    env, folder = desk.environment(), desk.repo.path
    ended = [(code, err) for code, _, err in operators.at_once(commands, env, folder)]
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
    verified, listed = operators.at_once([["verify", "latest"], ["index", "list", "--json"]], env, folder)
    assert verified[0] == EXITS[decision], verified
    entries = json.loads(listed[1])["entries"]
    assert sum(entry["kind"] == "decision" for entry in entries) == 1, entries
    return Race(decision, committed, told, refused)


def main(folder: Path, races: int, kinds: Sequence[Kind]) -> None:
    """Run them all and print the sums."""
    start = prepare(folder)
    for kind in kinds:
        for operators in (2, 4):
            began, sums = time.monotonic(), collections.Counter[str]()
            for number in range(races):
                found = race(start, folder / f"race-{number}", operators, kind)
                sums.update({found.decision: 1, "won": found.committed, "told": found.told, "refused": found.refused})
            spent = time.monotonic() - began
            sys.stdout.write(f"{kind:<6} {races} races of {operators}: {dict(sorted(sums.items()))}, {spent:.0f} s\n")
            sys.stdout.flush()
    start.operators.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), [kind for kind in KINDS if kind in (sys.argv[3:] or KINDS)])

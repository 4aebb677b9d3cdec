"""Kill runs at seeded moments, let them go on, and see that nothing is lost and nothing happened twice.

``python tests/support/crash.py FOLDER KILLS SEED`` prints a histogram; the tests use :func:`trial`.
"""

from __future__ import annotations

import collections
import json
import random
import shutil
import signal
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.desk import Desk, make_desk
from support.warm import warm

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

RUN = ("run", "--layer", "L0", "--reason", "crash", "--json")
RESUME = ("resume", "latest", "--json")
SIGN = ("sign", "latest", "--decision", "GO", "--reason", "seen", "--no-resume", "--json")


@dataclass(slots=True)
class Crash:
    """A desk, what an undisturbed run gives there, and how many calls each command makes in each place."""

    folder: Path
    template: Desk
    core_digest: str
    calls: dict[str, dict[str, int]]
    histogram: collections.Counter[str] = field(default_factory=collections.Counter)


def prepare(folder: Path) -> Crash:
    """A template desk with an enrolled signer; an undisturbed run on a copy of it tells digest and call counts."""
    template = make_desk(folder / "template")
    template.enrol()
    template.let_unproven_sign()
    calm = copy_of(template, folder / "calm")
    counts = {}
    for words in (RUN, SIGN, RESUME):
        done, counts[words[0]] = killed(calm, "", 0, words)
        assert done.returncode in {0, 4}, done.stderr
    (row,) = rows(calm, "SELECT core_digest, state, decision FROM runs")
    assert row[1:] == ("COMMITTED", "GO"), row
    return Crash(folder, template, row[0], counts)


def copy_of(desk: Desk, folder: Path) -> Desk:
    """The same desk elsewhere."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(desk.home, folder / "home", symlinks=True)
    shutil.copytree(desk.repo.path, folder / "repo", symlinks=True)
    repo = type(desk.repo)(folder / "repo", desk.repo.branch, list(desk.repo.commits))
    copy = Desk(folder / "home", repo, dict(desk.env))
    copy.pin_again()
    return copy


def killed(
    desk: Desk, place: str, at: int, words: Sequence[str], *, by: signal.Signals = signal.SIGKILL
) -> tuple[subprocess.CompletedProcess[str], dict[str, int]]:
    """Run gonogo and signal it at the ``at``-th call of a place (0: never); what it said, and the calls by place."""
    where = desk.home / "where.txt"
    where.unlink(missing_ok=True)
    env = desk.environment(KILLER_SIGNAL=by.name)
    done = warm(env).run(words, desk.repo.path, env, 180, ("support.killer:armed", place, str(at), str(where)))
    return done, json.loads(where.read_text()) if where.exists() else {}


def rows(desk: Desk, query: str) -> list[tuple[str, ...]]:
    """Rows of the ledger."""
    connection = sqlite3.connect(desk.state_folder() / "gonogo.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def trial(crash: Crash, seed: int, *, command: str) -> str:
    """One run with one kill in ``run`` or ``resume``; returns the place. Raises where anything was lost or doubled."""
    chance = random.Random(seed)  # noqa: S311 - a seed, not a secret
    desk = copy_of(crash.template, crash.folder / f"trial-{seed}")
    place = chance.choice(sorted(crash.calls[command]))
    at = chance.randint(1, crash.calls[command][place])
    if command == "resume":
        assert desk.gonogo(*RUN).returncode == 4
        assert desk.gonogo(*SIGN).returncode == 4
    done, _ = killed(desk, place, at, RUN if command == "run" else RESUME)
    if done.returncode != -signal.SIGKILL:  # this run made fewer calls there than the calm one
        place = f"{place} (not reached)"
    crash.histogram[f"{command}: {place}"] += 1
    finish(desk)
    check(crash, desk)
    shutil.rmtree(desk.home.parent)
    return place


def finish(desk: Desk) -> None:
    """What an operator does after a crash: resume, or start again where nothing had begun; then sign and resume."""
    started = (desk.home / ".local/state/gonogo").exists() and bool(rows(desk, "SELECT 1 FROM runs"))
    done = desk.gonogo(*(RESUME if started else RUN))
    if done.returncode == 4:
        signed = desk.gonogo(*SIGN)
        assert signed.returncode == 4 or "ALREADY_SIGNED" in signed.stderr, signed.stderr
        done = desk.gonogo(*RESUME)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)


def check(crash: Crash, desk: Desk) -> None:
    """One run, one decision, the same core, every file there, nothing half-made left."""
    ((core, state, decision, pack_id),) = rows(desk, "SELECT core_digest, state, decision, pack_id FROM runs")
    assert (core, state, decision) == (crash.core_digest, "COMMITTED", "GO")
    assert rows(desk, "SELECT state FROM spent") == [("DONE",)]
    assert len(rows(desk, "SELECT 1 FROM signoffs")) == 1
    published = desk.repo.path / "data" / "evidence_packs"
    assert sorted(path.name for path in published.iterdir()) == [pack_id, f"{pack_id}.json"]
    packs = next((desk.state_folder() / "runs").iterdir()) / "pack"
    assert sorted(path.name for path in packs.iterdir()) == [pack_id, f"{pack_id}.json"]
    index = desk.gonogo("index", "check")
    assert index.returncode == 0, index.stdout
    entries = desk.json("index", "list", code=0)["entries"]
    assert [entry["kind"] for entry in entries] == ["intent", "pack", "decision"]
    assert desk.gonogo("verify", "latest").returncode == 0
    assert desk.gonogo("verify", str(published / pack_id)).returncode == 0


def main() -> None:
    """Many kills, and the histogram."""
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    crash = prepare(folder)
    for number in range(kills):
        command = "run" if number % 3 else "resume"
        trial(crash, seed + number, command=command)
        sys.stderr.write(f"\r{number + 1}/{kills}")
    for place, count in sorted(crash.histogram.items()):
        sys.stdout.write(f"{count:4}  {place}\n")


if __name__ == "__main__":
    main()

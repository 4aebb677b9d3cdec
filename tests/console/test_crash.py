"""SIGKILL of the real program, one after another in one run's life: nothing is lost, nothing happens twice.

The places are those of ``support/killer.py``; the moments in them are seeded. ``python tests/support/crash.py`` makes
many independent trials of the same kind.
"""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING, Any

import pytest

from support.crash import RESUME, RUN, SIGN, Crash, check, copy_of, finish, killed, prepare, rows

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.state import Ref
    from support.desk import Desk

SEED = 20260727
IN_RUN = ("start", "duty 2", "duty 5", "duty 7", "seal", "hold point", "publish")
IN_RESUME = ("commit: before intent", "commit: after intent", "commit: before done", "publish")


@pytest.fixture(scope="module")
def crash(tmp_path_factory: pytest.TempPathFactory) -> Crash:
    return prepare(tmp_path_factory.mktemp("crash"))


@pytest.fixture
def desk(crash: Crash, tmp_path: Path) -> Desk:
    return copy_of(crash.template, tmp_path / "desk")


def test_kill_after_kill_one_run_one_decision_the_same_core(crash: Crash, desk: Desk) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a seed, not a secret
    for place in IN_RUN:
        kill(desk, place, chance.randint(1, crash.calls["run"][place] // 2), RESUME if begun(desk) else RUN)
    assert desk.gonogo(*RESUME).returncode == 4
    assert desk.gonogo(*SIGN).returncode == 4
    for place in IN_RESUME:
        kill(desk, place, chance.randint(1, max(1, crash.calls["resume"][place] // 2)), RESUME)
        assert len(rows(desk, "SELECT 1 FROM signoffs")) == 1
    finish(desk)
    check(crash, desk)


def test_a_resume_that_died_past_the_hold_point_asks_again_when_the_policy_is_another(crash: Crash, desk: Desk) -> None:
    """It stood before the commit for good: what was signed was refused, and nobody was asked anew."""
    assert desk.gonogo(*RUN).returncode == 4
    assert desk.gonogo(*SIGN).returncode == 4
    kill(desk, "commit: before intent", 1, RESUME)
    (trust,) = desk.trust_folders()
    policy = trust / "signoff.toml"
    policy.write_text(f"{policy.read_text()}\n# one word more\n")
    assert desk.gonogo(*RESUME).returncode == 5
    assert desk.gonogo(*RESUME).returncode == 4
    assert len(rows(desk, "SELECT 1 FROM requests")) == 2
    assert desk.gonogo(*SIGN).returncode == 4
    assert desk.gonogo(*RESUME).returncode == 0
    assert rows(desk, "SELECT core_digest, decision FROM runs") == [(crash.core_digest, "GO")]


def kill(desk: Desk, place: str, at: int, words: tuple[str, ...]) -> None:
    """The program must die there: a place that is not reached proves nothing."""
    done, _ = killed(desk, place, at, words)
    assert done.returncode == -signal.SIGKILL, (place, at, done.returncode, done.stderr)


def begun(desk: Desk) -> bool:
    """Whether a run is on the record."""
    state = desk.home / ".local" / "state" / "gonogo"
    return state.exists() and bool(rows(desk, "SELECT 1 FROM runs"))


def test_half_of_a_dutys_writes_does_not_end_a_run(crash: Crash, desk: Desk) -> None:
    """Rows of a checkpoint that came without the others once left a run that no resume could move.

    The result's row alone looks like a finished duty, and there is no next one: ``next == ()``.
    """
    kill(desk, "duty 5", 1, RUN)
    from gonogo_graph.checkpoints import config_for, saver
    from gonogo_graph.machine import build

    ((thread,),) = rows(desk, "SELECT thread FROM runs")
    with saver(desk.state_folder() / "checkpoints.db", desk.mac_key()) as checkpointer:
        app: Any = build(_no_duty, _no_commit).compile(checkpointer=checkpointer)
        state = app.get_state(config_for(thread, 24))
        assert state.next == ("ORCHESTRATOR",)
        checkpointer.put_writes(state.config, [("execution", {"path": "half"})], state.tasks[0].id)
        assert app.get_state(config_for(thread, 24)).next == ()
    assert desk.gonogo(*RESUME).returncode == 4
    assert rows(desk, "SELECT core_digest FROM runs") == [(crash.core_digest,)]
    assert rows(desk, "SELECT thread FROM runs") == [(f"{thread}/2",)]


def test_a_dutys_writes_are_stored_together(tmp_path: Path) -> None:
    from gonogo_graph.checkpoints import saver
    from gonogo_graph.macs import SIZE, MacKey

    with saver(tmp_path / "checkpoints.db", MacKey(bytes(SIZE))) as checkpointer:
        checkpointer.setup()
        with checkpointer.cursor() as cursor:
            cursor.execute("DELETE FROM writes")
            assert checkpointer.conn.in_transaction


def _no_duty(*_: object) -> tuple[Verdict, Ref]:
    raise AssertionError("the graph is only looked at")


def _no_commit(_: object) -> str:
    raise AssertionError("the graph is only looked at")

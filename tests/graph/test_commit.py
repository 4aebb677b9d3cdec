"""The graph is never the authority: whoever edits it, the commit proves from bytes or refuses."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

from langgraph.types import Command

from gonogo_agents.world import World
from gonogo_evidence.errors import GonogoError
from gonogo_graph import machine
from gonogo_graph.checkpoints import config_for, saver
from gonogo_graph.commit import commit
from gonogo_graph.session import open_session
from support.crash import rows

if TYPE_CHECKING:
    from gonogo_graph.context import RunContext
    from gonogo_graph.state import Run
    from support.desk import Desk

REWRITE = (
    "UPDATE signoffs SET decision = 'NO-GO', statement ="
    " CAST(replace(CAST(statement AS TEXT), '\"GO\"', '\"NO-GO\"') AS BLOB)"
)
SIGN = ("sign", "latest", "--decision", "GO", "--reason", "seen", "--no-resume")


def attacker(context: RunContext, checkpointer: Any) -> Any:  # noqa: ANN401 - langgraph's own types
    """The graph in the hands of somebody who has all but the key: real commit, duties that do nothing."""

    def play(duty: object, state: object) -> Any:  # noqa: ANN401 - never called here
        raise AssertionError((duty, state))

    def real(state: Run) -> str:
        del state
        return commit(context)

    return machine.build(play, real).compile(checkpointer=checkpointer)


@pytest.mark.parametrize("move", ["edit the state", "go to the commit", "answer"])
def test_no_move_in_the_graph_makes_a_decision(desk: Desk, context: RunContext, move: str) -> None:
    config: Any = config_for(context.run_id, 24)
    with saver(context.places.checkpoints, context.store.key) as checkpointer:
        app = attacker(context, checkpointer)
        given: Any = {"go to the commit": Command(goto="commit"), "answer": Command(resume={"decision": "GO"})}.get(
            move
        )
        if move == "edit the state":
            app.update_state(config, {"decision": "GO"}, as_node="sign_off")
        with pytest.raises((GonogoError, ValueError)):
            app.invoke(given, config)
    assert rows(desk, "SELECT * FROM spent") == []
    assert desk.gonogo("verify", "latest").returncode == 4


def test_a_stray_goto_bricks_nothing(desk: Desk, context: RunContext) -> None:
    with saver(context.places.checkpoints, context.store.key) as checkpointer, pytest.raises(GonogoError):
        attacker(context, checkpointer).invoke(Command(goto="RISK_OFFICER"), config_for(context.run_id, 24))
    assert desk.gonogo(*SIGN).returncode == 4
    assert desk.gonogo("resume", "latest").returncode == 0
    assert rows(desk, "SELECT decision, state FROM spent") == [("GO", "DONE")]


def test_losing_the_checkpointer_loses_nothing(desk: Desk) -> None:
    before = rows(desk, "SELECT core_digest, pack_digest, review_digest FROM runs")
    for path in desk.state_folder().glob("checkpoints.db*"):
        path.unlink()
    assert desk.gonogo("resume", "latest").returncode == 4
    assert rows(desk, "SELECT core_digest, pack_digest, review_digest FROM runs") == before
    assert desk.gonogo(*SIGN).returncode == 4
    assert desk.gonogo("resume", "latest").returncode == 0


def test_another_graph_version_goes_on_when_told_to_on_a_thread_of_its_own(desk: Desk) -> None:
    desk.update_runs(graph_version="older")
    refused = desk.gonogo("resume", "latest")
    assert (refused.returncode, "GRAPH_VERSION_OTHER" in refused.stderr) == (5, True)
    assert ("GRAPH_VERSION_OTHER",) in rows(desk, "SELECT code FROM refusals")
    assert desk.gonogo("resume", "latest", "--migrate").returncode == 4
    ((run, thread),) = rows(desk, "SELECT run_id, thread FROM runs")
    assert thread == f"{run}/2"
    assert desk.gonogo(*SIGN).returncode == 4
    assert desk.gonogo("resume", "latest").returncode == 0


def test_what_was_signed_under_another_graph_is_asked_again(desk: Desk) -> None:
    assert desk.gonogo(*SIGN).returncode == 4
    with open_session(World(env=desk.environment()), desk.repo.path) as session:
        session.store.update_run(session.find("latest").run_id, graph_version="older")
    done = desk.gonogo("resume", "latest", "--migrate")
    assert (done.returncode, "error GRAPH_CHANGED" in done.stderr) == (5, True), done.stderr
    assert rows(desk, "SELECT * FROM spent") == []
    assert ("GRAPH_CHANGED",) in rows(desk, "SELECT code FROM refusals")
    assert desk.gonogo(*SIGN).returncode == 4
    assert desk.gonogo("resume", "latest", "--migrate").returncode == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (REWRITE, 6),
        ("UPDATE signoffs SET signature = substr(signature, 1, 200)", 6),
        ("UPDATE requests SET pack_digest = '" + "0" * 64 + "'", 6),
    ],
)
def test_an_edited_ledger_decides_nothing(desk: Desk, change: str, code: int) -> None:
    assert desk.gonogo(*SIGN).returncode == 4
    edit(desk, change)
    done = desk.gonogo("resume", "latest")
    assert (done.returncode in {code, 5}, rows(desk, "SELECT * FROM spent")) == (True, []), done.stderr


def test_a_signature_for_another_run_decides_nothing(desk: Desk) -> None:
    assert desk.gonogo(*SIGN).returncode == 4
    first = rows(desk, "SELECT run_id FROM runs")[0][0]
    second = desk.run()["run_id"]
    request = rows(desk, "SELECT request_id FROM requests ORDER BY rowid DESC LIMIT 1")[0][0]
    edit(desk, f"UPDATE signoffs SET run_id = '{second}', request_id = '{request}' WHERE run_id = '{first}'")  # noqa: S608
    done = desk.gonogo("resume", second)
    assert done.returncode == 5, done.stderr
    assert "SIGNOFF_OTHER_RUN" in done.stderr
    assert rows(desk, "SELECT * FROM spent") == []
    assert ("SIGNOFF_OTHER_RUN",) in rows(desk, "SELECT code FROM refusals")


def test_an_intent_that_a_crash_left_is_settled_by_looking(desk: Desk) -> None:
    assert desk.gonogo(*SIGN).returncode == 4
    assert desk.gonogo("resume", "latest").returncode == 0
    outcome = rows(desk, "SELECT outcome FROM spent")
    edit(desk, "UPDATE spent SET state = 'INTENT'")
    desk.update_runs(state="AMBIGUOUS")
    assert desk.json("show", "latest", code=0)["state"] == "AMBIGUOUS"
    assert desk.gonogo("resume", "latest").returncode == 0
    assert rows(desk, "SELECT outcome FROM spent") == outcome
    assert rows(desk, "SELECT state FROM spent") == [("DONE",)]


def test_an_outcome_that_is_not_the_ledgers_is_integrity(desk: Desk) -> None:
    assert desk.gonogo(*SIGN).returncode == 4
    assert desk.gonogo("resume", "latest").returncode == 0
    (outcome,) = desk.state_folder().glob("runs/*/pack/EVP-*/review/outcome.json")
    outcome.chmod(0o644)
    outcome.write_bytes(outcome.read_bytes().replace(b"A", b"B", 1))
    edit(desk, "UPDATE spent SET state = 'INTENT'")
    assert desk.gonogo("resume", "latest").returncode == 6
    assert desk.gonogo("verify", "latest").returncode == 6


def edit(desk: Desk, script: str) -> None:
    """Somebody with the database open."""
    connection = sqlite3.connect(desk.state_folder() / "gonogo.db")
    connection.executescript(script)
    connection.commit()
    connection.close()

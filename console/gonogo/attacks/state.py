"""Attacks on what a paused run has stored: checkpoints, the run's row, results, and the key that authenticates them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.attacks.hostile import make_hostile
from gonogo.attacks.interface import executed, refused, refused_by
from gonogo.attacks.moves import edit, look, sign_genuine
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import msg
from gonogo_graph.drive import carry_on
from gonogo_graph.raw import code_in_bytes

if TYPE_CHECKING:
    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.stage import Stage

CHECKPOINTS = "checkpoints.db"
RAN = msg("the command ran")


def _then_resume(stage: Stage) -> Wordless:
    """Good signatures, and on: only the stored state is not what it was."""
    yield
    with stage.run() as context:
        sign_genuine(stage, context)
        carry_on(context)


@refused_by("CHECKPOINT_CHANGED")
def edited_checkpoint(stage: Stage) -> Wordless:
    """Other verdicts in the newest checkpoint."""
    ((data,),) = look(stage, "SELECT checkpoint FROM checkpoints ORDER BY checkpoint_id DESC LIMIT 1", CHECKPOINTS)
    place = "WHERE checkpoint_id = (SELECT max(checkpoint_id) FROM checkpoints)"
    edit(stage, f"UPDATE checkpoints SET checkpoint = ? {place}", data.replace(b"PASS", b"FAIL"), database=CHECKPOINTS)  # noqa: S608 - our own words
    yield from _then_resume(stage)


@refused_by("CHECKPOINT_CHANGED")
def edited_write(stage: Stage) -> Wordless:
    """Another value in a pending write."""
    edit(stage, "UPDATE writes SET value = x'c0' WHERE rowid = (SELECT max(rowid) FROM writes)", database=CHECKPOINTS)
    yield from _then_resume(stage)


@refused_by("CHECKPOINT_CHANGED")
def moved_checkpoint(stage: Stage) -> Wordless:
    """An earlier checkpoint, with the MAC that fits it, in the newest one's place."""
    edit(
        stage,
        "UPDATE checkpoints SET (checkpoint, mac) = (SELECT checkpoint, mac FROM checkpoints ORDER BY checkpoint_id"
        " LIMIT 1) WHERE checkpoint_id = (SELECT max(checkpoint_id) FROM checkpoints)",
        database=CHECKPOINTS,
    )
    yield from _then_resume(stage)


@refused_by("CHECKPOINT_CHANGED")
def foreign_checkpoint(stage: Stage) -> Wordless:
    """The newest checkpoint of another run, with the MAC that fits it there, in this run's thread."""
    make_hostile(stage)
    edit(
        stage,
        "UPDATE checkpoints SET (checkpoint, mac) = (SELECT checkpoint, mac FROM checkpoints WHERE thread_id = ?1"
        " ORDER BY checkpoint_id DESC LIMIT 1) WHERE thread_id = ?2 AND checkpoint_id ="
        " (SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?2)",
        stage.hostile_id,
        stage.run_id,
        database=CHECKPOINTS,
    )
    yield from _then_resume(stage)


@refused_by("CHECKPOINT_CHANGED")
def stripped_macs(stage: Stage) -> Wordless:
    """All MACs taken away."""
    edit(stage, "UPDATE checkpoints SET mac = NULL; UPDATE writes SET mac = NULL", database=CHECKPOINTS)
    yield from _then_resume(stage)


@refused_by("CHECKPOINT_CHANGED")
def code_in_checkpoint(stage: Stage) -> Moves:
    """Bytes in the newest checkpoint that name a command (GHSA-g48c-2wqr-h844)."""
    canary = stage.folder / "home" / "ran"
    place = "WHERE checkpoint_id = (SELECT max(checkpoint_id) FROM checkpoints)"
    edit(
        stage,
        f"UPDATE checkpoints SET type = 'msgpack', checkpoint = ? {place}",  # noqa: S608 - our own words
        code_in_bytes(f"touch '{canary}'"),
        database=CHECKPOINTS,
    )
    try:
        yield from _then_resume(stage)
    except GonogoError as error:
        return executed(RAN) if canary.exists() else refused(error.code)
    except Exception as error:  # noqa: BLE001 - whatever the bytes made of it
        return executed(RAN) if canary.exists() else refused(type(error).__name__)
    return executed(RAN) if canary.exists() else None


@refused_by("RUN_ROW_CHANGED")
def edited_row(stage: Stage) -> Moves:
    """A run row that says COMMITTED, GO."""
    edit(stage, "UPDATE runs SET state = 'COMMITTED', decision = 'GO'")
    yield
    with stage.run() as context:
        row = context.store.run(context.run_id)
    return executed(msg("the index answers: {decision}", decision=str(row and row.decision)))


@refused_by("RUN_ROW_CHANGED")
def edited_inputs(stage: Stage) -> Wordless:
    """Another starter in the run's frozen inputs."""
    ((inputs,),) = look(stage, "SELECT inputs FROM runs")
    edit(stage, "UPDATE runs SET inputs = ?", inputs.replace(b'"operator_id":"', b'"operator_id":"x', 1))
    yield from _then_resume(stage)


@refused_by("RESULT_CHANGED")
def edited_result(stage: Stage) -> Moves:
    """A duty's result edited, and the checkpoints removed, so that the run begins again from its results."""
    path = stage.run_folder / "results" / "inventory.json"
    path.write_bytes(path.read_bytes().replace(b'"role":"FACTS_COLLECTOR"', b'"role":"ORCHESTRATOR"', 1))
    for file in stage.state.glob("checkpoints.db*"):
        file.unlink()
    yield
    with stage.run() as context:
        carry_on(context)
    return executed(msg("the run began again from the edited result"))


@refused_by("STATE_KEY_OPEN")
def open_state_key(stage: Stage) -> Wordless:
    """The key of the MACs readable for everybody."""
    (stage.state / "state.key").chmod(0o644)
    yield from _then_resume(stage)


@refused_by("ENGINE_KEY_OPEN")
def open_engine_key(stage: Stage) -> Wordless:
    """The engine's key readable for everybody."""
    (stage.state / "engine.key").chmod(0o644)
    yield from _then_resume(stage)


@refused_by("RUN_ROW_CHANGED")
def other_state_key(stage: Stage) -> Wordless:
    """The key of the MACs replaced, so that a state of one's own fits."""
    (stage.state / "state.key").write_bytes(bytes(32))
    yield from _then_resume(stage)

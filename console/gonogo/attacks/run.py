"""Mounting: each attack on a stage as it was prepared, and what it came to, as the stage shows it."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo.attacks.interface import Result, broken, executed, refused
from gonogo.attacks.moves import decisions, refusals
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg
from gonogo_graph import proof
from gonogo_policies.signoff import Waiting

if TYPE_CHECKING:
    from gonogo.attacks.interface import Attack, Moves
    from gonogo.attacks.stage import Stage


def mount(attack: Attack, stage: Stage) -> Result:
    """Mount one attack. What was decided on the stage behind its back is EXECUTED, whatever anybody said."""
    stage.restore()
    began = time.monotonic()
    with closing(attack.mount.moves(stage)) as moves:
        result = _prepared(moves) or _acted(moves, stage)
    return replace(_counted(attack, result), seconds=time.monotonic() - began)


def _prepared(moves: Moves) -> Result | None:
    """Everything up to the act. An attack may find that it does not apply; whatever else ends it mounts nothing."""
    try:
        next(moves)
    except StopIteration as done:
        found = done.value
        ended = isinstance(found, Result) and found.outcome == "not-applicable"
        return found if ended else broken(msg("it ended before its act"))
    except GonogoError as error:
        return broken(msg("its preparation was refused: {code}", code=error.code))
    except Exception as error:  # noqa: BLE001 - a preparation that fails says nothing about the defence
        return broken(_failed(error))
    return None


def _acted(moves: Moves, stage: Stage) -> Result:
    before, told = decisions(stage), len(refusals(stage))
    try:
        next(moves)
    except StopIteration as done:
        return done.value or _looked_at(stage, before, told, "")
    except GonogoError as error:
        return _looked_at(stage, before, told, error.code)
    except Exception as error:  # noqa: BLE001 - an attack that fails by itself says nothing about the defence
        return broken(_failed(error))
    return broken(msg("it acts twice"))


def _failed(error: Exception) -> Text:
    return msg("the attack itself failed: {kind}: {text}", kind=type(error).__name__, text=str(error)[:200])


def _counted(attack: Attack, result: Result) -> Result:
    """A refusal counts where its code is one of those that the attack names."""
    if result.outcome != "refused" or result.code in attack.mount.codes:
        return result
    wanted = ", ".join(sorted(attack.mount.codes))
    return broken(msg("{code} came first, and only {wanted} would say something", code=result.code, wanted=wanted))


def _looked_at(stage: Stage, before: frozenset[tuple[str, str, bytes]], told: int, code: str) -> Result:
    """An attack that nothing stopped may have achieved nothing: then the proof is asked what is missing."""
    fresh = decisions(stage) - before
    if fresh:
        return executed(msg("decided: {decisions}", decisions=", ".join(sorted(decision for _, decision, _ in fresh))))
    try:
        if not code:
            with stage.run() as context:
                waits = isinstance(proof.prove(context).outcome, Waiting)
                said = refusals(stage)[told:]
                code = (said[-1] if said else "SIGNOFF_WAITS") if waits else ""
    except GonogoError as error:
        code = error.code
    return refused(code) if code else broken(msg("nothing was decided, and nothing said why"))

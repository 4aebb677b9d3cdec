"""Mounting: each attack on a stage as it was prepared, and what it came to, as the stage shows it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo.attacks.interface import Result, executed, refused
from gonogo.attacks.moves import decisions
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import msg
from gonogo_graph import proof
from gonogo_policies.signoff import Waiting

if TYPE_CHECKING:
    from gonogo.attacks.interface import Attack
    from gonogo.attacks.stage import Stage


def mount(attack: Attack, stage: Stage) -> Result:
    """Mount one attack. What was decided on the stage behind its back is EXECUTED, whatever anybody said."""
    stage.restore()
    before, began = decisions(stage), time.monotonic()
    try:
        result = attack.mount(stage)
    except GonogoError as error:
        result = _looked_at(stage, before, error.code)
    except Exception as error:  # noqa: BLE001 - an attack that fails by itself says nothing about the defence
        result = Result(
            "broken",
            "",
            msg("the attack itself failed: {kind}: {text}", kind=type(error).__name__, text=str(error)[:200]),
        )
    if result is None:
        result = _looked_at(stage, before, "")
    return replace(result, seconds=time.monotonic() - began)


def _looked_at(stage: Stage, before: frozenset[tuple[str, str, bytes]], code: str) -> Result:
    """An attack that nothing stopped may have achieved nothing: then the proof is asked what is missing."""
    fresh = decisions(stage) - before
    if fresh:
        return executed(msg("decided: {decisions}", decisions=", ".join(sorted(decision for _, decision, _ in fresh))))
    try:
        with stage.run() as context:
            told = [refusal.code for refusal in context.store.refusals(context.run_id)]
            if not code:
                waits = isinstance(proof.prove(context).outcome, Waiting)
                code = (told[-1] if told else "SIGNOFF_WAITS") if waits else ""
    except GonogoError as error:
        code = code or error.code
    return refused(code) if code else Result("broken", "", msg("nothing was decided, and nothing said why"))

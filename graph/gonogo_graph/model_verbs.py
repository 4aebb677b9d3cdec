"""``model.invoke``, behind the broker. Its room is made when a role first asks: a smoke run loads nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.broker import Handler
    from gonogo_agents.models.desk import ModelDesk
    from gonogo_agents.models.local import LocalModel
    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import Progress, RunContext


def model_verbs(
    context: RunContext,
    change: Callable[[], JSON],
    results: Mapping[str, JSON],
    local: LocalModel,
    progress: Progress,
) -> dict[str, Handler]:
    """The verb; ``results`` are those of the duties so far.

    Asked in a run without models it raises ``Refused`` ``NO_MODEL_RUN``.
    """
    made: list[ModelDesk] = []

    def invoke(arguments: Mapping[str, JSON]) -> JSON:
        if not made:
            made.append(_desk(context, change, results, local, progress))
        return made[0].invoke(arguments)

    return {"model.invoke": invoke}


def _desk(
    context: RunContext,
    change: Callable[[], JSON],
    results: Mapping[str, JSON],
    local: LocalModel,
    progress: Progress,
) -> ModelDesk:
    from gonogo_agents.models.ledger import Ledger  # noqa: PLC0415 - only when a model is asked
    from gonogo_agents.models.room import ModelRoom, Seen  # noqa: PLC0415 - only when a model is asked

    if "asked" not in context.inputs:
        mode = str(context.inputs["mode"])
        raise Refused("NO_MODEL_RUN", msg("This run asks no model: its mode is {mode}.", mode=mode))
    ledger = Ledger(context.places.spending, context.world, context.run_id, str(context.inputs["layer_id"]))
    room = ModelRoom(
        context.world,
        context.folder.root,
        context.inputs,
        context.repository,
        Seen(change, lambda: results),
        ledger,
        local,
        heard=progress.heard,
    )
    return room.desk()

"""``model.invoke``, behind the broker, and a model's words in a role. Loaded when first asked: a smoke run has none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.broker import Handler
    from gonogo_agents.duty import Role
    from gonogo_agents.models.desk import ModelDesk
    from gonogo_agents.models.local import LocalModel
    from gonogo_agents.models.room import ModelRoom
    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import Progress, RunContext


@dataclass(frozen=True)
class Models:
    """The run's models, for one leg; ``results`` are those of the duties so far."""

    context: RunContext
    change: Callable[[], JSON]
    results: Mapping[str, JSON]
    local: LocalModel
    progress: Progress

    def handlers(self) -> dict[str, Handler]:
        """The verb. Asked in a run without models it raises ``Refused`` ``NO_MODEL_RUN``."""

        def invoke(arguments: Mapping[str, JSON]) -> JSON:
            return self._desk.invoke(arguments)

        return {"model.invoke": invoke}

    def words(self, role: Role, field: str) -> Mapping[str, JSON]:
        """What a model says in a role before the duty that writes ``field``; raises as the desk does."""
        return self._desk.words(role, field, self._room.seen_by(role, self._desk))

    @cached_property
    def _desk(self) -> ModelDesk:
        return self._room.desk()

    @cached_property
    def _room(self) -> ModelRoom:
        from gonogo_agents.models.ledger import Ledger  # noqa: PLC0415 - only when a model is asked
        from gonogo_agents.models.room import ModelRoom, Seen  # noqa: PLC0415 - only when a model is asked

        context = self.context

        def mark(data: bytes) -> bytes:
            return context.store.key.of("exchange", context.run_id, data)

        if "asked" not in context.inputs:
            mode = str(context.inputs["mode"])
            raise Refused("NO_MODEL_RUN", msg("This run asks no model: its mode is {mode}.", mode=mode))
        return ModelRoom(
            context.world,
            context.folder.root,
            context.inputs,
            context.repository,
            Seen(self.change, lambda: self.results, mark),
            Ledger(context.places.spending, context.world, context.run_id, str(context.inputs["layer_id"])),
            self.local,
            heard=self.progress.heard,
        )

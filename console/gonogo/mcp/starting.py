"""Starting a run for chat hosts: as ``gonogo run --driver chat``, up to the first role that is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gonogo.mcp.places import mark_active
from gonogo_graph.drive import carry_on
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, require_operator, start_run
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from gonogo.mcp.desk import ChatDesk


def start(desk: ChatDesk, layer: str, reason: str) -> dict[str, Any]:
    """Start it and say what waits. The operator is who is enrolled here; nobody else can be named from a chat."""
    from gonogo.enrolment import default_operator  # noqa: PLC0415 - asks git, only where a run is started

    with open_session(desk.world, desk.repo) as session:
        context = start_run(
            Options(layer, reason, require_operator(default_operator(session)), driver="chat"),
            world=session.world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        carry_on(context)
        mark_active(context)
    return desk.status(context.run_id)

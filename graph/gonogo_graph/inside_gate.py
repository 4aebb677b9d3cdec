"""A gate's command must not start what runs gates: it would never end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg
from gonogo_policies.gates.interface import GATE_ENV

if TYPE_CHECKING:
    from gonogo_agents.world import World


def refuse_inside_gate(world: World) -> None:
    """Refuse what would never end. Raises ``Refused`` RUN_INSIDE_GATE."""
    if gate := world.env.get(GATE_ENV):
        raise Refused(
            "RUN_INSIDE_GATE",
            msg("A gate ({gate}) tried to start a run: a run that tests itself would never end.", gate=gate),
            next_step=msg("Take the call of gonogo out of the gate's command."),
        )

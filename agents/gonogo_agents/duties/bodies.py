"""The bodies of the nine duties, by the field that each one writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.duties.execute import execute
from gonogo_agents.duties.finalize import finalize
from gonogo_agents.duties.gate_plan import gate_plan
from gonogo_agents.duties.inventory import inventory
from gonogo_agents.duties.preflight import preflight
from gonogo_agents.duties.recommend import recommend
from gonogo_agents.duties.risk_review import risk_review
from gonogo_agents.duties.scope_plan import scope_plan
from gonogo_agents.duties.validate import validate
from gonogo_evidence import schema
from gonogo_policies.gates import load_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.duty import DutyBody

load_kinds()  # while importing: a duty opens nothing
schema.check("validator-report", None)  # compiled now, for the same reason

BODIES: Mapping[str, DutyBody] = {
    "preflight_snapshot": preflight,
    "inventory": inventory,
    "scope_plan": scope_plan,
    "gate_plan": gate_plan,
    "execution": execute,
    "validation": validate,
    "pack": finalize,
    "risk_review": risk_review,
    "recommendation": recommend,
}

__all__ = ["BODIES"]

"""Gates: a port with one file a kind. PASS, FAIL and INCONCLUSIVE need evidence; NOT_APPLICABLE must be earned."""

from gonogo_policies.gates.declaration import Declaration, read_declaration
from gonogo_policies.gates.interface import (
    GATE_ENV,
    Applicability,
    CiFacts,
    CommandResult,
    Finding,
    Gate,
    GateContext,
    GateResult,
    Observation,
    PlanContext,
    RunCommand,
)
from gonogo_policies.gates.registry import ASK_CI, load_kinds, make_gate

__all__ = [
    "ASK_CI",
    "GATE_ENV",
    "Applicability",
    "CiFacts",
    "CommandResult",
    "Declaration",
    "Finding",
    "Gate",
    "GateContext",
    "GateResult",
    "Observation",
    "PlanContext",
    "RunCommand",
    "load_kinds",
    "make_gate",
    "read_declaration",
]

"""Which class plays which kind of gate: a new kind is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_policies.gates.audit import AuditGate
from gonogo_policies.gates.command import CommandGate
from gonogo_policies.gates.contexts import ContextGate
from gonogo_policies.gates.critic import CriticGate
from gonogo_policies.gates.evidence import EvidenceGate
from gonogo_policies.gates.hygiene import HygieneGate
from gonogo_policies.gates.live import LiveGate
from gonogo_policies.gates.pack import PackGate
from gonogo_policies.gates.references import ReferenceGate
from gonogo_policies.gates.ruff import RuffGate
from gonogo_policies.gates.secrets import SecretGate
from gonogo_policies.gates.unbuilt import UnbuiltGate
from gonogo_policies.gates.zizmor import ZizmorGate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_policies.gates.declaration import Declaration, GateKind
    from gonogo_policies.gates.interface import Gate

KINDS: Mapping[GateKind, Callable[[Declaration], Gate]] = {
    "ruff": RuffGate,
    "command": CommandGate,
    "audit": AuditGate,
    "pack": PackGate,
    "contexts": ContextGate,
    "hygiene": HygieneGate,
    "references": ReferenceGate,
    "critic": CriticGate,
    "evidence": EvidenceGate,
    "secrets": SecretGate,
    "live": LiveGate,
    "zizmor": ZizmorGate,
    "unbuilt": UnbuiltGate,
}


def make_gate(declaration: Declaration) -> Gate:
    """The gate that plays this declaration."""
    return KINDS[declaration.kind](declaration)

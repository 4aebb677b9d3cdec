"""Which class plays which kind of gate: a new kind is one file and one line here.

A kind's file is imported when a gate of that kind is made: each brings what it reads with, YAML or schemas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_policies.gates.declaration import Declaration, GateKind
    from gonogo_policies.gates.interface import Gate

KINDS: Mapping[GateKind, tuple[str, str]] = {
    "ruff": ("ruff", "RuffGate"),
    "command": ("command", "CommandGate"),
    "audit": ("audit", "AuditGate"),
    "pack": ("pack", "PackGate"),
    "contexts": ("contexts", "ContextGate"),
    "hygiene": ("hygiene", "HygieneGate"),
    "references": ("references", "ReferenceGate"),
    "tokens": ("tokens", "TokenGate"),
    "critic": ("critic", "CriticGate"),
    "evidence": ("evidence", "EvidenceGate"),
    "secrets": ("secrets", "SecretGate"),
    "live": ("live", "LiveGate"),
    "zizmor": ("zizmor", "ZizmorGate"),
    "unbuilt": ("unbuilt", "UnbuiltGate"),
}
"""Kind to the file beside this one and its class."""


ASK_CI: frozenset[GateKind] = frozenset({"command", "tokens", "unbuilt"})
"""The kinds whose plan depends on what CI promises; for all others nobody reads the workflows."""


def make_gate(declaration: Declaration) -> Gate:
    """The gate that plays this declaration."""
    file, name = KINDS[declaration.kind]
    made = cast("Callable[[Declaration], Gate]", getattr(import_module(f"gonogo_policies.gates.{file}"), name))
    return made(declaration)


def load_kinds() -> None:
    """Import every kind's file now: for processes that can open nothing later."""
    for file, _ in KINDS.values():
        import_module(f"gonogo_policies.gates.{file}")

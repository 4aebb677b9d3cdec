"""The Python face of gonogo, lazy (PEP 562): ``import gonogo`` loads nothing, each name is loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo.orchestrator import Orchestrator
    from gonogo_evidence.ep_json import AutonomyLevel, create_evidence_pack, save_evidence_pack, validate_evidence_pack
    from gonogo_evidence.verify import verify_pack
    from gonogo_graph.machine import build as build_graph

__all__ = [
    "AutonomyLevel",
    "Orchestrator",
    "build_graph",
    "create_evidence_pack",
    "save_evidence_pack",
    "validate_evidence_pack",
    "verify_pack",
]

_HOMES = {
    "Orchestrator": "gonogo.orchestrator",
    "build_graph": "gonogo_graph.machine:build",
    "verify_pack": "gonogo_evidence.verify",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, inside = _HOMES.get(name, "gonogo_evidence.ep_json").partition(":")
    return getattr(import_module(module), inside or name)


def __dir__() -> list[str]:
    return __all__

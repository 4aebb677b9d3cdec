"""The predecessor's ``Orchestrator(config_dir)`` (interop.md 1.4), over gonogo's own selection, which fails closed.

Its errors are classes of their own with the names of :mod:`gonogo.compat.errors`, as they were.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo import orchestrator
from gonogo.compat.errors import ModelRegistryError
from gonogo.compat.loaders import ModelRegistryLoader
from gonogo.compat.models import AutonomyLevel
from gonogo_evidence.errors import GonogoError
from gonogo_policies.config import packaged_config
from gonogo_policies.config.base import NONE
from gonogo_policies.config.reader import REGISTRY
from gonogo_policies.config.sources import SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SWITCH = "ORCHESTRATOR_ENABLED"


class OrchestratorError(Exception):
    """The root of what a selection raises."""


class InvalidLayerError(OrchestratorError):
    """There is no such layer."""


class InvalidModelError(OrchestratorError):
    """There is no such model, or the layer has none."""


class ForbiddenAutonomyError(OrchestratorError):
    """EXEC, or a level that the layer does not allow."""


class SoDViolationError(OrchestratorError):
    """Proposer, a fallback and critic are not apart."""


_ERRORS: dict[str, type[OrchestratorError]] = {
    "LAYER_UNKNOWN": InvalidLayerError,
    "LAYER_FORBIDDEN": ForbiddenAutonomyError,
    "AUTONOMY_EXEC": ForbiddenAutonomyError,
    "AUTONOMY_UNKNOWN": ForbiddenAutonomyError,
    "AUTONOMY_NOT_ALLOWED": ForbiddenAutonomyError,
    "MODEL_UNKNOWN": InvalidModelError,
    "MODEL_RETIRED": InvalidModelError,
    "LAYER_WITHOUT_MODEL": InvalidModelError,
    "SOD_SAME_MODEL": SoDViolationError,
    "FALLBACK_IS_CRITIC": SoDViolationError,
}


@dataclass(frozen=True)
class SelectionConstraints:
    """Wishes of a caller. They were accepted and ignored; they still are."""

    max_cost_per_1k_tokens: float | None = None
    max_latency_ms: int | None = None
    required_capabilities: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class ModelSelection:
    """What a selection gives. Model ids have dashes for dots."""

    layer_id: str
    autonomy_level: AutonomyLevel
    primary_model_id: str
    fallback_model_ids: list[str]
    critic_model_id: str
    capability_scope_id: str
    registry_version: str
    selection_reason: str
    selection_timestamp: str
    sod_validated: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**vars(self), "autonomy_level": self.autonomy_level.value}


class Orchestrator:
    """Chooses models for a layer; switched off unless ``ORCHESTRATOR_ENABLED`` is ``true`` at construction.

    Args:
        config_dir: holds ``model_registry.toml`` and ``capability_scopes/``; None is the packaged configuration.
        env: the environment; None is the machine's.
        clock: for the timestamp; None is the machine's.

    Raises:
        TypeError: ``config_dir`` is no ``Path``.
        FileNotFoundError: the registry or the folder of scopes is not there.
        ValueError: the configuration is wrong.
    """

    def __init__(
        self,
        config_dir: Path | None = None,
        *,
        env: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        if config_dir is not None and not isinstance(config_dir, Path):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("config_dir must be a Path")
        folder = packaged_config() if config_dir is None else config_dir
        if not (folder / REGISTRY).exists():
            raise FileNotFoundError(f"Model registry not found: {folder / REGISTRY}")
        if not (folder / SCOPES).is_dir():
            raise FileNotFoundError(f"Capability scopes not found: {folder / SCOPES}")
        try:
            self._registry = ModelRegistryLoader(folder / REGISTRY).load()
            self._inner = orchestrator.Orchestrator(config_dir=folder)
        except (GonogoError, ModelRegistryError) as error:
            raise ValueError(str(error)) from error
        self._scopes = len(list((folder / SCOPES).glob("*.toml")))
        self._clock = clock or (lambda: datetime.now(UTC))
        self.config_dir = folder
        self.enabled = (os.environ if env is None else env).get(SWITCH, "").strip().lower() == "true"

    def select_model(
        self,
        layer_id: str,
        autonomy_level: AutonomyLevel,
        task_type: str = "general",
        constraints: SelectionConstraints | None = None,
        context: dict[str, Any] | None = None,
    ) -> ModelSelection:
        """Choose for a layer. ``constraints`` and ``context`` are accepted and ignored.

        Raises:
            RuntimeError: switched off.
            OrchestratorError: the kind of refusal.
        """
        del constraints, context
        if not self.enabled:
            raise RuntimeError(f"Orchestrator is disabled; set {SWITCH}=true")
        if layer_id not in self._registry.layer_mappings:
            raise InvalidLayerError(f"Invalid layer: {layer_id}")
        if autonomy_level == AutonomyLevel.EXEC:
            raise ForbiddenAutonomyError("EXEC is forbidden")
        mapping = self._registry.get_layer_mapping(layer_id)
        if mapping.primary == NONE:
            raise InvalidModelError(f"{layer_id} has no LLM support")
        try:
            chosen = self._inner.select_model(layer_id, task_type or "general", autonomy_level=autonomy_level)
        except GonogoError as error:
            raise _ERRORS.get(error.code, OrchestratorError)(str(error)) from error
        return ModelSelection(
            layer_id=layer_id,
            autonomy_level=chosen.autonomy_level,
            primary_model_id=_dashed(chosen.primary_model_id),
            fallback_model_ids=[_dashed(model) for model in chosen.fallback_model_ids],
            critic_model_id=_dashed(chosen.critic_model_id),
            capability_scope_id=f"{layer_id}_{re.sub('[ /]', '_', mapping.description.lower())}",
            registry_version=chosen.registry_version,
            selection_reason="; ".join(chosen.selection_reasons),
            selection_timestamp=self._clock().isoformat(),
        )

    def health_check(self) -> dict[str, Any]:
        """What was loaded, and whether it is switched on."""
        return {
            "enabled": self.enabled,
            "registry_version": self._inner.registry_version,
            "models_count": len(self._registry.models),
            "layers_mapped": len(self._registry.layer_mappings),
            "scopes_loaded": self._scopes,
            "status": "healthy" if self.enabled else "disabled",
        }


def _dashed(model_id: str) -> str:
    return model_id.replace(".", "-")

"""The runbook's Python face for model selection (section 4, step D, "Canonical Commands").

The call shapes are the runbook's: ``Orchestrator(registry_path=..., capability_scopes_dir=...)`` and
``select_model(layer_id=..., run_reason=...)``. Files are read in gonogo's form and in the predecessor's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo_evidence.ep_json import AutonomyLevel
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_policies import selection
from gonogo_policies.config import ConfigSource, load_config, packaged_config, read_folder
from gonogo_policies.config.reader import REGISTRY
from gonogo_policies.config.sources import SCOPES, read_file, read_scopes

if TYPE_CHECKING:
    from os import PathLike

    from gonogo_evidence.ids import JSON
    from gonogo_policies.config import Config

LAYERS: Final = "layers.toml"


@dataclass(frozen=True, slots=True)
class ModelSelection:
    """What a selection gives. Model ids are dotted; ``none`` stands where a layer has no model."""

    layer_id: str
    layer_name: str
    autonomy_level: AutonomyLevel
    primary_model_id: str
    fallback_model_ids: tuple[str, ...]
    critic_model_id: str
    capability_scope_id: str
    model_profile: str
    registry_version: str
    matrix_version: str
    selection_reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, JSON]:
        """Return plain values, in the order of the fields."""
        return {
            "layer_id": self.layer_id,
            "layer_name": self.layer_name,
            "autonomy_level": self.autonomy_level.value,
            "primary_model_id": self.primary_model_id,
            "fallback_model_ids": list(self.fallback_model_ids),
            "critic_model_id": self.critic_model_id,
            "capability_scope_id": self.capability_scope_id,
            "model_profile": self.model_profile,
            "registry_version": self.registry_version,
            "matrix_version": self.matrix_version,
            "selection_reasons": list(self.selection_reasons),
        }


class Orchestrator:
    """Chooses models for a layer from a registry and capability scopes.

    Args:
        registry_path: the model registry. A ``layers.toml`` beside it is the layer map; else a ``[layer_mapping]``
            inside it (the predecessor's form); else the packaged layer map.
        capability_scopes_dir: the folder of scopes. A scope that a layer names and that is not there is an error.
        config_dir: the folder of both; then the other two are not looked at.

    Raises:
        BadInput: ``CONFIG_*``, for what is missing, unreadable or wrong.

    Reads once, at construction. Nothing is asked of a model or of the network.
    """

    def __init__(
        self,
        registry_path: str | PathLike[str] = f"config/{REGISTRY}",
        capability_scopes_dir: str | PathLike[str] = f"config/{SCOPES}/",
        *,
        config_dir: str | PathLike[str] | None = None,
    ) -> None:
        registry, scopes = Path(registry_path), Path(capability_scopes_dir)
        if config_dir is not None:
            registry, scopes = Path(config_dir) / REGISTRY, Path(config_dir) / SCOPES
        self._config = _load(registry, scopes)

    @property
    def registry_version(self) -> str:
        """The version that the registry gives itself."""
        return self._config.registry.registry.version

    def select_model(
        self,
        layer_id: str,
        run_reason: str,
        *,
        autonomy_level: AutonomyLevel | str | None = None,
        model_id: str | None = None,
        profile: str | None = None,
    ) -> ModelSelection:
        """Choose for a layer. Raises BadInput or Refused as :func:`gonogo_policies.selection.select_model`."""
        chosen = selection.select_model(
            self._config,
            layer_id=layer_id,
            run_reason=run_reason,
            autonomy=None if autonomy_level is None else str(autonomy_level),
            model_id=model_id,
            profile=profile,
        )
        return ModelSelection(
            layer_id=chosen.layer_id,
            layer_name=chosen.layer_name,
            autonomy_level=AutonomyLevel(chosen.autonomy_level),
            primary_model_id=chosen.primary_model_id,
            fallback_model_ids=chosen.fallback_model_ids,
            critic_model_id=chosen.critic_model_id,
            capability_scope_id=chosen.capability_scope_id,
            model_profile=chosen.model_profile,
            registry_version=chosen.registry_version,
            matrix_version=self._config.matrix_version,
            selection_reasons=tuple(str(reason) for reason in chosen.reasons),
        )


def _load(registry: Path, scopes: Path) -> Config:
    named = read_scopes(scopes)
    files = {REGISTRY: read_file(registry)}
    layers = registry.with_name(LAYERS)
    if layers.is_symlink() or layers.exists():
        files[LAYERS] = read_file(layers)
    given = (
        ConfigSource("commit", files, place=str(registry.parent)),
        ConfigSource("commit", named, place=str(scopes.parent)),
    )
    config = load_config([*given, read_folder(packaged_config(), "packaged")])
    if not named:
        raise BadInput(
            "CONFIG_NO_SCOPES",
            msg("The folder holds no capability scope."),
            where=str(scopes),
            next_step=msg("gonogo init --write-config"),
        )
    ids = {name.removeprefix(f"{SCOPES}/").removesuffix(".toml") for name in named}
    return replace(config, scopes={key: scope for key, scope in config.scopes.items() if key in ids})

"""The predecessor's loaders of the model registry and the capability scopes (interop.md 1.6).

The files are read by the policies' own reader, in the predecessor's form and in ours; patterns are path globs here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gonogo.compat.errors import CapabilityScopeError, ModelRegistryError
from gonogo_evidence.errors import GonogoError
from gonogo_policies import globs
from gonogo_policies.config import ConfigSource, load_config, packaged_config, read_folder
from gonogo_policies.config.reader import REGISTRY
from gonogo_policies.config.sources import SCOPES, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_policies.config.layers import Layer
    from gonogo_policies.config.scopes import CapabilityScope

LAYERS = "layers.toml"


@dataclass(frozen=True)
class ModelSpec:
    """One model, as its file has it."""

    provider: str
    model_id: str
    family: str
    description: str
    context_window: int
    max_output_tokens: int
    cost_per_1k_input: float
    cost_per_1k_output: float
    latency_p50_ms: int
    latency_p99_ms: int
    capabilities: list[str]
    use_cases: list[str]
    rate_limit_rpm: int
    status: str
    deployment: str = ""
    notes: str = ""


@dataclass(frozen=True)
class LayerMapping:
    """Who plays in a layer."""

    layer_id: str
    description: str
    primary: str
    fallback: list[str]
    critic: str
    autonomy: str
    notes: str = ""


@dataclass(frozen=True)
class ModelRegistry:
    """The whole registry; models by their dotted id."""

    version: str
    effective_date: str
    owner: str
    models: Mapping[str, ModelSpec]
    layer_mappings: Mapping[str, LayerMapping]
    fallback_policy: Mapping[str, Any]
    budget: Mapping[str, Any]
    audit: Mapping[str, Any]

    def get_model(self, model_id: str) -> ModelSpec:
        """One model. Raises :class:`ModelRegistryError`."""
        if model_id not in self.models:
            raise ModelRegistryError(f"Model not found: {model_id}")
        return self.models[model_id]

    def get_layer_mapping(self, layer_id: str) -> LayerMapping:
        """One layer. Raises :class:`ModelRegistryError`."""
        if layer_id not in self.layer_mappings:
            raise ModelRegistryError(f"Layer not found: {layer_id}")
        return self.layer_mappings[layer_id]


class ModelRegistryLoader:
    """Reads a model registry; without a path the packaged one."""

    def __init__(self, registry_path: Path | None = None) -> None:
        self.registry_path = registry_path or packaged_config() / REGISTRY

    def load(self) -> ModelRegistry:
        """Read and check it. Raises :class:`ModelRegistryError` for anything that is missing or wrong."""
        path = self.registry_path
        try:
            files = {REGISTRY: read_file(path.resolve() if path.parent == packaged_config() else path)}
            layers = path.with_name(LAYERS)
            if layers.exists():
                files[LAYERS] = read_file(layers.resolve())
            place = ConfigSource("commit", files, place=str(path.parent))
            config = load_config([place, read_folder(packaged_config(), "packaged")])
            table = tomllib.loads(files[REGISTRY].decode())
        except (GonogoError, OSError, ValueError) as error:
            raise ModelRegistryError(f"{path}: {error}") from error
        lacking = [name for name in ("registry", "models") if name not in table]
        if "layer_mapping" not in table and LAYERS not in files:
            lacking.append("layer_mapping")
        if lacking:
            raise ModelRegistryError(f"{path}: section missing: {', '.join(lacking)}")
        mappings = table.get("layer_mapping", {})
        return ModelRegistry(
            version=config.registry.registry.version,
            effective_date=str(config.registry.registry.effective_date),
            owner=config.registry.registry.owner,
            models={str(spec["model_id"]): _spec(spec) for spec in table["models"].values()},
            layer_mappings={
                name: _mapping(name, layer, mappings.get(name, {})) for name, layer in config.layers.items()
            },
            fallback_policy=table.get("fallback_policy", {}),
            budget=table.get("budget", {}),
            audit=table.get("audit", {}),
        )


class CapabilityScopeLoader:
    """Reads capability scopes by layer; without a folder the packaged ones. What is forbidden beats what is allowed."""

    def __init__(self, scopes_dir: Path | None = None) -> None:
        self.scopes_dir = scopes_dir or packaged_config() / SCOPES
        self._found: dict[str, CapabilityScope] = {}

    def load(self, layer_id: str) -> CapabilityScope:
        """The scope of a layer: the first file ``<layer>_*.toml``. Raises :class:`CapabilityScopeError`."""
        if layer_id not in self._found:
            self._found[layer_id] = self._read(layer_id)
        return self._found[layer_id]

    def validate_input(self, layer_id: str, path: str) -> bool:
        """Whether the layer may read a repository path."""
        inputs = self.load(layer_id).inputs
        try:
            return globs.match(path, inputs.allowed) and not globs.match(path, inputs.forbidden)
        except GonogoError:
            return False

    def validate_output(self, layer_id: str, output_type: str) -> bool:
        """Whether the layer may hand out this type."""
        outputs = self.load(layer_id).outputs
        return output_type in outputs.allowed and output_type not in outputs.forbidden

    def validate_tooling(self, layer_id: str, tool: str) -> bool:
        """Whether the layer may use this tool."""
        tooling = self.load(layer_id).tooling
        return tool in tooling.allowed and tool not in tooling.forbidden

    def get_envelope_tooling_allowlist(self, layer_id: str) -> list[str]:
        """The tools of a layer."""
        return list(self.load(layer_id).tooling.allowed)

    def _read(self, layer_id: str) -> CapabilityScope:
        try:
            found = sorted(self.scopes_dir.glob(f"{layer_id}_*.toml")) or sorted(
                self.scopes_dir.glob(f"{layer_id.lower()}_*.toml")
            )
            if not found or not layer_id.isalnum():
                raise CapabilityScopeError(f"No capability scope for {layer_id} in {self.scopes_dir}")
            data = read_file(found[0].resolve())
            source = ConfigSource("commit", {f"{SCOPES}/{found[0].name}": data}, place=str(self.scopes_dir))
            config = load_config([source, read_folder(packaged_config(), "packaged")])
        except (GonogoError, OSError) as error:
            raise CapabilityScopeError(str(error)) from error
        return config.scopes[found[0].stem]


def _mapping(name: str, layer: Layer, given: Mapping[str, Any]) -> LayerMapping:
    """A layer as the selection reads it, in the words of its own file where that has them."""
    return LayerMapping(
        layer_id=name,
        description=str(given.get("description", layer.name)),
        primary=layer.primary,
        fallback=list(layer.fallback),
        critic=layer.critic,
        autonomy=str(given.get("autonomy", "/".join(layer.autonomy) or "EXEC (forbidden)")),
        notes=str(given.get("notes", "")),
    )


def _spec(table: Mapping[str, Any]) -> ModelSpec:
    return ModelSpec(**{name: table[name] for name in ModelSpec.__dataclass_fields__ if name in table})

"""The predecessor's run manifest and its operator output in German (interop.md 1.7).

Its run id follows from the layer, the two models and the scope alone: two runs of one pair have the same. That is its
stated form; a run of gonogo has an id of its own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gonogo.compat.errors import ManifestGenerationError
from gonogo.compat.sod_checker import SoDChecker
from gonogo_evidence import ep_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class RunManifest:
    """One dry run: who was to play, and what came out."""

    run_id: str
    layer_id: str
    layer_name: str
    autonomy_level: str
    primary_model_id: str
    critic_model_id: str
    capability_scope_id: str
    capability_scope_version: str
    sod_result: str
    sod_reason: str
    sod_timestamp: str
    timestamp: str
    fallback_model_ids: list[str] = field(default_factory=list[str])
    inputs_manifest: list[str] = field(default_factory=list[str])
    outputs_manifest: list[str] = field(default_factory=list[str])
    artifacts: list[str] = field(default_factory=list[str])
    matrix_version: str = "v1.0"
    registry_version: str = "1.0"
    operator_notes: str = ""
    operator_output_path: str | None = None
    run_type: str = "dry-run"

    def to_dict(self) -> dict[str, Any]:
        """Plain values; the lists of files are sorted."""
        ordered = ("artifacts", "inputs_manifest", "outputs_manifest")
        return {**asdict(self), **{name: sorted(getattr(self, name)) for name in ordered}}

    def to_json(self) -> str:
        """Sorted keys, indented by two, no newline at the end."""
        return json.dumps(self.to_dict(), indent=2, sort_keys=True)


class RunManifestGenerator:
    """Makes manifests. A fixed ``clock`` gives the same bytes again."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))

    def generate(
        self,
        *,
        layer_id: str,
        layer_name: str,
        autonomy_level: str,
        primary_model_id: str,
        critic_model_id: str,
        capability_scope_id: str = "",
        capability_scope_version: str = "1.0",
        **more: Any,  # noqa: ANN401 - the other fields of RunManifest
    ) -> RunManifest:
        """Make a manifest; the scope's id is the layer's where none is given.

        Raises:
            ManifestGenerationError: an unknown layer, EXEC, or a field that a manifest does not have.
            SoDViolationError: proposer and critic are one.
        """
        if layer_id not in ep_rules.LAYERS or autonomy_level not in ep_rules.AUTONOMY:
            raise ManifestGenerationError(f"no layer or no allowed autonomy: {layer_id}, {autonomy_level}")
        unknown = more.keys() - RunManifest.__dataclass_fields__.keys()
        if unknown:
            raise ManifestGenerationError(f"no such field: {', '.join(sorted(unknown))}")
        now = self._clock()
        sod = SoDChecker(clock=lambda: now).validate(primary_model_id, critic_model_id)
        scope = capability_scope_id or layer_id
        return RunManifest(
            run_id=run_id_of(layer_id, primary_model_id, critic_model_id, scope),
            layer_id=layer_id,
            layer_name=layer_name,
            autonomy_level=str(autonomy_level),
            primary_model_id=primary_model_id,
            critic_model_id=critic_model_id,
            capability_scope_id=scope,
            capability_scope_version=capability_scope_version,
            sod_result=sod.result.value,
            sod_reason=sod.reason,
            sod_timestamp=sod.timestamp,
            timestamp=now.isoformat(),
            **more,
        )


def run_id_of(layer_id: str, primary_model_id: str, critic_model_id: str, scope_id: str) -> str:
    """``<layer>-`` and 16 hex digits of the SHA-256 over the four, joined by ``|``."""
    joined = f"{layer_id}|{primary_model_id}|{critic_model_id}|{scope_id}"
    return f"{layer_id}-{hashlib.sha256(joined.encode()).hexdigest()[:16]}"


def generate_operator_output(manifest: RunManifest, findings: Sequence[str], actions: Sequence[str]) -> str:
    """The short report for the operator, in German Markdown."""
    fallback = ", ".join(manifest.fallback_model_ids) or "keine"
    head = {
        "Run ID": manifest.run_id,
        "Run-Typ": manifest.run_type,
        "Zeitstempel": manifest.timestamp,
        "Layer": f"{manifest.layer_id} ({manifest.layer_name})",
        "Autonomie": manifest.autonomy_level,
    }
    models = {"Primär": manifest.primary_model_id, "Fallback": fallback, "Critic": manifest.critic_model_id}
    scope = {"Scope": manifest.capability_scope_id, "Version": manifest.capability_scope_version}
    sod = {"Ergebnis": manifest.sod_result, "Grund": manifest.sod_reason, "Zeitpunkt": manifest.sod_timestamp}
    sections = (
        ("Modelle", _facts(models)),
        ("Capability Scope", _facts(scope)),
        ("SoD-Prüfung", _facts(sod)),
        ("Befunde", _items(findings, "Keine Befunde.")),
        ("Maßnahmen", _items(actions, "Keine Maßnahmen.")),
        ("Operator-Notizen", [manifest.operator_notes or "Keine Notizen."]),
        ("Artefakte", _items(sorted(manifest.artifacts), "Keine Artefakte.")),
    )
    parts = ["\n".join(["# Operator-Ausgabe (Kurzbericht)", "", *_facts(head)])]
    parts += ["\n".join([f"## {title}", "", *lines]) for title, lines in sections]
    return "\n\n---\n\n".join([*parts, "**ENDE**"]) + "\n"


def _facts(facts: dict[str, str]) -> list[str]:
    return [f"- **{name}:** {value}" for name, value in facts.items()]


def _items(items: Sequence[str], none: str) -> list[str]:
    return [f"- {item}" for item in items] or [none]

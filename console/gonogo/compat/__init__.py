"""The predecessor's Python names (interop.md 1.1 to 1.7), each loaded when it is first used.

The behaviour is the predecessor's, its Python errors and texts too, save where it let things pass: those differences
are listed in docs/compatibility.md. New code takes its names from :mod:`gonogo` instead.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo.compat.errors import (
        AIModelHardGateError,
        CapabilityScopeError,
        ConfigurationError,
        DryRunError,
        EvidencePackError,
        ForbiddenAutonomyError,
        InvalidLayerError,
        InvalidModelError,
        L1RunnerError,
        L2RunnerError,
        L3PointerOnlyViolation,
        L3RunnerError,
        L3ToolingViolation,
        L4CriticError,
        LayerEnvelopeViolation,
        ManifestGenerationError,
        ModelClientError,
        ModelRegistryError,
        OrchestrationError,
        SoDViolationError,
        TranscriptStoreError,
    )
    from gonogo.compat.evidence_pack import (
        EvidencePackMetadata,
        EvidencePackValidator,
        create_evidence_pack,
        save_evidence_pack,
    )
    from gonogo.compat.evidence_pack_runtime import EvidencePackRuntime
    from gonogo.compat.evidence_pack_schema import (
        MigrationRegistry,
        SchemaErrorCode,
        SchemaValidationError,
        canonicalize,
        normalize_path,
        validate_config_fingerprint,
        validate_git_sha,
        validate_schema_header,
        validate_timestamp_chronology,
    )
    from gonogo.compat.loaders import (
        CapabilityScopeLoader,
        LayerMapping,
        ModelRegistry,
        ModelRegistryLoader,
        ModelSpec,
    )
    from gonogo.compat.models import (
        AutonomyLevel,
        CapabilityScopeMetadata,
        CriticDecision,
        LayerRunMetadata,
        RunLogging,
        SoDCheckResult,
        SoDResult,
    )
    from gonogo.compat.orchestrator import (
        ModelSelection,
        Orchestrator,
        OrchestratorError,
        SelectionConstraints,
    )
    from gonogo.compat.run_manifest import (
        RunManifest,
        RunManifestGenerator,
        generate_operator_output,
    )
    from gonogo.compat.sod_checker import (
        SoDCheck,
        SoDChecker,
    )

__all__ = [
    "AIModelHardGateError",
    "AutonomyLevel",
    "CapabilityScopeError",
    "CapabilityScopeLoader",
    "CapabilityScopeMetadata",
    "ConfigurationError",
    "CriticDecision",
    "DryRunError",
    "EvidencePackError",
    "EvidencePackMetadata",
    "EvidencePackRuntime",
    "EvidencePackValidator",
    "ForbiddenAutonomyError",
    "InvalidLayerError",
    "InvalidModelError",
    "L1RunnerError",
    "L2RunnerError",
    "L3PointerOnlyViolation",
    "L3RunnerError",
    "L3ToolingViolation",
    "L4CriticError",
    "LayerEnvelopeViolation",
    "LayerMapping",
    "LayerRunMetadata",
    "ManifestGenerationError",
    "MigrationRegistry",
    "ModelClientError",
    "ModelRegistry",
    "ModelRegistryError",
    "ModelRegistryLoader",
    "ModelSelection",
    "ModelSpec",
    "OrchestrationError",
    "Orchestrator",
    "OrchestratorError",
    "RunLogging",
    "RunManifest",
    "RunManifestGenerator",
    "SchemaErrorCode",
    "SchemaValidationError",
    "SelectionConstraints",
    "SoDCheck",
    "SoDCheckResult",
    "SoDChecker",
    "SoDResult",
    "SoDViolationError",
    "TranscriptStoreError",
    "canonicalize",
    "create_evidence_pack",
    "generate_operator_output",
    "normalize_path",
    "save_evidence_pack",
    "validate_config_fingerprint",
    "validate_git_sha",
    "validate_schema_header",
    "validate_timestamp_chronology",
]

_HOMES = {
    "evidence_pack": (
        "EvidencePackMetadata",
        "EvidencePackValidator",
        "create_evidence_pack",
        "save_evidence_pack",
    ),
    "evidence_pack_runtime": ("EvidencePackRuntime",),
    "evidence_pack_schema": (
        "MigrationRegistry",
        "SchemaErrorCode",
        "SchemaValidationError",
        "canonicalize",
        "normalize_path",
        "validate_config_fingerprint",
        "validate_git_sha",
        "validate_schema_header",
        "validate_timestamp_chronology",
    ),
    "loaders": (
        "CapabilityScopeLoader",
        "LayerMapping",
        "ModelRegistry",
        "ModelRegistryLoader",
        "ModelSpec",
    ),
    "models": (
        "AutonomyLevel",
        "CapabilityScopeMetadata",
        "CriticDecision",
        "LayerRunMetadata",
        "RunLogging",
        "SoDCheckResult",
        "SoDResult",
    ),
    "orchestrator": (
        "ModelSelection",
        "Orchestrator",
        "OrchestratorError",
        "SelectionConstraints",
    ),
    "run_manifest": (
        "RunManifest",
        "RunManifestGenerator",
        "generate_operator_output",
    ),
    "sod_checker": (
        "SoDCheck",
        "SoDChecker",
    ),
}
"""Where the names live; the others are errors."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "errors")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return __all__

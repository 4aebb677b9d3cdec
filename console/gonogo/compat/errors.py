"""The predecessor's tree of errors, under its names (interop.md 1.5)."""

from __future__ import annotations


class OrchestrationError(Exception):
    """The root."""


class ConfigurationError(OrchestrationError):
    """A configuration file is missing or wrong."""


class ModelRegistryError(ConfigurationError):
    """The model registry is missing or wrong, or does not hold what was asked for."""


class CapabilityScopeError(ConfigurationError):
    """A capability scope is missing or wrong."""


class InvalidLayerError(OrchestrationError):
    """There is no such layer."""


class InvalidModelError(OrchestrationError):
    """There is no such model, or the layer has none."""


class ForbiddenAutonomyError(OrchestrationError):
    """The autonomy level is not allowed."""


class SoDViolationError(OrchestrationError):
    """Proposer and critic are one."""


class ManifestGenerationError(OrchestrationError):
    """A run manifest cannot be made."""


class DryRunError(OrchestrationError):
    """A dry run failed."""


class EvidencePackError(Exception):
    """An evidence pack cannot be made or read."""


class ModelClientError(Exception):
    """A model call failed."""


class TranscriptStoreError(Exception):
    """A transcript cannot be read."""


class L1RunnerError(Exception):
    """An L1 run failed."""


class L2RunnerError(Exception):
    """An L2 run failed."""


class L4CriticError(Exception):
    """An L4 run failed."""


class L3RunnerError(Exception):
    """An L3 run failed."""


class L3PointerOnlyViolation(L3RunnerError):
    """An L3 input holds content instead of a pointer."""


class L3ToolingViolation(L3RunnerError):
    """An L3 run asked for more than files."""


class LayerEnvelopeViolation(RuntimeError):
    """A layer's envelope is wrong."""


class AIModelHardGateError(RuntimeError):
    """Models may not be called."""

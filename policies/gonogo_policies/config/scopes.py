"""``capability_scopes/*.toml``: what a layer may take in, hand out and use (interop.md 2.3)."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from gonogo_policies.config.base import (
    Autonomy,
    Count,
    Day,
    Globs,
    Key,
    LayerName,
    Many,
    Model,
    Note,
    Sentence,
    Slug,
    Word,
    Words,
)


class ScopeHead(Model):
    """Which layer it is for."""

    layer_id: LayerName
    description: Sentence
    purpose: Note = ""
    autonomy_level: Word
    """Free words in the predecessor's files (``REC/PROP``); a layer's levels stand in ``layers.toml``."""
    version: Word
    effective_date: Day


class Inputs(Model):
    """Repository paths that a proposer may be given."""

    allowed: Globs
    forbidden: Globs = ()


class Names(Model):
    """Output types or tools."""

    allowed: Words
    forbidden: Words

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if both := sorted(set(self.allowed) & set(self.forbidden)):
            raise ValueError(f"allowed and forbidden at once: {', '.join(both)}")
        return self


class OutputContract(Model):
    """What a proposer's artifact must hold, and what a critic may answer."""

    required_fields: Words = ()
    min_citations: Count = 0
    min_scenarios: Count = 0
    require_limitations: bool = False
    require_uncertainty: bool = False
    require_no_trade_triggers: bool = False
    require_risk_checklist: bool = False
    require_evidence_ids: bool = False
    require_rationale: bool = False
    allowed_decisions: Words = ()


class Logging(Model):
    """Fields that the record of a call must hold."""

    required_fields: Words


class Safety(Model):
    """Checks named for the layer."""

    safety_checks: Many[Word] = ()
    alert_on_violation: bool = True
    alert_channel: Note = ""


class WebAccess(Model):
    """Limits on the web, for layers that may use it."""

    allowed_domains: Words = ()
    rate_limit_per_hour: Count = 0
    max_search_depth: Count = 0


class ScopeFile(Model):
    """One scope as its file has it. A prohibition always beats a permission; what is not named is not allowed."""

    scope: ScopeHead
    inputs: Inputs
    outputs: Names
    tooling: Names
    constraints: Mapping[Key, bool] = Field(default_factory=dict)
    output_contract: OutputContract = OutputContract()
    logging: Logging
    safety: Safety = Safety()
    web_access: WebAccess | None = None

    def named(self, scope_id: str) -> "CapabilityScope":
        """Return the scope under its id."""
        return CapabilityScope.model_validate({**self.model_dump(), "id": scope_id})


class CapabilityScope(ScopeFile):
    """A scope under its id, which is its file's name without ``.toml``."""

    id: Slug

    @property
    def layer_id(self) -> LayerName:
        """The layer it belongs to."""
        return self.scope.layer_id

    @property
    def autonomy(self) -> tuple[Autonomy, ...]:
        """The levels its head names, in its words' order."""
        words = self.scope.autonomy_level.replace("/", " ").split()
        return tuple(level for level in ("RO", "REC", "PROP") if level in words)

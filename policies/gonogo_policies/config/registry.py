"""``model_registry.toml``: models, profiles and what happens when a model fails (interop.md 2.1)."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gonogo_policies.config.base import (
    Count,
    Day,
    Decimal,
    DecimalText,
    Key,
    Model,
    ModelId,
    ModelIds,
    Note,
    Sentence,
    Slug,
    Word,
    Words,
)

ModelStatus = Literal["production", "preview", "deprecated", "retired"]


class RegistryHead(Model):
    """Which registry this is."""

    version: Word
    effective_date: Day
    owner: Word


class RegisteredModel(Model):
    """One model. Costs are in US dollars for 1,000 tokens, as decimal text; latencies in milliseconds."""

    provider: Word
    model_id: ModelId
    family: Word
    description: Sentence
    context_window: Count
    max_output_tokens: Count
    cost_per_1k_input: Decimal
    cost_per_1k_output: Decimal
    latency_p50_ms: Count
    latency_p99_ms: Count
    capabilities: Words
    use_cases: Words
    rate_limit_rpm: Count
    status: ModelStatus
    reported_as: Words = ()
    """Other names under which responses report it, exactly; a dated ``<model_id>-YYYY-MM-DD`` needs no entry."""
    deployment: Note = ""
    notes: Note = ""


class Profile(Model):
    """How a proposer and its critic are called. Temperatures are decimal text: evidence holds no floats."""

    description: Sentence
    temperature: DecimalText
    max_output_tokens: Annotated[int, Field(ge=1)]
    top_p: DecimalText = "1"
    critic_temperature: DecimalText = "0"
    critic_max_output_tokens: Annotated[int, Field(ge=1)]


class LayerFallback(Model):
    """The order in which a layer's models are tried."""

    fallback_order: ModelIds = ()
    fail_if_all_unavailable: bool = True
    alert_on_fallback: bool = True


class FallbackPolicy(Model):
    """What happens when a model does not answer. It always ends closed."""

    max_retries_per_model: Count
    retry_delay_seconds: Count
    fail_closed: Literal[True]
    layers: Mapping[Key, LayerFallback] = Field(default_factory=dict)


class Budget(Model):
    """What may be spent, in US dollars as decimal text."""

    daily_cost_limit_usd: Decimal
    monthly_cost_limit_usd: Decimal
    layer_daily_cost_limit_usd: Decimal | None = None
    run_cost_limit_usd: Decimal | None = None
    run_token_limit: Count | None = None
    run_seconds_limit: Count | None = None
    alert_threshold_pct: Annotated[int, Field(ge=1, le=100)]
    owner: Word
    tracking_enabled: bool


class SodAudit(Model):
    """How separation of duties between models is watched."""

    enforce_different_models: Literal[True]
    log_sod_violations: bool = True
    alert_on_sod_violation: bool = True
    alert_channel: Note = ""


class Audit(Model):
    """What is logged of each model call."""

    log_all_model_calls: bool
    log_destination: Word
    required_log_fields: Words
    retention_days: Count
    sod_checks: SodAudit


class Registry(Model):
    """The whole registry. Its keys are a file's own business; a model's name is its dotted ``model_id``."""

    registry: RegistryHead
    models: Mapping[Slug, RegisteredModel]
    profiles: Mapping[Slug, Profile]
    fallback_policy: FallbackPolicy
    budget: Budget
    audit: Audit

    def find(self, name: str) -> RegisteredModel | None:
        """Return the model with this dotted id, or with this key of the file (``gpt-5-2`` for ``gpt-5.2``)."""
        by_id = next((model for model in self.models.values() if model.model_id == name), None)
        return by_id or self.models.get(name)

    def nearest(self, name: str) -> str | None:
        """Return the model id that looks most like ``name``."""
        ids = [model.model_id for model in self.models.values()]
        return next(iter(difflib.get_close_matches(name, ids, n=1, cutoff=0.5)), None)

    @model_validator(mode="after")
    def _one_name_each(self) -> Self:
        ids = [model.model_id for model in self.models.values()]
        if len(set(ids)) != len(ids):
            raise ValueError("two models have the same model_id")
        if not ids or not self.profiles:
            raise ValueError("a registry holds at least one model and one profile")
        crossed = [key for key in self.models if key in ids and self.models[key].model_id != key]
        if crossed:
            raise ValueError(f"the key '{crossed[0]}' is another model's model_id")
        return self

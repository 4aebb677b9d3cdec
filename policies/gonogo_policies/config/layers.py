"""``layers.toml``: the layer map L0 to L6 (interop.md 2.2, the runbook's layer matrix v1.0)."""

from collections.abc import Mapping
from typing import Annotated, Self, get_args

from pydantic import AfterValidator, StringConstraints, model_validator

from gonogo_policies.config.base import (
    AUTONOMY_ORDER,
    NONE,
    Autonomy,
    LayerName,
    Many,
    Model,
    ModelId,
    ModelIds,
    Seconds,
    Sentence,
    Slug,
    Word,
    Words,
)


def _ascending(levels: tuple[Autonomy, ...]) -> tuple[Autonomy, ...]:
    if list(levels) != sorted(set(levels), key=AUTONOMY_ORDER.index):
        raise ValueError("the levels stand in ascending order, none twice: RO, REC, PROP")
    if "EXEC" in levels:
        raise ValueError("EXEC can never be allowed")
    return levels


class LayerCommand(Model):
    """A deterministic command of a layer without a model (L5), run by argv, never through a shell."""

    name: Word
    argv: Many[Word]
    timeout_seconds: Seconds = 300

    @model_validator(mode="after")
    def _runs_something(self) -> Self:
        if not self.argv:
            raise ValueError("a command names a program")
        return self


class Layer(Model):
    """One layer: what it is for, who may play in it, and how far it may go."""

    name: Word
    purpose: Sentence
    name_de: Word
    purpose_de: Sentence
    autonomy: Annotated[Many[Autonomy], AfterValidator(_ascending)]
    """The levels allowed, ascending. The first is the default: of a compound level, the lower one."""
    primary: ModelId
    fallback: ModelIds = ()
    critic: ModelId
    tools: Words = ()
    tools_optional: Words = ()
    hard_constraints: Many[Sentence]
    scope: Slug
    """The id of the capability scope (its file's name without ``.toml``); ``none`` for a layer without a model."""
    profile: Slug
    forbidden: bool = False
    """A layer that no run may enter; refused on the record."""
    commands: Many[LayerCommand] = ()

    @property
    def default_autonomy(self) -> Autonomy | None:
        """The level a run has where the operator names none; None for a layer that allows none."""
        return self.autonomy[0] if self.autonomy else None

    @property
    def has_model(self) -> bool:
        """Whether a model may be asked at all."""
        return self.primary != NONE

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.forbidden == bool(self.autonomy):
            raise ValueError("a layer allows at least one autonomy level, and a forbidden one allows none")
        if self.has_model and (NONE in {self.critic, self.scope, self.profile} or NONE in self.fallback):
            raise ValueError("a layer with a model names a critic, a scope and a profile")
        if not self.has_model and ({self.critic, self.scope, self.profile} != {NONE} or self.fallback):
            raise ValueError("a layer without a model has critic, scope and profile 'none' and no fallback")
        if self.has_model and self.commands:
            raise ValueError("only a layer without a model runs deterministic commands")
        return self


class LayersFile(Model):
    """The whole layer map."""

    matrix_version: Word
    phase_id: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,16}$")]
    """The phase in a pack's id (``EVP-<PHASE>-...``): upper-case letters and digits."""
    layers: Mapping[LayerName, Layer]

    @model_validator(mode="after")
    def _all_seven(self) -> Self:
        missing = [name for name in get_args(LayerName) if name not in self.layers]
        if missing:
            raise ValueError(f"layers are missing: {', '.join(missing)}")
        if not self.layers["L6"].forbidden:
            raise ValueError("L6 (execution) is forbidden; no configuration can open it")
        return self

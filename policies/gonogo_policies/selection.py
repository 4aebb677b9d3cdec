"""Model selection: by layer and run reason, as the runbook's ``Orchestrator.select_model`` has it. It fails closed.

What is not known is named with the nearest thing that is; what is not allowed is refused, whoever asks. The choice
says its reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, get_args

from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.text import Text, msg
from gonogo_policies.config.base import AUTONOMY_ORDER, NONE, Autonomy, LayerName
from gonogo_policies.config.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_policies.config import Config
    from gonogo_policies.config.layers import Layer
    from gonogo_policies.config.registry import RegisteredModel


@dataclass(frozen=True, slots=True)
class Selection:
    """Who plays in a layer run, how far it may go, and why. ``none`` stands where a layer has no model."""

    layer_id: LayerName
    layer_name: str
    autonomy_level: Autonomy
    primary_model_id: str
    fallback_model_ids: tuple[str, ...]
    critic_model_id: str
    capability_scope_id: str
    model_profile: str
    registry_version: str
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class _Cast:
    """The models of one run."""

    primary: RegisteredModel
    fallbacks: tuple[RegisteredModel, ...]
    critic: RegisteredModel
    reasons: tuple[Text, ...]


def select_model(
    config: Config,
    *,
    layer_id: str,
    run_reason: str,
    autonomy: str | None = None,
    model_id: str | None = None,
    profile: str | None = None,
) -> Selection:
    """Choose models, scope and autonomy for a run.

    Args:
        config: the whole configuration.
        layer_id: ``L0`` to ``L6``.
        run_reason: why the run is made; not empty.
        autonomy: a level that the layer allows; None takes the layer's lowest.
        model_id: another model than the layer's primary: any of the registry but the critic.
        profile: another profile than the layer's.

    Raises:
        BadInput: ``RUN_REASON_EMPTY``, ``LAYER_UNKNOWN``, ``AUTONOMY_UNKNOWN``, ``MODEL_UNKNOWN``, ``PROFILE_UNKNOWN``,
            ``SCOPE_UNKNOWN``, ``LAYER_WITHOUT_MODEL``.
        Refused: ``LAYER_FORBIDDEN``, ``AUTONOMY_EXEC``, ``AUTONOMY_NOT_ALLOWED``, ``SOD_SAME_MODEL``,
            ``FALLBACK_IS_CRITIC``, ``MODEL_RETIRED``, ``SCOPE_OF_OTHER_LAYER``.
    """
    if not any(character.isprintable() and not character.isspace() for character in run_reason):
        raise BadInput(
            "RUN_REASON_EMPTY",
            msg("A run needs a reason."),
            next_step=msg("Say in a few words why it is made, as in: --reason 'release readiness'"),
        )
    name, layer = _layer(config, layer_id)
    level, level_reason = _autonomy(name, layer, autonomy)
    reasons: tuple[Text, ...] = (level_reason,)
    if layer.has_model:
        chosen = _cast(config, name, layer, model_id)
        reasons = (*chosen.reasons, level_reason)
        primary, critic = chosen.primary.model_id, chosen.critic.model_id
        fallbacks = tuple(model.model_id for model in chosen.fallbacks)
        scope, used_profile = _scope(config, name, layer), _profile(config, layer, profile)
    else:
        _refuse_extras(name, model_id, profile)
        reasons = (msg("{layer} asks no model.", layer=name), level_reason)
        primary, critic, fallbacks, scope, used_profile = NONE, NONE, (), NONE, NONE
    return Selection(
        layer_id=name,
        layer_name=layer.name,
        autonomy_level=level,
        primary_model_id=primary,
        fallback_model_ids=fallbacks,
        critic_model_id=critic,
        capability_scope_id=scope,
        model_profile=used_profile,
        registry_version=config.registry.registry.version,
        reasons=reasons,
    )


def _unknown(code: str, what: Text, given: str, known: Iterable[str]) -> NoReturn:
    guess = nearest(given, known)
    raise BadInput(code, what, next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else None)


def _layer(config: Config, layer_id: str) -> tuple[LayerName, Layer]:
    for name, layer in config.layers.items():
        if name == layer_id:
            if layer.forbidden:
                raise Refused(
                    "LAYER_FORBIDDEN",
                    msg("{layer} ({name}) is forbidden; no run may enter it.", layer=name, name=layer.name),
                    next_step=msg("gonogo layers"),
                )
            return name, layer
    what = msg("There is no layer {layer}.", layer=ascii(layer_id))
    guess = nearest(layer_id, config.layers)
    raise BadInput(
        "LAYER_UNKNOWN",
        what,
        next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else msg("gonogo layers"),
    )


def _autonomy(name: LayerName, layer: Layer, wanted: str | None) -> tuple[Autonomy, Text]:
    if wanted is None:
        level = layer.autonomy[0]
        return level, msg("Autonomy {level}: the lowest that {layer} allows.", level=level, layer=name)
    if wanted == "EXEC":
        raise Refused("AUTONOMY_EXEC", msg("Autonomy EXEC is always refused."), next_step=_allowed(layer))
    for level in layer.autonomy:
        if level == wanted:
            return level, msg("Autonomy {level}: asked for, and {layer} allows it.", level=level, layer=name)
    if wanted not in get_args(Autonomy):
        guess = nearest(wanted, AUTONOMY_ORDER[:-1])
        raise BadInput(
            "AUTONOMY_UNKNOWN",
            msg("There is no autonomy level {level}.", level=ascii(wanted)),
            next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else _allowed(layer),
        )
    raise Refused(
        "AUTONOMY_NOT_ALLOWED",
        msg("{layer} does not allow autonomy {level}.", layer=name, level=wanted),
        next_step=_allowed(layer),
    )


def _allowed(layer: Layer) -> Text:
    return msg("Allowed: {levels}.", levels=", ".join(layer.autonomy))


def _model(config: Config, wanted: str, *, what_for: str) -> RegisteredModel:
    found = config.registry.find(wanted)
    if found is None:
        guess = config.registry.nearest(wanted)
        raise BadInput(
            "MODEL_UNKNOWN",
            msg("The registry has no model {model} ({role}).", model=ascii(wanted), role=what_for),
            next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else msg("gonogo models"),
        )
    if found.status == "retired":
        raise Refused(
            "MODEL_RETIRED",
            msg("The model {model} ({role}) is retired.", model=found.model_id, role=what_for),
            next_step=msg("Name another model for the layer in layers.toml."),
        )
    return found


def _cast(config: Config, name: LayerName, layer: Layer, wanted: str | None) -> _Cast:
    """The layer's models, each known, usable, and none of the proposers the critic."""
    critic = _model(config, layer.critic, what_for="critic")
    primary = _model(config, layer.primary if wanted is None else wanted, what_for="proposer")
    if primary.model_id == critic.model_id:
        raise Refused(
            "SOD_SAME_MODEL",
            msg("{model} would propose and criticise its own work in {layer}.", model=primary.model_id, layer=name),
            next_step=msg("Choose a proposer other than the critic {critic}.", critic=critic.model_id),
        )
    listed = tuple(_model(config, fallback, what_for="fallback") for fallback in layer.fallback)
    if any(fallback.model_id == critic.model_id for fallback in listed):
        raise Refused(
            "FALLBACK_IS_CRITIC",
            msg("{layer} would fall back to its own critic {critic}.", layer=name, critic=critic.model_id),
            next_step=msg("Take it out of the layer's fallback list in layers.toml."),
        )
    fallbacks = tuple(dict.fromkeys(fallback for fallback in listed if fallback.model_id != primary.model_id))
    first = (
        msg("{model} is the primary model of {layer}.", model=primary.model_id, layer=name)
        if wanted is None or primary.model_id == layer.primary
        else msg("{model} was asked for instead of {own}.", model=primary.model_id, own=layer.primary)
    )
    apart = msg("{critic} criticises; it is neither proposer nor fallback.", critic=critic.model_id)
    old = tuple(
        msg("{model} is deprecated.", model=model.model_id)
        for model in (primary, *fallbacks, critic)
        if model.status == "deprecated"
    )
    return _Cast(primary, fallbacks, critic, (first, apart, *old))


def _scope(config: Config, name: LayerName, layer: Layer) -> str:
    found = config.scopes.get(layer.scope)
    if found is None:
        what = msg("{layer} names the capability scope {scope}, which is not there.", layer=name, scope=layer.scope)
        _unknown("SCOPE_UNKNOWN", what, layer.scope, config.scopes)
    if found.layer_id != name:
        raise Refused(
            "SCOPE_OF_OTHER_LAYER",
            msg(
                "{layer} names the capability scope {scope}, which belongs to {other}.",
                layer=name,
                scope=layer.scope,
                other=found.layer_id,
            ),
            next_step=msg("Name the layer's own scope in layers.toml."),
        )
    return found.id


def _profile(config: Config, layer: Layer, wanted: str | None) -> str:
    name = layer.profile if wanted is None else wanted
    if name not in config.registry.profiles:
        what = msg("The registry has no profile {profile}.", profile=ascii(name))
        _unknown("PROFILE_UNKNOWN", what, name, config.registry.profiles)
    return name


def _refuse_extras(name: LayerName, model_id: str | None, profile: str | None) -> None:
    if (model_id or NONE) != NONE or (profile or NONE) != NONE:
        raise BadInput(
            "LAYER_WITHOUT_MODEL",
            msg("{layer} asks no model; a model or a profile has no place there.", layer=name),
            next_step=msg("Leave out --model and --profile."),
        )

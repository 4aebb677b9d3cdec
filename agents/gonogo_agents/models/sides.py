"""From a run's frozen inputs to what a call needs: layer, task, request, identities, budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import canonical
from gonogo_policies.layer_run.identity import Known
from gonogo_policies.layer_run.money import Budget, micro
from gonogo_policies.layer_run.prompts import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_policies.layer_run.prompts import Side

MOST_SEED: Final = 2**31 - 1
UNLIMITED: Final = 2**53 - 1


def layer_of(inputs: Mapping[str, JSON]) -> Layer:
    """What a prompt says of the layer."""
    asked, limits = cast("JSONObject", inputs["asked"]), cast("JSONObject", inputs["scope_limits"])
    return Layer(
        layer_id=str(inputs["layer_id"]),
        name=str(inputs["layer_name"]),
        purpose=str(asked["purpose"]),
        constraints=cast("Sequence[str]", asked["hard_constraints"]),
        allowed=cast("Sequence[str]", limits["outputs_allowed"]),
        forbidden=cast("Sequence[str]", limits["outputs_forbidden"]),
    )


def task_of(inputs: Mapping[str, JSON]) -> str:
    """What is to be done, in the operator's words; the scope where it is more than the layer's name."""
    reason, scope = str(inputs["run_reason"]), str(inputs["scope"])
    return reason if scope == inputs["layer_name"] else f"{reason} (scope: {scope})"


def models_of(inputs: Mapping[str, JSON]) -> Mapping[str, JSONObject]:
    """The models of the registry that take part, by id."""
    return cast("Mapping[str, JSONObject]", cast("JSONObject", inputs["asked"])["models"])


def identities(inputs: Mapping[str, JSON]) -> dict[str, Known]:
    """The same, as far as identity goes."""
    return {
        name: Known(name, str(model["family"]), tuple(cast("Sequence[str]", model["reported_as"])))
        for name, model in models_of(inputs).items()
    }


def request_of(
    inputs: Mapping[str, JSON], side: Side, model_id: str, messages: Sequence[JSONObject], schema: JSONObject
) -> JSONObject:
    """The canonical request. What its provider does not support stands in none; the schema then goes into the words."""
    asked, model = cast("JSONObject", inputs["asked"]), models_of(inputs)[model_id]
    profile = cast("JSONObject", asked["profile"])
    supports = cast(
        "Sequence[str]", cast("Mapping[str, JSONObject]", asked["providers"])[str(model["provider"])]["supports"]
    )
    seed = inputs.get("seed")
    critic = "critic_" if side == "critic" else ""
    most = min(cast("int", profile[f"{critic}max_output_tokens"]), cast("int", model["max_output_tokens"]))
    samples, shaped = "sampling" in supports, "structured_output" in supports and "structured_output" in _can(model)
    return {
        "model": model_id,
        "messages": list(messages) if shaped else _with_schema(messages, schema),
        "temperature": profile[f"{critic}temperature"] if samples else None,
        "top_p": profile["top_p"] if samples else None,
        "max_output_tokens": most,
        "seed": seed if "seed" in supports and isinstance(seed, int) and 0 <= seed <= MOST_SEED else None,
        "response_schema": schema if shaped else None,
        "tools": [],
    }


def _with_schema(messages: Sequence[JSONObject], schema: JSONObject) -> list[JSONObject]:
    """The instructions with the form that an answer must have, for a model that takes no schema."""
    first, *rest = messages
    words = f"{first['content']}The object keeps this JSON Schema:\n{canonical.dumps(schema).decode()}\n"
    return [{**first, "content": words}, *rest]


def _can(model: JSONObject) -> Sequence[str]:
    return cast("Sequence[str]", model["capabilities"])


def budget_of(inputs: Mapping[str, JSON]) -> Budget:
    """The limits that hold: of the trust side's limits and the registry's budget, the smaller each time."""
    asked = cast("JSONObject", inputs["asked"])
    limits, budget = cast("JSONObject", asked["limits"]), cast("JSONObject", asked["budget"])
    return Budget(
        run_cost=_least(limits["run_cost_usd"], budget.get("run_cost_limit_usd")),
        layer_cost=_least(limits["layer_daily_cost_usd"], budget.get("layer_daily_cost_limit_usd")),
        day_cost=_least(limits["daily_cost_usd"], budget.get("daily_cost_limit_usd")),
        month_cost=_least(None, budget.get("monthly_cost_limit_usd")),
        run_tokens=min(cast("int", limits["run_tokens"]), cast("int", budget.get("run_token_limit") or UNLIMITED)),
        run_seconds=min(cast("int", limits["run_seconds"]), cast("int", budget.get("run_seconds_limit") or UNLIMITED)),
        alert_pct=cast("int", budget["alert_threshold_pct"]),
    )


def _least(*decimals: JSON) -> int:
    return min([micro(str(one)) for one in decimals if one is not None], default=UNLIMITED)

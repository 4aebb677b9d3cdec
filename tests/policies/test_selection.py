"""Model selection: what is not known or not allowed is refused, and the choice says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput, GonogoError, Refused
from gonogo_policies.config import Config, load_config, packaged_config, read_folder
from gonogo_policies.selection import select_model

pytestmark = pytest.mark.fast

CONFIG = load_config([read_folder(packaged_config(), "packaged")])


def with_layer(name: str, **changes: object) -> Config:
    layers = {key: layer.model_copy(update=changes) if key == name else layer for key, layer in CONFIG.layers.items()}
    return replace(CONFIG, layers=layers)


def with_status(model_id: str, status: str) -> Config:
    models = {
        key: model.model_copy(update={"status": status}) if model.model_id == model_id else model
        for key, model in CONFIG.registry.models.items()
    }
    return replace(CONFIG, registry=CONFIG.registry.model_copy(update={"models": models}))


def refused(config: Config, layer: str = "L0", **options: str) -> GonogoError:
    with pytest.raises(GonogoError) as caught:
        select_model(config, layer_id=layer, run_reason=options.pop("run_reason", "a reason"), **options)
    return caught.value


@pytest.mark.parametrize(
    ("layer", "level", "primary", "fallbacks", "critic", "scope", "profile"),
    [
        ("L0", "REC", "gpt-5.2", ("gpt-5-mini",), "deepseek-r1", "L0_ops_docs", "ops_docs"),
        (
            "L1",
            "PROP",
            "o3-deep-research",
            ("o4-mini-deep-research", "deepseek-r1"),
            "o3-pro",
            "L1_deep_research",
            "deep_research",
        ),
        ("L2", "PROP", "gpt-5.2-pro", ("gpt-5.2",), "deepseek-r1", "L2_market_outlook", "market_outlook"),
        ("L3", "REC", "gpt-5.2-pro", ("gpt-5.2",), "o3", "L3_trade_plan_advisory", "trade_plan"),
        ("L4", "RO", "o3-pro", ("deepseek-r1",), "gpt-5.2-pro", "L4_governance_critic", "governance_critic"),
        ("L5", "RO", "none", (), "none", "none", "none"),
    ],
)
def test_each_open_layer(
    layer: str, level: str, primary: str, fallbacks: tuple[str, ...], critic: str, scope: str, profile: str
) -> None:
    chosen = select_model(CONFIG, layer_id=layer, run_reason="release readiness")
    assert (chosen.layer_id, chosen.autonomy_level, chosen.primary_model_id) == (layer, level, primary)
    assert (chosen.fallback_model_ids, chosen.critic_model_id) == (fallbacks, critic)
    assert (chosen.capability_scope_id, chosen.model_profile, chosen.registry_version) == (scope, profile, "1.0")
    assert chosen.reasons
    assert any(level in str(reason) for reason in chosen.reasons)
    assert layer == "L5" or any(critic in str(reason) for reason in chosen.reasons)


@pytest.mark.parametrize("reason", ["", "  ", "\n\t", "\u200b", "\u2028", "\x00"])
def test_a_run_needs_a_reason(reason: str) -> None:
    error = refused(CONFIG, run_reason=reason)
    assert (error.code, error.exit_code) == ("RUN_REASON_EMPTY", 2)


@pytest.mark.parametrize(
    ("given_id", "nearest"), [("l0", "L0"), ("L7", "L"), ("L00", "L0"), ("", None), ("Ops/Docs", None)]
)
def test_an_unknown_layer_is_named_with_the_nearest(given_id: str, nearest: str | None) -> None:
    error = refused(CONFIG, given_id)
    assert (error.code, error.exit_code) == ("LAYER_UNKNOWN", 2)
    assert (nearest or "gonogo layers") in str(error.next_step)


@pytest.mark.parametrize("options", [{}, {"autonomy": "EXEC"}, {"autonomy": "RO"}, {"model_id": "o3"}])
def test_l6_is_refused_whatever_is_asked(options: dict[str, str]) -> None:
    error = refused(CONFIG, "L6", **options)
    assert isinstance(error, Refused)
    assert (error.code, error.exit_code) == ("LAYER_FORBIDDEN", 5)


def test_autonomy() -> None:
    assert select_model(CONFIG, layer_id="L3", run_reason="x", autonomy="PROP").autonomy_level == "PROP"
    for level, code, exit_code in [
        ("EXEC", "AUTONOMY_EXEC", 5),
        ("PROP", "AUTONOMY_NOT_ALLOWED", 5),
        ("prop", "AUTONOMY_UNKNOWN", 2),
        ("", "AUTONOMY_UNKNOWN", 2),
    ]:
        error = refused(CONFIG, "L4", autonomy=level)
        assert (error.code, error.exit_code) == (code, exit_code)
    assert "RO, REC" in str(refused(CONFIG, "L4", autonomy="PROP").next_step)
    assert "PROP" in str(refused(CONFIG, "L4", autonomy="prop").next_step)


def test_another_model_of_the_registry() -> None:
    chosen = select_model(CONFIG, layer_id="L0", run_reason="x", model_id="gpt-5-mini")
    assert (chosen.primary_model_id, chosen.fallback_model_ids) == ("gpt-5-mini", ())
    assert "instead of gpt-5.2" in str(chosen.reasons[0])
    by_key = select_model(CONFIG, layer_id="L0", run_reason="x", model_id="gpt-5-2")
    assert by_key == select_model(CONFIG, layer_id="L0", run_reason="x")


def test_an_unknown_model_is_named_with_the_nearest() -> None:
    error = refused(CONFIG, model_id="gpt-5.2-pr")
    assert (error.code, error.exit_code) == ("MODEL_UNKNOWN", 2)
    assert "gpt-5.2" in str(error.next_step)
    for changes in ({"primary": "gpt-9"}, {"critic": "gpt-9"}, {"fallback": ("gpt-9",)}):
        assert refused(with_layer("L0", **changes)).code == "MODEL_UNKNOWN"


def test_proposer_and_critic_are_never_one() -> None:
    for error in (
        refused(CONFIG, model_id="deepseek-r1"),
        refused(with_layer("L0", critic="gpt-5.2")),
        refused(with_layer("L0", critic="gpt-5-2")),
    ):
        assert (error.code, error.exit_code) == ("SOD_SAME_MODEL", 5)


def test_a_fallback_never_ends_in_the_critic() -> None:
    for critic in ("deepseek-r1", "deepseek-r1"):
        error = refused(with_layer("L1", critic=critic), "L1")
        assert (error.code, error.exit_code) == ("FALLBACK_IS_CRITIC", 5)
    assert refused(with_layer("L0", fallback=("gpt-5-mini", "deepseek-r1"))).code == "FALLBACK_IS_CRITIC"


def test_retired_models_are_refused_and_deprecated_ones_named() -> None:
    for model, layer in [("gpt-5.2", "L0"), ("deepseek-r1", "L0"), ("gpt-5-mini", "L0"), ("o3-pro", "L4")]:
        assert refused(with_status(model, "retired"), layer).code == "MODEL_RETIRED"
    chosen = select_model(with_status("gpt-5-mini", "deprecated"), layer_id="L0", run_reason="x")
    assert "gpt-5-mini is deprecated" in "\n".join(map(str, chosen.reasons))


def test_profiles() -> None:
    assert select_model(CONFIG, layer_id="L0", run_reason="x", profile="deterministic").model_profile == "deterministic"
    error = refused(CONFIG, profile="determinstic")
    assert (error.code, error.exit_code) == ("PROFILE_UNKNOWN", 2)
    assert "deterministic" in str(error.next_step)
    assert refused(with_layer("L0", profile="gone")).code == "PROFILE_UNKNOWN"


def test_scopes() -> None:
    error = refused(with_layer("L0", scope="L0_opsdocs"))
    assert (error.code, error.exit_code) == ("SCOPE_UNKNOWN", 2)
    assert "L0_ops_docs" in str(error.next_step)
    assert refused(with_layer("L0", scope="L4_governance_critic")).code == "SCOPE_OF_OTHER_LAYER"


def test_a_layer_without_a_model_takes_none() -> None:
    for options in ({"model_id": "o3"}, {"profile": "deterministic"}):
        error = refused(CONFIG, "L5", **options)
        assert isinstance(error, BadInput)
        assert error.code == "LAYER_WITHOUT_MODEL"
    assert select_model(CONFIG, layer_id="L5", run_reason="x", model_id="none").primary_model_id == "none"


@given(
    st.sampled_from(["L0", "L1", "L2", "L3", "L4", "L5", "L6", "L9"]),
    st.one_of(st.none(), st.sampled_from(["RO", "REC", "PROP", "EXEC", "x"])),
    st.one_of(st.none(), st.sampled_from([model.model_id for model in CONFIG.registry.models.values()])),
)
def test_whatever_is_selected_keeps_the_rules(layer: str, autonomy: str | None, model: str | None) -> None:
    try:
        chosen = select_model(CONFIG, layer_id=layer, run_reason="x", autonomy=autonomy, model_id=model)
    except GonogoError:
        return
    assert chosen.layer_id != "L6"
    assert chosen.autonomy_level in CONFIG.layers[chosen.layer_id].autonomy
    if chosen.primary_model_id != "none":
        assert chosen.critic_model_id not in {chosen.primary_model_id, *chosen.fallback_model_ids}
        assert chosen.primary_model_id not in chosen.fallback_model_ids
        assert CONFIG.scopes[chosen.capability_scope_id].layer_id == chosen.layer_id

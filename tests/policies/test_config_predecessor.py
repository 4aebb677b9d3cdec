"""The predecessor's registry and scopes, which carry no schema line (interop.md 2.1, 2.3)."""

from __future__ import annotations

import pytest

from gonogo_evidence.errors import BadInput
from gonogo_policies import globs
from gonogo_policies.config import Config, ConfigSource, load_config, packaged_config, read_folder
from gonogo_policies.selection import select_model

pytestmark = pytest.mark.fast

PACKAGED = read_folder(packaged_config(), "packaged")
DEFAULTS = load_config([PACKAGED])
SCOPE = "capability_scopes/L2_market_outlook.toml"


def model(key: str, model_id: str) -> str:
    return f"""
[models.{key}]
provider = "openai"
model_id = "{model_id}"
family = "x"
description = "d"
context_window = 200000
max_output_tokens = 16000
cost_per_1k_input = 0.015
cost_per_1k_output = 0.06
latency_p50_ms = 2000
latency_p99_ms = 5000
capabilities = ["a"]
use_cases = ["b"]
rate_limit_rpm = 60
status = "production"
colour = "not ours"
"""


REGISTRY = (
    """
[registry]
version = "1.0"
effective_date = 2026-01-08
owner = "ops"
reviewed_by = "not ours"
"""
    + model("gpt-5-2", "gpt-5.2")
    + model("gpt-5-mini", "gpt-5-mini")
    + model("o3", "o3")
    + """
[layer_mapping.L0]
layer_id = "L0"
description = "Ops/Docs"
primary = "gpt-5-mini"
fallback = "gpt-5.2"
critic = "o3"
autonomy = "REC"

[layer_mapping.L3]
layer_id = "L3"
description = "Plans"
primary = "gpt-5.2"
fallback = ["gpt-5-mini"]
critic = "o3"
autonomy = "REC/PROP"
notes = "n"

[layer_mapping.L5]
layer_id = "L5"
description = "Risk"
primary = "none"
fallback = "none"
critic = "none"
autonomy = "RO"

[layer_mapping.L6]
layer_id = "L6"
description = "Execution"
primary = "none"
fallback = []
critic = "none"
autonomy = "EXEC (forbidden)"

[fallback_policy]
max_retries_per_model = 3
retry_delay_seconds = 5
fail_closed = true

[fallback_policy.L4]
fallback_order = ["o3"]
fail_if_all_unavailable = true
alert_on_fallback = true

[budget]
daily_cost_limit_usd = 50.0
monthly_limit_of_another_name = 1000

[audit]
log_all_model_calls = true
"""
)

OUTLOOK = """
[scope]
layer_id = "L2"
description = "Market Outlook"
autonomy_level = "PROP"
version = "1.0"
effective_date = "2026-01-08"

[models]
primary = "gpt-5.2-pro"
critic = "deepseek-r1"

[inputs]
allowed = ["docs/", "public web pages", "data/public/**.csv"]
forbidden = ["config/live/", "out/**.json"]

[outputs]
allowed = ["ScenarioReport", "OrderParameters"]
forbidden = ["OrderParameters", "Gossip"]

[tooling]
allowed = ["files"]
forbidden = ["shell"]

[web_access]
allowed_domains = ["example.org"]

[decision_constraints]
require_rationale = true
escalate_to = "somebody"

[logging]
required_fields = ["run_id"]

[safety]
safety_checks = ["a"]

[validation]
x = 1
"""


def commit(**files: str) -> Config:
    named = {"registry": "model_registry.toml", "scope": SCOPE}
    source = ConfigSource("commit", {named[key]: text.encode() for key, text in files.items()})
    return load_config([source, PACKAGED])


def test_the_registry_is_read_and_profiles_come_from_the_defaults() -> None:
    config = commit(registry=REGISTRY)
    assert config.registry.registry.effective_date == "2026-01-08"
    assert [found.model_id for found in config.registry.models.values()] == ["gpt-5.2", "gpt-5-mini", "o3"]
    assert config.registry.profiles == DEFAULTS.registry.profiles
    assert config.registry.fallback_policy.max_retries_per_model == 3
    assert config.registry.fallback_policy.layers["L4"].fallback_order == ("o3",)
    assert config.registry.budget.daily_cost_limit_usd == "50.0"
    assert {name: config.files[name]["origin"] for name in ("model_registry.toml", "model_registry.toml@packaged")} == {
        "model_registry.toml": "commit",
        "model_registry.toml@packaged": "packaged",
    }


def test_the_layer_mapping_inside_it_chooses_models_and_nothing_else() -> None:
    config = commit(registry=REGISTRY)
    layer, default = config.layers["L0"], DEFAULTS.layers["L0"]
    assert (layer.primary, layer.fallback, layer.critic) == ("gpt-5-mini", ("gpt-5.2",), "o3")
    assert (layer.name, layer.scope, layer.hard_constraints) == (default.name, default.scope, default.hard_constraints)
    assert config.layers["L3"].autonomy == ("REC", "PROP")
    assert config.layers["L6"].forbidden
    assert config.layers["L1"] == DEFAULTS.layers["L1"]
    chosen = select_model(config, layer_id="L0", run_reason="x")
    assert (chosen.primary_model_id, chosen.critic_model_id) == ("gpt-5-mini", "o3")


def test_an_own_layer_map_beside_it_wins() -> None:
    source = ConfigSource(
        "commit", {"model_registry.toml": REGISTRY.encode(), "layers.toml": PACKAGED.files["layers.toml"]}
    )
    assert load_config([source, PACKAGED]).layers == DEFAULTS.layers


@pytest.mark.parametrize(
    ("old", "new", "code", "nearest"),
    [
        ("[layer_mapping.L3]", "[layer_mapping.L33]", "CONFIG_KEY_UNKNOWN", "L3"),
        ('autonomy = "REC"', 'autonomy = "EXEC"', "CONFIG_VALUE", None),
        ('fallback = "gpt-5.2"', "fallback = 3", "CONFIG_TYPE", None),
        ("rate_limit_rpm = 60\n", "", "CONFIG_KEY_MISSING", None),
        ("fail_closed = true", "fail_closed = false", "CONFIG_TYPE", None),
        ("[registry]", "[registery]", "CONFIG_KEY_MISSING", None),
    ],
)
def test_its_mistakes_are_placed(old: str, new: str, code: str, nearest: str | None) -> None:
    with pytest.raises(BadInput) as caught:
        commit(registry=REGISTRY.replace(old, new, 1))
    assert caught.value.code == code
    assert caught.value.where.startswith("config/model_registry.toml:")
    if nearest:
        assert nearest in str(caught.value.next_step)


def test_a_scope_is_read_narrowed_and_loses_no_prohibition() -> None:
    config = commit(scope=OUTLOOK)
    scope = config.scopes["L2_market_outlook"]
    assert scope.outputs.allowed == ("ScenarioReport",)
    assert {"OrderParameters", "Gossip", "LiveToggle"} <= set(scope.outputs.forbidden)
    assert scope.tooling.allowed == ("files",)
    assert scope.web_access is None
    assert scope.output_contract.require_rationale
    assert scope.output_contract.require_uncertainty
    for path in ("out/a.json", "out/x/y/a.json", "config/live/a.toml", "config/live"):
        assert globs.match(path, scope.inputs.forbidden), path
    assert globs.match("docs/a/b.md", scope.inputs.allowed)
    assert globs.match("data/public/x/a.csv", scope.inputs.allowed)
    assert not globs.match("data/public/x/a.md", scope.inputs.allowed)
    assert "public web pages" in "\n".join(str(note) for note in config.notes)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('forbidden = ["OrderParameters", "Gossip"]', 'forbidden = "OrderParameters"', "CONFIG_TYPE"),
        ('forbidden = ["config/live/", "out/**.json"]', 'forbidden = ["/abs"]', "CONFIG_VALUE"),
        ('layer_id = "L2"', 'layer_id = "L9"', "CONFIG_VALUE"),
        ('[logging]\nrequired_fields = ["run_id"]\n', "", "CONFIG_KEY_MISSING"),
    ],
)
def test_a_scope_that_cannot_be_understood_is_no_permission(old: str, new: str, code: str) -> None:
    assert old in OUTLOOK
    with pytest.raises(BadInput) as caught:
        commit(scope=OUTLOOK.replace(old, new, 1))
    assert caught.value.code == code
    assert caught.value.where.startswith(f"config/{SCOPE}:")


def test_a_pattern_that_permits_nothing_known_is_left_out_with_a_word() -> None:
    config = commit(scope=OUTLOOK.replace('"docs/"', '"/etc/**"'))
    assert not globs.match("docs/a.md", config.scopes["L2_market_outlook"].inputs.allowed)
    assert "/etc/**" in "\n".join(str(note) for note in config.notes)

"""The packaged values: the layer matrix, the models, the scopes, the roles against the duties, the runbook's gates."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from gonogo_agents.duty import ROLES
from gonogo_policies import globs
from gonogo_policies.config import ConfigSource, load_config, packaged_config, read_folder
from gonogo_policies.config.base import RoleName
from gonogo_policies.config.roles import StateField

pytestmark = pytest.mark.fast

CONFIG = load_config([read_folder(packaged_config(), "packaged")])
DUTIES = [
    ("ORCHESTRATOR", "preflight_snapshot"),
    ("FACTS_COLLECTOR", "inventory"),
    ("SCOPE_KEEPER", "scope_plan"),
    ("CI_GUARDIAN", "gate_plan"),
    ("ORCHESTRATOR", "execution"),
    ("CI_GUARDIAN", "validation"),
    ("EVIDENCE_SCRIBE", "pack"),
    ("RISK_OFFICER", "risk_review"),
    ("ORCHESTRATOR", "recommendation"),
]


@pytest.mark.parametrize(
    ("layer", "name", "autonomy", "primary", "fallback", "critic", "scope"),
    [
        ("L0", "Ops/Docs", "REC", "gpt-5.2", "gpt-5-mini", "deepseek-r1", "L0_ops_docs"),
        (
            "L1",
            "DeepResearch",
            "PROP",
            "o3-deep-research",
            "o4-mini-deep-research deepseek-r1",
            "o3-pro",
            "L1_deep_research",
        ),
        ("L2", "Market Outlook", "PROP", "gpt-5.2-pro", "gpt-5.2", "deepseek-r1", "L2_market_outlook"),
        ("L3", "Trade Plan Advisory", "REC PROP", "gpt-5.2-pro", "gpt-5.2", "o3", "L3_trade_plan_advisory"),
        ("L4", "Governance / Policy Critic", "RO REC", "o3-pro", "deepseek-r1", "gpt-5.2-pro", "L4_governance_critic"),
        ("L5", "Risk Gate (Hard)", "RO", "none", "", "none", "none"),
        ("L6", "Execution", "", "none", "", "none", "none"),
    ],
)
def test_the_layer_matrix(
    layer: str, name: str, autonomy: str, primary: str, fallback: str, critic: str, scope: str
) -> None:
    found = next(value for key, value in CONFIG.layers.items() if key == layer)
    assert (found.name, found.primary, found.critic, found.scope) == (name, primary, critic, scope)
    assert found.autonomy == tuple(autonomy.split())
    assert found.fallback == tuple(fallback.split())
    assert found.forbidden is (layer == "L6")


@pytest.mark.parametrize(
    ("model_id", "context", "output", "cost_in", "cost_out", "p50"),
    [
        ("gpt-5.2-pro", 200_000, 16_000, "0.015", "0.06", 2000),
        ("gpt-5.2", 200_000, 16_000, "0.01", "0.04", 1500),
        ("gpt-5-mini", 128_000, 8_000, "0.002", "0.008", 800),
        ("o3-deep-research", 200_000, 32_000, "0.025", "0.1", 15_000),
        ("o3-pro", 200_000, 16_000, "0.02", "0.08", 3000),
        ("o3", 200_000, 16_000, "0.015", "0.06", 2500),
        ("o4-mini-deep-research", 128_000, 16_000, "0.01", "0.04", 8000),
        ("deepseek-r1", 128_000, 8_000, "0.001", "0.002", 1000),
    ],
)
def test_the_models(model_id: str, context: int, output: int, cost_in: str, cost_out: str, p50: int) -> None:
    model = CONFIG.registry.find(model_id)
    assert model is not None
    assert (model.context_window, model.max_output_tokens, model.latency_p50_ms) == (context, output, p50)
    assert (model.cost_per_1k_input, model.cost_per_1k_output) == (cost_in, cost_out)
    assert model.provider == ("deepseek" if model_id == "deepseek-r1" else "openai")
    assert CONFIG.registry.find(model_id.replace(".", "-")) == model


def test_there_are_eight_models_and_a_fitting_profile_for_each_layer() -> None:
    assert len(CONFIG.registry.models) == 8
    for layer in CONFIG.layers.values():
        if layer.has_model:
            profile, primary = CONFIG.registry.profiles[layer.profile], CONFIG.registry.find(layer.primary)
            critic = CONFIG.registry.find(layer.critic)
            assert primary is not None
            assert critic is not None
            assert profile.max_output_tokens <= primary.max_output_tokens
            assert profile.critic_max_output_tokens <= critic.max_output_tokens


def test_the_scopes_belong_to_their_layers_and_forbid_the_same_things() -> None:
    assert sorted(CONFIG.scopes) == [layer.scope for layer in CONFIG.layers.values() if layer.has_model]
    for scope in CONFIG.scopes.values():
        layer = CONFIG.layers[scope.layer_id]
        assert layer.scope == scope.id
        assert scope.autonomy == layer.autonomy
        assert {"code-interpreter", "shell", "execution"} <= set(scope.tooling.forbidden)
        assert set(layer.tools) <= set(scope.tooling.allowed)
        assert ("web" in scope.tooling.forbidden) is (scope.layer_id in {"L0", "L3", "L4"})
        for secret in (".env", "a/.env", "x/key.pem", "config/live/a.toml"):
            assert globs.match(secret, scope.inputs.forbidden)
    assert CONFIG.scopes["L1_deep_research"].output_contract.min_citations == 3


def test_the_roles_are_the_agents_roles_and_write_what_their_duties_write() -> None:
    assert tuple(CONFIG.roles) == ROLES == get_args(RoleName)
    written = sorted((role, name) for role, scope in CONFIG.roles.items() for name in scope.state_write)
    assert written == sorted(DUTIES)
    assert {name for _, name in DUTIES} | {"inputs"} == set(get_args(StateField))


def test_a_role_reads_nothing_that_comes_after_its_last_duty() -> None:
    order = ["inputs", *(name for _, name in DUTIES)]
    for role, scope in CONFIG.roles.items():
        last = max(order.index(name) for name in scope.state_write)
        assert max(order.index(name) for name in scope.state_read) <= last
        assert "inputs" in scope.state_read, role


@pytest.mark.parametrize(
    ("verb", "roles"),
    [
        ("gate.run", {"CI_GUARDIAN"}),
        ("gate.guard", {"ORCHESTRATOR"}),
        ("evidence.seal", {"EVIDENCE_SCRIBE"}),
        ("evidence.rebuild", {"EVIDENCE_SCRIBE"}),
        ("evidence.verify", {"EVIDENCE_SCRIBE"}),
        ("repo.read", {"FACTS_COLLECTOR", "CI_GUARDIAN"}),
        ("model.invoke", {"ORCHESTRATOR"}),
    ],
)
def test_powerful_verbs_have_few_holders(verb: str, roles: set[str]) -> None:
    assert {role for role, scope in CONFIG.roles.items() if verb in scope.tools} == roles


def test_the_gates_have_the_runbooks_exact_names() -> None:
    hard = [gate.name for gate in CONFIG.gates if gate.hard and gate.kind != "pack" and gate.step == "E"]
    assert [gate.name for gate in CONFIG.gates if gate.step == "A"] == ["live-config-guard", "secret-scan"]
    soft = [gate.name for gate in CONFIG.gates if not gate.hard]
    assert hard == [
        "Lint Gate",
        "audit",
        "Policy Critic Gate",
        "docs-reference-targets-gate",
        "evidence-pack",
        "docs-token-policy-gate",
        "tests (3.11)",
        "strategy-smoke",
        "ci-required-contexts-contract",
    ]
    assert soft == ["tests (3.9)", "tests (3.10)", "VaR Report Regression Gate", "Merge Log Hygiene", "workflow-lint"]
    assert [gate.name for gate in CONFIG.gates if gate.kind == "pack"] == ["schema", "required-fields"]
    assert [gate.name for gate in CONFIG.gates if gate.network] == ["audit"]


def test_the_defaults_run_no_command() -> None:
    assert all(not gate.argv for gate in CONFIG.gates)
    assert all(not layer.commands for layer in CONFIG.layers.values())


@pytest.mark.parametrize(
    ("path", "live"),
    [
        ("config/live/a.toml", True),
        ("config/live.toml", True),
        ("config/env/production.yaml", True),
        ("config/strategies/x_live.toml", True),
        ("config/layers.toml", False),
        ("docs/live.md", False),
        ("src/delivery.py", False),
    ],
)
def test_live_configuration(path: str, *, live: bool) -> None:
    assert globs.match(path, CONFIG.guardrails.live_paths) is live


def test_changing_what_binds_a_run_is_seen() -> None:
    for path in (".gonogo/gates.toml", "config/signoff.toml", "config/capability_scopes/L0_ops_docs.toml"):
        assert globs.match(path, CONFIG.guardrails.trust_paths)


def test_this_repositorys_own_gates_load_and_stay_proposals_until_enrolled() -> None:
    own = Path(__file__).parents[2] / ".gonogo" / "gates.toml"
    packaged = read_folder(packaged_config(), "packaged")
    proposed = load_config([ConfigSource("commit", {".gonogo/gates.toml": own.read_bytes()}), packaged])
    assert [gate.name for gate in proposed.proposed_gates] == ["Lint Gate", "tests (3.11)"]
    enrolled = load_config([ConfigSource("trust", {"gates.toml": own.read_bytes()}), packaged])
    tests = enrolled.gate("tests (3.11)")
    assert tests is not None
    assert tests.enrolled
    assert (tests.argv[0], tests.output) == ("{python}", "pytest")

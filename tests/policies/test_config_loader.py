"""Which side wins: a commit supplies, adds and narrows, and never gets more than the trust side gives."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput
from gonogo_policies import globs
from gonogo_policies.config import Config, ConfigSource, load_config, packaged_config, read_folder, repository_names

pytestmark = pytest.mark.fast

PACKAGED = read_folder(packaged_config(), "packaged")
DEFAULTS = load_config([PACKAGED])
L0 = "capability_scopes/L0_ops_docs.toml"


def edited(name: str, *changes: tuple[str, str]) -> bytes:
    text = PACKAGED.files[name].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode()


def commit(files: dict[str, bytes], trust: dict[str, bytes] | None = None) -> Config:
    return load_config([ConfigSource("commit", files), ConfigSource("trust", trust or {}), PACKAGED])


def notes(config: Config) -> str:
    return "\n".join(str(note) for note in config.notes)


def test_the_defaults_alone_load_without_a_word() -> None:
    assert DEFAULTS.notes == ()
    assert {entry["origin"] for entry in DEFAULTS.files.values()} == {"packaged"}
    for name, entry in DEFAULTS.files.items():
        assert entry["sha256"] == hashlib.sha256(PACKAGED.files[name]).hexdigest()


def test_a_commit_that_says_the_same_changes_nothing() -> None:
    config = commit(dict(PACKAGED.files))
    assert config.notes == ()
    assert (config.layers, config.scopes, config.roles) == (DEFAULTS.layers, DEFAULTS.scopes, DEFAULTS.roles)
    assert (config.gates, config.proposed_gates) == (DEFAULTS.gates, ())


def test_a_commit_supplies_its_layers_and_registry() -> None:
    config = commit(
        {
            "layers.toml": edited("layers.toml", ('primary = "gpt-5.2"', 'primary = "gpt-5-mini"')),
            "model_registry.toml": edited("model_registry.toml", ('version = "1.0"', 'version = "2.7"')),
        }
    )
    assert config.layers["L0"].primary == "gpt-5-mini"
    assert config.registry.registry.version == "2.7"
    assert config.files["layers.toml"]["origin"] == "commit"
    assert config.files["layers.toml@packaged"]["origin"] == "packaged"
    assert config.files["model_registry.toml"]["origin"] == "commit"


def test_a_commit_cannot_raise_autonomy_or_open_what_is_closed() -> None:
    config = commit({"layers.toml": edited("layers.toml", ('autonomy = ["REC"]', 'autonomy = ["REC", "PROP"]'))})
    assert config.layers["L0"].autonomy == ("REC",)
    assert "layer L0: the commit may not permit PROP in autonomy" in notes(config)
    with pytest.raises(BadInput, match="L6"):
        commit(
            {
                "layers.toml": edited(
                    "layers.toml", ("forbidden = true", "forbidden = false"), ("autonomy = []", 'autonomy = ["RO"]')
                )
            }
        )


def test_a_commit_may_lower_autonomy_and_close_a_layer() -> None:
    lowered = commit({"layers.toml": edited("layers.toml", ('autonomy = ["REC", "PROP"]', 'autonomy = ["REC"]'))})
    assert lowered.layers["L3"].autonomy == ("REC",)
    assert lowered.notes == ()
    closed = commit({"layers.toml": edited("layers.toml", ('autonomy = ["REC"]', "autonomy = []\nforbidden = true"))})
    assert closed.layers["L0"].forbidden


def test_a_layer_without_a_model_gets_none_from_a_commit_and_no_command() -> None:
    text = PACKAGED.files["layers.toml"].decode()
    before, after = text.split("[layers.L5]")
    body = (
        after.replace('primary = "none"', 'primary = "gpt-5.2"', 1)
        .replace('critic = "none"', 'critic = "o3"', 1)
        .replace('scope = "none"', 'scope = "L0_ops_docs"', 1)
        .replace('profile = "none"', 'profile = "ops_docs"', 1)
    )
    config = commit({"layers.toml": f"{before}[layers.L5]{body}".encode()})
    assert not config.layers["L5"].has_model
    assert "gpt-5.2 in models" in notes(config)
    config = commit(
        {"layers.toml": edited("layers.toml", ("commands = []", 'commands = [{ name = "x", argv = ["make"] }]'))}
    )
    assert config.layers["L5"].commands == ()
    assert "x in commands" in notes(config)


def test_a_scope_that_the_trust_side_names_is_only_narrowed() -> None:
    wide = edited(
        L0,
        ('"OperatorNote"', '"OperatorNote", "Orders"'),
        ('"config/live/**",\n', ""),
        ('"LiveToggle", ', ""),
        ('allowed = ["files"]', 'allowed = ["files", "broker"]'),
        ("words_only = true", "words_only = false"),
        ("require_evidence_ids = true", "require_evidence_ids = false"),
        ('"docs/**"', '"**"'),
    )
    config = commit({L0: wide})
    scope, default = config.scopes["L0_ops_docs"], DEFAULTS.scopes["L0_ops_docs"]
    assert "Orders" not in scope.outputs.allowed
    assert "LiveToggle" in scope.outputs.forbidden
    assert "broker" not in scope.tooling.allowed
    assert "config/live/**" in scope.inputs.forbidden
    assert scope.constraints["words_only"] is True
    assert scope.output_contract.require_evidence_ids is True
    assert set(scope.inputs.allowed) == set(default.inputs.allowed)
    for words in ("Orders in outputs.allowed", "LiveToggle in outputs.forbidden", "broker", "config/live/**", "**"):
        assert words in notes(config)


def test_a_scope_may_be_narrowed_without_a_word() -> None:
    config = commit({L0: edited(L0, ('"docs/**"', '"docs/ops/*.md"'), ('"**/*.md",\n', ""), ('"**/*.rst",\n', ""))})
    assert "docs/ops/*.md" in config.scopes["L0_ops_docs"].inputs.allowed
    assert "docs/**" not in config.scopes["L0_ops_docs"].inputs.allowed
    assert config.notes == ()


def test_a_new_name_is_no_way_around_a_scope() -> None:
    wide = edited(L0, ('"docs/**"', '"**"'), ('"OperatorNote"', '"Orders"'))
    config = commit({"capability_scopes/L0_other.toml": wide})
    assert "**" not in config.scopes["L0_other"].inputs.allowed
    assert "Orders" not in config.scopes["L0_other"].outputs.allowed
    assert config.scopes["L0_ops_docs"] == DEFAULTS.scopes["L0_ops_docs"]


def test_the_trust_side_may_widen_the_defaults_and_limits_the_commit() -> None:
    trust = {L0: edited(L0, ('"OperatorNote"', '"OperatorNote", "Glossary"'))}
    assert "Glossary" in commit({}, trust).scopes["L0_ops_docs"].outputs.allowed
    both = commit({L0: edited(L0, ('"OperatorNote"', '"Glossary"'))}, trust)
    assert both.scopes["L0_ops_docs"].outputs.allowed[-1] == "Glossary"
    assert both.files[L0]["origin"] == "commit"
    assert f"{L0}@trust" in both.files
    assert f"{L0}@packaged" not in both.files


def test_a_role_gets_no_right_from_a_commit() -> None:
    wide = edited(
        "roles.toml",
        (
            'tools = ["git.query", "run.refusals"]\ngit_queries = ["change", "log"]',
            'tools = ["git.query", "run.refusals", "gate.run"]\ngit_queries = ["change", "log", "desk"]',
        ),
        ('paths_write = ["review/**"]', 'paths_write = ["**"]'),
    )
    config = commit({"roles.toml": wide})
    role = config.roles["RISK_OFFICER"]
    assert role.tools == ("git.query", "run.refusals")
    assert role.git_queries == ("change", "log")
    assert role.paths_write == ("review/**",)
    assert "role RISK_OFFICER: the commit may not permit gate.run in tools" in notes(config)


def test_a_commit_may_take_a_role_its_rights() -> None:
    config = commit(
        {"roles.toml": edited("roles.toml", ('git_queries = ["desk", "change", "log"]', 'git_queries = ["desk"]'))}
    )
    assert config.roles["ORCHESTRATOR"].git_queries == ("desk",)
    assert config.notes == ()


def test_guarded_paths_only_grow() -> None:
    config = commit({"guardrails.toml": b'schema = "gonogo/guardrails/v1"\nlive_paths = ["prod/**"]\n'})
    assert globs.match("prod/a.toml", config.guardrails.live_paths)
    assert globs.match("config/live/a.toml", config.guardrails.live_paths)
    assert config.guardrails.trust_paths == DEFAULTS.guardrails.trust_paths


def test_a_commit_guards_more_of_the_desk_and_calls_nothing_a_cache() -> None:
    named = b'schema = "gonogo/guardrails/v1"\ndesk_paths = ["mine/**"]\ncaches = ["**", "**/__pycache__/**"]\n'
    config = commit({"guardrails.toml": named})
    assert config.guardrails.caches == DEFAULTS.guardrails.caches
    assert {"mine/**", *DEFAULTS.guardrails.desk_paths} == set(config.guardrails.desk_paths)
    assert "names caches of its own in guardrails.toml" in notes(config)


def test_the_runbook_is_not_the_commits_to_write() -> None:
    config = commit({"runbook.toml": edited("runbook.toml", ("hard = true", "hard = false"))})
    assert config.controls == DEFAULTS.controls
    assert "runbook.toml" in notes(config)


def test_foreign_files_are_no_error_and_ours_are_not_overlooked() -> None:
    foreign = b'[tool]\nroles = ["admin"]\n'
    config = commit({"roles.toml": foreign, "strategies.toml": b"\xff\x00", "gates.toml": b'schema = "http"\n'})
    assert config.roles == DEFAULTS.roles
    assert "config/roles.toml carries no schema line of ours" in notes(config)
    assert commit({}, {"roles.toml": b"[people]\nx = 1\n"}).roles == DEFAULTS.roles
    with pytest.raises(BadInput) as caught:
        commit({}, {"gates.toml": PACKAGED.files["gates.toml"].partition(b"\n")[2]})
    assert (caught.value.code, caught.value.where) == ("CONFIG_SCHEMA_MISSING", "trust/gates.toml:1")


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_a_commit_writes_its_rights_lie_inside_the_defaults(data: st.DataObject) -> None:
    words = {name: sorted({*DEFAULTS.scopes["L0_ops_docs"].outputs.allowed, "Orders", "LiveToggle"}) for name in "ab"}
    allowed = data.draw(st.lists(st.sampled_from(words["a"]), unique=True))
    forbidden = data.draw(st.lists(st.sampled_from(words["b"]).filter(lambda w: w not in allowed), unique=True))
    inputs = data.draw(
        st.lists(st.sampled_from(["**", "docs/**", "docs/a/*", "src/**", "**/*.md", "config/a*"]), unique=True)
    )
    text = PACKAGED.files[L0].decode()
    for section, key, values in [
        ("outputs", "allowed", allowed),
        ("outputs", "forbidden", forbidden),
        ("inputs", "allowed", inputs),
    ]:
        listed = ", ".join(f'"{value}"' for value in values)
        text = re.sub(
            rf"(\[{section}\](?:(?!\n\[).)*?\n{key} = )\[[^\]]*\]", rf"\g<1>[{listed}]", text, count=1, flags=re.DOTALL
        )
    config, default = commit({L0: text.encode()}), DEFAULTS.scopes["L0_ops_docs"]
    scope = config.scopes["L0_ops_docs"]
    assert set(scope.outputs.allowed) <= set(default.outputs.allowed) & set(allowed)
    assert set(scope.outputs.forbidden) >= set(default.outputs.forbidden) | set(forbidden)
    for glob in scope.inputs.allowed:
        assert any(globs.covers(wide, glob) for wide in default.inputs.allowed)
        assert any(globs.covers(wide, glob) for wide in inputs)


def test_all_of_it_can_go_into_evidence() -> None:
    everything: Any = {
        "layers": {name: layer.model_dump(mode="json") for name, layer in DEFAULTS.layers.items()},
        "registry": DEFAULTS.registry.model_dump(mode="json"),
        "scopes": {name: scope.model_dump(mode="json") for name, scope in DEFAULTS.scopes.items()},
        "roles": {name: role.model_dump(mode="json") for name, role in DEFAULTS.roles.items()},
        "gates": [one.model_dump(mode="json") for one in DEFAULTS.gates],
        "guardrails": DEFAULTS.guardrails.model_dump(mode="json"),
        "controls": [control.model_dump(mode="json") for control in DEFAULTS.controls],
        "files": dict(DEFAULTS.files),
    }
    assert canonical.dumps(everything)


def test_a_repositorys_paths_are_told_from_others() -> None:
    paths = ["config/layers.toml", ".gonogo/gates.toml", "config/capability_scopes/L0_x.toml", "layers.toml"]
    foreign = ["config/other.toml", "config/sub/roles.toml", "config/capability_scopes/a b.toml", "xconfig/roles.toml"]
    assert repository_names([*paths, *foreign]) == {
        "config/layers.toml": "layers.toml",
        ".gonogo/gates.toml": ".gonogo/gates.toml",
        "config/capability_scopes/L0_x.toml": "capability_scopes/L0_x.toml",
    }

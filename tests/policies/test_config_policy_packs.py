"""Policy packs in configuration: strict, resolved when it is loaded, and never weakened by the commit under review."""

from __future__ import annotations

import pytest

from gonogo_evidence.errors import BadInput
from gonogo_policies.config import ConfigSource, load_config, packaged_config, read_folder
from gonogo_policies.config.policies import read_pack_file

PACKAGED = read_folder(packaged_config(), "packaged")
PACK = b"""schema = "gonogo/policy_pack/v1"
version = "1"
description = "d"

[[rule]]
id = "NO_EVAL"
check = "text"
severity = "BLOCK"
message = "eval"
pattern = 'eval'
"""
GATE = b"""schema = "gonogo/gates/v1"
[[gate]]
name = "Policy Critic Gate"
step = "E"
hard = true
kind = "critic"
purpose = "p"
timeout_seconds = 60
packs = ["default"]
"""
OWN = b"""
[[gate.rule]]
id = "NO_EVAL"
check = "text"
severity = "BLOCK"
message = "eval"
pattern = 'eval'
"""


def test_the_critic_has_its_rules_and_they_are_on_record() -> None:
    config = load_config([PACKAGED])
    gate = config.gate("Policy Critic Gate")
    assert gate is not None
    assert gate.policy is not None
    assert gate.policy.ids == ("default",)
    assert {rule.id for rule in gate.policy.rule} == {
        *("NO_SECRETS", "NO_LIVE_UNLOCK", "EXECUTION_ENDPOINT_TOUCH", "MISSING_TEST_PLAN"),
        "RISK_LIMIT_RAISE_WITHOUT_JUSTIFICATION",
    }
    assert config.files["policy_packs/default.toml"]["origin"] == "packaged"


def test_the_trust_side_adds_rules_and_changes_severities() -> None:
    source = ConfigSource("trust", {"gates.toml": GATE + b'levels = { NO_SECRETS = "OFF" }\n' + OWN})
    gate = load_config([source, PACKAGED]).gate("Policy Critic Gate")
    assert gate is not None
    assert gate.policy is not None
    assert gate.policy.rule[-1].id == "NO_EVAL"
    assert "NO_SECRETS" not in {rule.id for rule in gate.policy.rule}


def test_a_commit_changes_nothing_of_it() -> None:
    commit = ConfigSource(
        "commit",
        {"gates.toml": GATE + b'levels = { NO_SECRETS = "OFF" }\n', "policy_packs/default.toml": PACK},
    )
    mine, packaged = (load_config(sources).gate("Policy Critic Gate") for sources in ([commit, PACKAGED], [PACKAGED]))
    assert mine == packaged


BAD = {
    "an unknown pack": (GATE.replace(b'["default"]', b'["defualt"]'), "POLICY_PACK_UNKNOWN"),
    "a severity for no rule": (GATE + b'levels = { NO_SUCH = "OFF" }\n', "CONFIG_VALUE"),
    "a severity that is none": (GATE + b'levels = { NO_SECRETS = "MAYBE" }\n', "CONFIG_VALUE"),
    "rules of another gate": (GATE.replace(b'"critic"', b'"hygiene"'), "CONFIG_VALUE"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_entry_is_refused(case: str) -> None:
    data, code = BAD[case]
    with pytest.raises(BadInput) as caught:
        load_config([ConfigSource("trust", {"gates.toml": data}), PACKAGED])
    assert caught.value.code == code


BAD_PACKS = {
    "no schema": (PACK.replace(b"gonogo/", b"other/"), "CONFIG_SCHEMA_MISSING"),
    "no rule": (PACK[: PACK.index(b"[[rule]]")], "CONFIG_KEY_MISSING"),
    "an unknown key": (PACK + b"patern = 'x'\n", "CONFIG_KEY_UNKNOWN"),
    "no pattern": (PACK.replace(b"pattern = 'eval'\n", b""), "CONFIG_VALUE"),
    "a pattern that is none": (PACK.replace(b"'eval'", b"'('"), "CONFIG_VALUE"),
    "a pattern that finds nothing in particular": (PACK.replace(b"'eval'", b"'x*'"), "CONFIG_VALUE"),
    "keys where none belong": (PACK + b'keys = ["max_x"]\n', "CONFIG_VALUE"),
    "a key of wildcards": (
        PACK.replace(b'"text"', b'"limit"').replace(b"pattern = 'eval'", b'keys = ["*x"]'),
        "CONFIG_VALUE",
    ),
    "a limit with a parent": (
        PACK.replace(b'"text"', b'"limit"').replace(b"pattern = 'eval'", b'keys = ["risk.limit"]'),
        "CONFIG_VALUE",
    ),
    "an id in small letters": (PACK.replace(b"NO_EVAL", b"no_eval"), "CONFIG_VALUE"),
    "a severity of one's own": (PACK.replace(b"BLOCK", b"FATAL"), "CONFIG_VALUE"),
}


@pytest.mark.parametrize("case", BAD_PACKS)
def test_a_bad_pack_is_refused(case: str) -> None:
    data, code = BAD_PACKS[case]
    with pytest.raises(BadInput) as caught:
        read_pack_file(data, place="p.toml")
    assert caught.value.code == code
    assert "p.toml" in str(caught.value.where)


def test_a_good_pack_is_read() -> None:
    assert read_pack_file(PACK, place="p.toml").rule[0].id == "NO_EVAL"

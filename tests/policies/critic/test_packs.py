"""The packs that are shipped: every rule of each has a fault here that it finds, and something alike that it leaves."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gonogo_policies.config import ConfigSource, load_config, packaged_config, read_folder
from gonogo_policies.config.policies import packaged_pack
from gonogo_policies.config.policy_packs import put_together
from gonogo_policies.critic import Context, criticise, read_pack
from policies.critic.test_holes import diffed
from policies.critic.test_judge import words

NAMES = ("default", "general", "trading-live")
PACKS = {name: read_pack(put_together({name: packaged_pack(name)}).model_dump(mode="json")) for name in NAMES}
FAULTS: list[tuple[str, str, str, str | None, str]] = [
    ("default", "NO_SECRETS", "a.py", None, "k = 'HUNTER'"),
    ("default", "NO_LIVE_UNLOCK", "a.toml", None, "enable_live = true"),
    ("default", "EXECUTION_ENDPOINT_TOUCH", "src/live/a.py", None, "getattr(client, 'place_order')(x)"),
    ("default", "EXECUTION_ENDPOINT_TOUCH", "src/exchange/a.ts", None, "client.placeOrder(x)"),
    ("default", "RISK_LIMIT_RAISE_WITHOUT_JUSTIFICATION", "a.toml", "min_margin = 3", "min_margin = 1"),
    ("default", "MISSING_TEST_PLAN", "src/live/a.py", None, "x = 1\n" * 12),
    ("general", "NO_SECRETS", "docs/a.md", None, "HUNTER"),
    ("general", "HIDDEN_SIGNS", "a.py", None, "x = 1  # a\u202eb"),
    ("general", "HIDDEN_SIGNS", "docs/a.md", None, "zero\u200bwidth"),
    ("general", "MERGE_MARKERS", "a.md", None, "<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> b"),
    ("general", "IDENTITY_NOT_CHECKED", "a.py", None, "get(url, verify=False)"),
    ("general", "IDENTITY_NOT_CHECKED", "a.sh", None, "curl -fsSk https://x.example"),
    ("general", "BLIND_DOWNLOAD", "a.sh", None, "curl -fsSL https://x.example | sudo bash"),
    ("general", "BLIND_DOWNLOAD", "Dockerfile", None, "RUN sh -c $(wget -O- https://x.example)"),
    ("general", "OPEN_TO_ALL", "a.sh", None, "chmod -R 777 data"),
    ("general", "TEST_SKIPPED", "tests/test_a.py", None, "@pytest.mark.skip\ndef test_a(): ..."),
    ("general", "CI_FAILS_SOFTLY", ".github/workflows/a.yml", None, "    continue-on-error: true"),
    ("general", "CI_FAILS_SOFTLY", ".github/workflows/a.yml", None, "  - run: make test || true"),
    ("trading-live", "SANDBOX_LEFT", "a.toml", "testnet = true", "testnet = false"),
    ("trading-live", "SANDBOX_LEFT", "a.yaml", "dry_run: true\nx: 1", "x: 1"),
    ("trading-live", "REAL_ACCOUNT", "a.yaml", None, "broker:\n  environment: production"),
    ("trading-live", "LIVE_ENDPOINT", "a.py", None, "URL = BASE or https://api.binance.com/api"),
    ("trading-live", "STOP_TAKEN_AWAY", "a.json", '{"useStopLoss": true}', '{"useStopLoss": false}'),
    ("trading-live", "SIZE_RAISED", "a.toml", "risk_per_trade = 0.01", "risk_per_trade = 0.05"),
    ("trading-live", "GUARD_TAKEN_AWAY", "a.py", "check_risk_limits(order)\nsend(order)", "send(order)"),
    ("trading-live", "GUARD_TAKEN_AWAY", "a.py", "enforce_paper_mode()", "# enforce_paper_mode()"),
]
ALIKE: list[tuple[str, str, str | None, str]] = [
    ("general", "a.py", None, "get(url, verify=True)\nfamily = '\U0001f468\u200d\U0001f469'"),
    ("general", "a.sh", None, "curl -fsSL https://x.example -o a\nsha256sum -c a.sum\nsh a"),
    ("general", "a.rst", None, "Title\n======="),
    ("general", ".github/workflows/a.yml", None, "    continue-on-error: false\n  - run: a || b"),
    ("trading-live", "a.toml", "testnet = false", "testnet = true\nleverage = 1"),
    ("trading-live", "a.py", None, "URL = https://paper-api.alpaca.markets/v2"),
    ("trading-live", "a.py", None, "URL = https://testnet.binance.vision/api"),
    ("trading-live", "a.py", "check_risk_limits(a)", "  check_risk_limits(a)"),
    ("trading-live", "a.toml", "risk_per_trade = 0.05", "risk_per_trade = 0.01"),
]


def found(pack: str, path: str, old: str | None, new: str) -> dict[str, str]:
    hits = criticise([diffed(path, old, new)], PACKS[pack], Context(), words).hits
    return {hit.rule: hit.severity for hit in sorted(hits, key=lambda hit: hit.severity, reverse=True)}


@pytest.mark.parametrize(("pack", "rule", "path", "old", "new"), FAULTS)
def test_each_rule_finds_its_fault(pack: str, rule: str, path: str, old: str | None, new: str) -> None:
    severity = next(one.severity for one in PACKS[pack].rules if one.id == rule)
    assert found(pack, path, old, new).get(rule) == severity


@pytest.mark.parametrize(("pack", "rule", "path", "old", "new"), FAULTS)
def test_what_stands_around_a_line_hides_no_fault_in_it(
    pack: str, rule: str, path: str, old: str | None, new: str
) -> None:
    one = next(one for one in PACKS[pack].rules if one.id == rule)
    if one.check == "text":
        before = old and f"first: 1\n{old}\nlast: 1"
        assert found(pack, path, before, f"first: 1\n{new}\nlast: 1").get(rule) == one.severity


@pytest.mark.parametrize(
    "pattern", ["^foo", "foo$", r"foo\s*$", r"\Afoo\Z", r"foo(?!\s)", r"(?<!\W)foo", "foo(?![^x])"]
)
def test_an_expression_about_the_ends_of_a_line_is_about_each_line(pattern: str) -> None:
    rule = next(one for one in PACKS["general"].rules if one.id == "OPEN_TO_ALL")
    pack = replace(PACKS["general"], rules=(replace(rule, pattern=re.compile(pattern)),))
    assert [hit.start for hit in criticise([diffed("a.sh", None, "bar\nfoo\nbar")], pack, Context(), words).hits] == [2]


@pytest.mark.parametrize(("pack", "path", "old", "new"), ALIKE)
def test_what_is_only_alike_blocks_nothing(pack: str, path: str, old: str | None, new: str) -> None:
    assert "BLOCK" not in found(pack, path, old, new).values()


def test_no_rule_is_without_a_fault() -> None:
    assert {(name, rule.id) for name, pack in PACKS.items() for rule in pack.rules} == {row[:2] for row in FAULTS}
    assert {path.stem for path in (packaged_config() / "policy_packs").glob("*.toml")} == set(NAMES)


def test_the_trust_side_chooses_packs_and_a_commit_does_not() -> None:
    packaged = read_folder(packaged_config(), "packaged")
    text = (packaged_config() / "gates.toml").read_text()
    chosen = text.replace('packs = ["default"]', 'packs = ["default", "general", "trading-live"]').encode()
    for label, ids in (("trust", NAMES), ("commit", ("default",))):
        gate = load_config([ConfigSource(label, {"gates.toml": chosen}), packaged]).gate("Policy Critic Gate")  # type: ignore[arg-type]
        assert gate is not None
        assert gate.policy is not None
        assert gate.policy.ids == ids

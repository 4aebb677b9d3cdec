"""A desk whose models answer on loopback: a documentation change on L0, and a provider file in the trust store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.desk import CLEAN, make_desk
from support.model_server import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk
    from support.model_server import ModelServer

DOCS = {**CLEAN, "docs/guide.md": "# Guide\n\nStart it with `make run`.\n"}
CHANGED = {
    "docs/guide.md": "# Guide\n\nStart it with `make run`, and read the card before you sign.\n",
    "src/sample.py": '"""Sample."""\n\nANSWER = 44\n',
}
PROVIDERS = """schema = "gonogo/providers/v1"

[providers.openai]
kind = "openai"
base_url = "{url}"
key_env = "TEST_MODEL_KEY"
supports = ["structured_output", "seed", "sampling"]
timeout_seconds = {timeout}

[providers.deepseek]
kind = "openai"
base_url = "{url}"
key_env = "TEST_MODEL_KEY"
timeout_seconds = {timeout}

[limits]
run_cost_usd = "{run}"
layer_daily_cost_usd = "20"
daily_cost_usd = "50"
run_tokens = 400_000
run_seconds = 3_600
"""
PROPOSER, FALLBACK, CRITIC = "gpt-5.2", "gpt-5-mini", "deepseek-r1"


def model_desk(folder: Path, server: ModelServer, **changes: Any) -> Desk:  # noqa: ANN401 - what providers.toml holds
    """A desk, enrolled, whose providers all answer at ``server``."""
    desk = make_desk(folder, DOCS, (CHANGED,))
    desk.enrol()
    desk.env["TEST_MODEL_KEY"] = KEY
    give_providers(desk, server, **changes)
    return desk


def give_providers(desk: Desk, server: ModelServer, *, timeout: int = 20, run: str = "5") -> None:
    """Write the desk's providers.toml."""
    for trust in desk.trust_folders():
        path = trust / "providers.toml"
        path.write_text(PROVIDERS.format(url=server.url, timeout=timeout, run=run))
        path.chmod(0o600)


def proposal(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - what a proposer may say
    """An L0 proposal that keeps its contract."""
    return {
        "output_type": "DocClarification",
        "summary": "The guide tells the reader to look at the card first.",
        "changes": [{"text": "Say where the card is shown.", "evidence": ["E1"]}],
        "evidence_ids": ["E1"],
        **changes,
    }


def critique(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - what a critic may say
    """A critic's clear consent."""
    return {
        "decision": "APPROVE",
        "rationale": "E1 holds the sentence that the proposal rests on.",
        "evidence_ids": ["E1", "P"],
        "required_changes": [],
        **changes,
    }


GOOD: dict[str, dict[str, Any]] = {
    "L0": proposal(),
    "L1": {
        "output_type": "ResearchReport",
        "question": "What do the sources say of restarts?",
        "findings": [{"text": "Restarts are safe.", "evidence": ["E1", "E2"]}],
        "sources": [{"text": "The handbook, chapter two.", "evidence": ["E3"]}],
        "limitations": ["Only three documents were read."],
    },
    "L2": {
        "output_type": "ScenarioReport",
        "scenarios": [
            {"name": "Calm", "text": "Little moves.", "uncertainty": "Large: one month of data.", "evidence": ["E1"]},
            {"name": "Storm", "text": "Much moves.", "uncertainty": "Very large.", "evidence": ["E2"]},
        ],
        "uncertainty": "All of it rests on one month.",
        "no_trade_triggers": ["The data is older than a day."],
    },
    "L3": {
        "output_type": "PlanTemplates",
        "hypotheses": [{"text": "Volatility returns to its mean.", "evidence": ["E1"]}],
        "risk_checklist": ["Is the limit known?"],
        "no_trade_triggers": ["The feed is late."],
    },
    "L4": {
        "output_type": "PolicyReview",
        "decision": "REVIEW_REQUIRED",
        "severity": "LOW",
        "rationale": "The policy and the pack name two different owners.",
        "evidence_ids": ["E1"],
    },
}
"""An answer of each layer that keeps its contract; it cites up to three inputs."""

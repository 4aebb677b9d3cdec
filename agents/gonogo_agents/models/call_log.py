"""``logs/ai_model_calls.jsonl``: one line for each attempt, prompts by digest; the words lie in the transcript.

The fields are the union of what the registry's ``[audit]`` demands and what the predecessor's schema document says of a
call (interop.md 1.8), and those that the layer's scope names for its log; what is not known of a call is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from gonogo_agents.broker import jsonl_recorder
from gonogo_evidence.transcripts import answer_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.transcripts import Exchange

NAME: Final = "calls.jsonl"
"""In the run's folder; in the pack it is ``data/logs/ai_model_calls.jsonl``."""


def call_line(
    exchange: Exchange, attempt: JSONObject, model: JSONObject, run: Mapping[str, JSON], fields: Sequence[str]
) -> dict[str, JSON]:
    """One line. ``run`` holds what all lines of a call share; ``fields`` are those that the scope's log must hold."""
    answer, failure = exchange.answer, exchange.failure
    usage: Mapping[str, int | None] = {}
    if answer is not None:
        usage = cast("Mapping[str, int | None]", answer["usage"])
    asked, said = usage.get("input_tokens"), usage.get("output_tokens")
    counted = cast("JSONObject", attempt["counted"])
    known: dict[str, JSON] = {
        **run,
        "timestamp_utc": attempt["at"],
        "timestamp": attempt["at"],
        "model_id": model["model_id"],
        "model_reported": None if answer is None else answer["model"],
        "provider": model["provider"],
        "prompt_hash": f"sha256:{exchange.digest}",
        "artifact_hash": None if answer is None else f"sha256:{answer_digest(answer)}",
        "input_tokens": asked,
        "output_tokens": said,
        "cost_usd": counted["cost_usd"],
        "counted_tokens": counted["tokens"],
        "counted_by": counted["basis"],
        "near_limits": attempt["near_limits"],
        "latency_ms": attempt["latency_ms"],
        "attempt": attempt["number"],
        "success": failure is None,
        "error_message": None if failure is None else f"{failure['kind']}: {failure['text']}",
        "source": exchange.source,
    }
    return {**dict.fromkeys(fields), **known}


def write_line(folder: Path, line: Mapping[str, JSON]) -> None:
    """Append it to the run's log of calls."""
    jsonl_recorder(folder / NAME)(line)

"""The predecessor's transcript files (interop.md 1.8): read, never written.

One JSON file holds a scenario with its ``runs``. The stored ``prompt_hash`` is what counts there, and the stored
``request`` may be a placeholder; so an answer is found by the hash that the predecessor would give our request.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_evidence.transcripts.exchange import FILE_LIMIT, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSONObject

KEYS: Final = frozenset({"transcript_id", "runs"})


def is_predecessor(stored: object) -> bool:
    """Whether parsed JSON is a transcript of the predecessor's form."""
    return isinstance(stored, dict) and set(cast("dict[str, object]", stored)) >= KEYS


def read_predecessor(data: bytes, *, where: str = "") -> dict[str, JSONObject]:
    """The answers by ``prompt_hash`` (``sha256:`` and 64 hex digits). Raises BadInput ``TRANSCRIPT_FILE``."""
    try:
        stored = json.loads(data) if len(data) <= FILE_LIMIT else None
        runs = cast("dict[str, Any]", stored)["runs"] if is_predecessor(stored) else None
        return {str(run["prompt_hash"]): _answer(run) for run in cast("list[dict[str, Any]]", runs)}
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BadInput(
            "TRANSCRIPT_FILE",
            msg("This file is no transcript, neither gonogo's nor the predecessor's."),
            where=where,
        ) from error


def _answer(run: Mapping[str, Any]) -> JSONObject:
    response = run["response"]
    choice = response["choices"][0]
    usage = cast("dict[str, Any]", response.get("usage") or {})
    return {
        "content": plain(str(choice["message"]["content"])),
        "model": plain(str(response.get("model") or run["model_id"])),
        "finish_reason": plain(str(choice.get("finish_reason") or "")),
        "response_id": plain(str(response.get("id") or "")),
        "tool_calls": [],
        "usage": {"input_tokens": _count(usage, "prompt_tokens"), "output_tokens": _count(usage, "completion_tokens")},
    }


def _count(usage: Mapping[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) and 0 <= value < 2**53 else None


def prompt_hashes(request: JSONObject) -> tuple[str, ...]:
    """The hashes that the predecessor could have given this request: it wrote ``top_p`` as 1.0, and by hand as 1."""
    if request["temperature"] is None or request["top_p"] is None:  # it always sent both
        return ()
    body: dict[str, object] = {
        "model": request["model"],
        "messages": request["messages"],
        "temperature": float(str(request["temperature"])),
        "max_tokens": request["max_output_tokens"],
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
    }
    top_p = float(str(request["top_p"]))
    whole = {**body, "frequency_penalty": 0, "presence_penalty": 0}
    forms: list[dict[str, object]] = [{**body, "top_p": top_p}]
    forms += [{**whole, "top_p": int(top_p)}] if top_p == int(top_p) else []
    return tuple(f"sha256:{hashlib.sha256(json.dumps(one, sort_keys=True).encode()).hexdigest()}" for one in forms)

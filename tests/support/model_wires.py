"""What :mod:`support.model_server` says on other wires than OpenAI's: Anthropic's messages and Google's contents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.model_server import Answer

STOPS = {"anthropic": {"stop": "end_turn", "length": "max_tokens"}, "google": {"stop": "STOP", "length": "MAX_TOKENS"}}
KEY_HEADERS = ("authorization", "x-api-key", "x-goog-api-key")


def wire_of(path: str) -> str:
    """Which wire a request speaks, by its path."""
    return "anthropic" if path.endswith("/messages") else "google" if "GenerateContent" in path else "openai"


def model_of(path: str, body: dict[str, Any]) -> str:
    """Which model is asked."""
    return str(body["model"]) if "model" in body else path.rpartition("/")[2].partition(":")[0]


def parts_of(answer: Answer, key: str) -> list[str]:
    """The words, in two parts."""
    content = answer.content.replace("{key}", key)
    half = len(content) // 2
    return [content[:half], content[half:]]


def counts_of(answer: Answer, size: int) -> tuple[int, int] | None:
    """Tokens asked and said, as the endpoint tells them."""
    return (size // 4, len(answer.content) // 4 + 1) if answer.usage == "true" else answer.usage


def anthropic(answer: Answer, model: str, key: str, size: int) -> Iterator[bytes]:
    """Anthropic's stream of a message."""
    asked, said = counts_of(answer, size) or (0, 0)
    message: dict[str, Any] = {
        "id": "x-1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
    }
    yield _named("message_start", message={**message, "usage": {"input_tokens": asked, "output_tokens": 1}})
    yield _named("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for part in parts_of(answer, key):
        yield _named("content_block_delta", index=0, delta={"type": "text_delta", "text": part})
        if answer.cut:
            return
    yield _named("content_block_stop", index=0)
    if answer.tool:
        block = {"type": "tool_use", "id": "t-1", "name": answer.tool, "input": {}}
        yield _named("content_block_start", index=1, content_block=block)
        yield _named("content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": "{}"})
        yield _named("content_block_stop", index=1)
    stop = {"stop_reason": STOPS["anthropic"].get(answer.finish, answer.finish), "stop_sequence": None}
    yield _named("message_delta", delta=stop, usage={"input_tokens": asked, "output_tokens": said})
    yield _named("message_stop")


def google(answer: Answer, model: str, key: str, size: int) -> Iterator[bytes]:
    """Google's stream of contents."""
    for part in parts_of(answer, key):
        yield _data(_contents(model, [{"text": part}]))
        if answer.cut:
            return
    last: list[dict[str, Any]] = (
        [{"functionCall": {"name": answer.tool, "args": {}}}] if answer.tool else [{"text": ""}]
    )
    end = _contents(model, last)
    end["candidates"][0]["finishReason"] = STOPS["google"].get(answer.finish, answer.finish)
    if (counts := counts_of(answer, size)) is not None:
        asked, said = counts
        end["usageMetadata"] = {
            "promptTokenCount": asked,
            "candidatesTokenCount": said,
            "totalTokenCount": asked + said,
        }
    yield _data(end)


def _contents(model: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0}
    return {"candidates": [candidate], "modelVersion": model, "responseId": "x-1"}


def _named(kind: str, **words: Any) -> bytes:  # noqa: ANN401 - an event's fields
    return f"event: {kind}\n".encode() + _data({"type": kind, **words})


def _data(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"

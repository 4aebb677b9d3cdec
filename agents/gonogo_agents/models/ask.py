"""One request to one chat model: streamed, counted, within its time, and without its key in what comes back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, cast

from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage
from langsmith.run_helpers import tracing_context  # pyright: ignore[reportUnknownVariableType]
from langsmith.utils import tracing_is_enabled  # pyright: ignore[reportUnknownVariableType]

from gonogo_agents.models.interface import CallFailed, Kind
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg
from gonogo_evidence.transcripts import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    from gonogo_agents.models.keys import Key
    from gonogo_evidence.ids import JSONObject

MOST_CHARACTERS: Final = 400_000


def ask(
    model: BaseChatModel, request: JSONObject, key: Key, *, timeout: float, heard: Callable[[int], None]
) -> JSONObject:
    """Ask, and return the answer of a transcript.

    Raises:
        CallFailed: whatever went wrong, in words that hold no key.
        Refused: ``TRACING_ON`` where calls would be traced elsewhere.
    """
    with tracing_context(enabled=False):
        if tracing_is_enabled():
            raise Refused("TRACING_ON", msg("Calls of models would be traced outside of the run's own record."))
        try:
            whole = _stream(model, _messages(request), time.monotonic() + timeout, timeout, heard)
        except CallFailed:
            raise
        except Exception as error:  # noqa: BLE001 - a provider package's own errors, of which there is no common kind
            status = getattr(error, "status_code", None)
            raise _foreign(error, key, status if isinstance(status, int) else None) from None
    answer = _answer(whole)
    if answer != key.hidden_in(answer):
        raise CallFailed("key-echoed", "the answer held the key that it was asked with, and was thrown away")
    return answer


def _stream(
    model: BaseChatModel, messages: Sequence[BaseMessage], until: float, timeout: float, heard: Callable[[int], None]
) -> AIMessageChunk:
    whole: AIMessageChunk | None = None
    size = 0
    for part in model.stream(list(messages)):
        size += len(str(part.text))
        if size > MOST_CHARACTERS:
            raise CallFailed("too-large", f"the answer has more than {MOST_CHARACTERS} characters")
        if time.monotonic() > until:
            raise CallFailed("timeout", f"no whole answer within {timeout:g} s")
        whole = part if whole is None else whole + part
        heard(size)
    if whole is None:
        raise CallFailed("truncated", "the answer broke off before its end")
    return whole


def _messages(request: JSONObject) -> list[BaseMessage]:
    told = cast("Sequence[JSONObject]", request["messages"])
    return [
        SystemMessage(str(one["content"])) if one["role"] == "system" else HumanMessage(str(one["content"]))
        for one in told
    ]


def _answer(whole: AIMessageChunk) -> JSONObject:
    told = cast("dict[str, Any]", whole.response_metadata)
    usage = cast("dict[str, Any]", whole.usage_metadata or {})
    called = [str(call.get("name") or "") for call in cast("Any", whole).tool_calls]
    called += cast("list[str]", cast("Any", whole).additional_kwargs.get("called") or [])
    return {
        "content": plain(str(whole.text)),
        "model": plain(_last(told, "model_name", "model")),
        "finish_reason": plain(_last(told, "finish_reason", "stop_reason")),
        "response_id": plain(_last(told, "id") or str(whole.id or "")),
        "tool_calls": [plain(name)[:100] for name in called],
        "usage": {name: _count(usage.get(name)) for name in ("input_tokens", "output_tokens")},
    }


def _last(told: dict[str, Any], *names: str) -> str:
    """The words under the first of these names."""
    return str(next((told[name] for name in names if told.get(name)), ""))[:200]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _foreign(error: Exception, key: Key, status: int | None) -> CallFailed:
    words = key.hide(f"{type(error).__name__}: {error}")[:500]
    kind: Kind = "rate-limited" if status == 429 else "server" if status is None or status >= 500 else "refused"  # noqa: PLR2004 - HTTP
    return CallFailed("timeout" if "Timeout" in type(error).__name__ else kind, words, status=status)

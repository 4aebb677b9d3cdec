"""One request to one chat model: streamed, counted, within its time, and without its key in what comes back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, cast

from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage
from langsmith.run_helpers import tracing_context  # pyright: ignore[reportUnknownVariableType]
from langsmith.utils import tracing_is_enabled  # pyright: ignore[reportUnknownVariableType]

from gonogo_agents.models.interface import CallFailed, Kind
from gonogo_agents.models.openai_chat import SERVER, TOO_MANY, seconds_of
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg
from gonogo_evidence.transcripts import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    from gonogo_agents.models.keys import Key
    from gonogo_evidence.ids import JSONObject

MOST_CHARACTERS: Final = 400_000
DEEP: Final = 5
"""So many errors that an error was made of are looked at."""


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
            raise _foreign(error, key) from None
    answer = _answer(whole)
    if not answer["finish_reason"]:  # some packages hand out what came until the connection broke as if it were whole
        raise CallFailed("truncated", "the answer broke off before its end")
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
        "response_id": plain(_last(told, "id") or _given(whole.id)),
        "tool_calls": [plain(name)[:100] for name in called],
        "usage": {name: _count(usage.get(name)) for name in ("input_tokens", "output_tokens")},
    }


def _last(told: dict[str, Any], *names: str) -> str:
    """The words under the first of these names."""
    return str(next((told[name] for name in names if told.get(name)), ""))[:200]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _given(name: str | None) -> str:
    """The provider's id; langchain-core makes one up where there is none."""
    return "" if name is None or name.startswith(("lc_", "run-")) else name[:200]


def _foreign(error: Exception, key: Key) -> CallFailed:
    """What a package's own error comes to: each names the status in another place."""
    words, status = key.hide(f"{type(error).__name__}: {error}")[:500], _status(error)
    kind: Kind = "server"
    if "Timeout" in type(error).__name__:
        kind = "timeout"
    elif status is not None:
        kind = "rate-limited" if status == TOO_MANY else "server" if status >= SERVER else "refused"
    elif isinstance(error, ValueError):
        kind = "unreadable"
    wait = next((seconds_of(one.headers.get("retry-after")) for one in _responses(error)), None)
    return CallFailed(kind, words, status=status, retry_after=wait)


def _status(error: Exception) -> int | None:
    """The HTTP status: a package's error says it itself, or that which it was made of."""
    told = (getattr(one, name, None) for one in _made_of(error) for name in ("status_code", "code"))
    seen = (*told, *(one.status_code for one in _responses(error)))
    return next((one for one in seen if isinstance(one, int) and not isinstance(one, bool)), None)


def _responses(error: Exception) -> list[Any]:
    found: list[Any] = [getattr(one, "response", None) for one in _made_of(error)]
    return [one for one in found if hasattr(one, "headers") and hasattr(one, "status_code")]


def _made_of(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(DEEP):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__

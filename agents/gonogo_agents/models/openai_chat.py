"""A chat model of langchain-core for every endpoint that speaks OpenAI's chat completions, on httpx alone.

Own code instead of ``langchain-openai``: that brings a client and a tokenizer of some twenty megabytes, and retries
which would stand in no record. Here one call is one request, and each byte of the answer is counted.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, cast

import httpx
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from pydantic import ConfigDict

from gonogo_agents.models.interface import CallFailed, Kind
from gonogo_agents.models.keys import Key  # noqa: TC001 - pydantic reads the annotation

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatResult

MOST_BYTES = 4 * 1024 * 1024
"""Of one answer on the wire."""
MOST_LINE = 1024 * 1024
MOST_ERROR = 2000
OK, TOO_MANY, SERVER = 200, 429, 500
ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class OpenAIChat(BaseChatModel):
    """One model behind one address. ``parameters`` go into the body as they are."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    base_url: str
    model: str
    key: Key
    timeout: float
    """Seconds from the request to the last word of its answer."""
    parameters: dict[str, Any]

    @property
    def _llm_type(self) -> str:
        return "gonogo-openai"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - the base class's
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - the base class's
    ) -> Iterator[ChatGenerationChunk]:
        del stop, run_manager, kwargs
        until = time.monotonic() + self.timeout
        try:
            with (
                httpx.Client(
                    timeout=httpx.Timeout(self.timeout, connect=min(15.0, self.timeout)), trust_env=False
                ) as web,
                web.stream(
                    "POST", f"{self.base_url}/chat/completions", json=self._body(messages), headers=self._headers()
                ) as answer,
            ):
                yield from self._read(answer, until)
        except httpx.TimeoutException as error:
            raise CallFailed("timeout", f"no whole answer within {self.timeout:g} s") from error
        except httpx.HTTPError as error:
            raise CallFailed("unreachable", self.key.hide(f"{type(error).__name__}: {error}")[:MOST_ERROR]) from None

    def _body(self, messages: list[BaseMessage]) -> dict[str, Any]:
        told = [{"role": ROLES[one.type], "content": str(cast("Any", one).content)} for one in messages]
        return {
            "model": self.model,
            "messages": told,
            "stream": True,
            "stream_options": {"include_usage": True},
            **self.parameters,
        }

    def _headers(self) -> dict[str, str]:
        told = {"Accept": "text/event-stream", "User-Agent": "gonogo"}
        return {**told, "Authorization": f"Bearer {self.key.reveal()}"} if self.key.reveal() else told

    def _read(self, answer: httpx.Response, until: float) -> Generator[ChatGenerationChunk, None, None]:
        if answer.status_code != OK:
            raise self._status(answer, until)
        done = False
        known: dict[str, str] = {}
        for line in _lines(answer, until, self.timeout):
            if not line.startswith("data:"):
                continue
            data = line[5:].strip()
            if data == "[DONE]":
                done = True
                break
            yield _news(_chunk(data), known)
        if not done or "finish_reason" not in known:
            raise CallFailed("truncated", "the answer broke off before its end")

    def _status(self, answer: httpx.Response, until: float) -> CallFailed:
        body = b""
        for part in answer.iter_bytes():
            body += part
            if len(body) > MOST_ERROR or time.monotonic() > until:
                break
        told = self.key.hide(body.decode(errors="replace"))[:MOST_ERROR]
        status = answer.status_code
        kind: Kind = "rate-limited" if status == TOO_MANY else "server" if status >= SERVER else "refused"
        return CallFailed(
            kind, f"HTTP {status}: {told}", status=status, retry_after=seconds_of(answer.headers.get("retry-after"))
        )


def _lines(answer: httpx.Response, until: float, timeout: float) -> Iterator[str]:
    """The lines of the stream, within size and time."""
    rest, size = b"", 0
    for part in answer.iter_bytes():
        size += len(part)
        if time.monotonic() > until:
            raise CallFailed("timeout", f"no whole answer within {timeout:g} s")
        if size > MOST_BYTES or len(rest) > MOST_LINE:
            raise CallFailed("too-large", f"the answer is larger than {MOST_BYTES} bytes")
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace").rstrip("\r")
    if rest.strip():
        yield rest.decode(errors="replace").rstrip("\r")


def _chunk(data: str) -> ChatGenerationChunk:
    try:
        event = cast("dict[str, Any]", json.loads(data))
        if event.get("error"):
            raise CallFailed("server", "the stream holds an error instead of an answer")
        choice = cast("dict[str, Any]", (event.get("choices") or [{}])[0])
        delta = cast("dict[str, Any]", choice.get("delta") or {})
        calls = cast("list[dict[str, Any]]", delta.get("tool_calls") or [])
        told = {"model_name": event.get("model"), "id": event.get("id"), "finish_reason": choice.get("finish_reason")}
        named = [str(cast("dict[str, Any]", call.get("function") or {}).get("name") or "") for call in calls]
        message = AIMessageChunk(
            content=str(delta.get("content") or ""),
            response_metadata={name: str(value) for name, value in told.items() if value},
            additional_kwargs={"called": [name for name in named if name]} if any(named) else {},
            usage_metadata=_usage(cast("dict[str, Any]", event.get("usage") or {})),
        )
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        raise CallFailed("unreadable", "an event of the stream is not in the form of a chat completion") from None
    return ChatGenerationChunk(message=message)


def _usage(told: dict[str, Any]) -> UsageMetadata | None:
    if not told:
        return None
    asked, said = int(told["prompt_tokens"]), int(told["completion_tokens"])
    return UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)


def _news(chunk: ChatGenerationChunk, known: dict[str, str]) -> ChatGenerationChunk:
    """The chunk without what an earlier one said already: metadata of chunks is joined like words."""
    told = cast("dict[str, str]", chunk.message.response_metadata)
    if told.get("model_name", known.get("model_name")) != known.get("model_name", told.get("model_name")):
        raise CallFailed("unreadable", "one stream names two models")
    chunk.message.response_metadata = {name: value for name, value in told.items() if name not in known}
    known.update(told)
    return chunk


def seconds_of(value: str | None) -> float | None:
    """Seconds that an endpoint asks to wait, as its header says; None for anything else."""
    try:
        return min(max(float(value), 0.0), 600.0) if value else None
    except ValueError:
        return None

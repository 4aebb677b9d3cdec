"""From a provider's entry to its chat model. Packages come from a closed list, and are loaded when they are used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo_agents.models.interface import CallFailed
from gonogo_agents.models.openai_chat import OpenAIChat

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

    from gonogo_agents.models.keys import Key
    from gonogo_evidence.ids import JSON, JSONObject

PACKAGES: Final = {
    "anthropic": ("langchain_anthropic", "ChatAnthropic", "api_key", "max_tokens"),
    "google": ("langchain_google_genai", "ChatGoogleGenerativeAI", "api_key", "max_output_tokens"),
    "mistral": ("langchain_mistralai", "ChatMistralAI", "api_key", "max_tokens"),
}
"""Module, class, and what it calls key and length. The names stand here and in no file that a run reads."""


def open_back_end(provider: JSONObject, request: JSONObject, key: Key, *, timeout: float) -> BaseChatModel:
    """The chat model for one request. Raises :class:`CallFailed` ``not-installed``."""
    kind = provider.get("kind")
    if kind in {"openai", "local"}:
        return OpenAIChat(
            base_url=str(provider["base_url"]),
            model=str(request["model"]),
            key=key,
            timeout=timeout,
            parameters=_parameters(request, str(provider.get("length_name") or "max_tokens")),
        )
    if kind == "package" and provider.get("package") in PACKAGES:
        return _package(provider, request, key, timeout)
    raise CallFailed("not-installed", f"no back end is built for a provider of kind {kind}")


def _parameters(request: JSONObject, length_name: str) -> dict[str, Any]:
    """The body of a chat completion. What a provider does not support stands in no request to it."""
    schema: JSON = request.get("response_schema")
    named = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
    return {
        **{name: float(str(request[name])) for name in ("temperature", "top_p") if request[name] is not None},
        length_name: request["max_output_tokens"],
        **({"seed": request["seed"]} if request.get("seed") is not None else {}),
        **({"response_format": named} if schema is not None else {}),
    }


def _package(provider: JSONObject, request: JSONObject, key: Key, timeout: float) -> BaseChatModel:
    name = str(provider["package"])
    module, kind, key_name, length_name = PACKAGES[name]
    try:
        found = getattr(importlib.import_module(module), kind)
    except (ImportError, AttributeError):
        raise CallFailed(
            "not-installed", f"the package for {name} is not installed: pip install 'gonogo[{name}]'"
        ) from None
    given: dict[str, Any] = {
        "model": request["model"],
        **{name: float(str(request[name])) for name in ("temperature", "top_p") if request[name] is not None},
        **({"base_url": provider["base_url"]} if provider.get("base_url") else {}),
        "timeout": timeout,
        "max_retries": 0,
        key_name: key.reveal(),
        length_name: request["max_output_tokens"],
    }
    return cast("BaseChatModel", found(**given))

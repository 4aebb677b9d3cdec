"""``providers.toml``: where models are asked, by whose key, and what may be spent at most. The trust side's alone."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gonogo_policies.config.base import Count, DecimalText, Model, Seconds, Slug, Words

ProviderKind: TypeAlias = Literal["openai", "package", "local", "recording"]
PACKAGES: Final = ("anthropic", "google", "mistral")
"""Provider packages that may be loaded: a file names one of these, never a module."""
SUPPORTS: Final = frozenset({"structured_output", "seed", "tools", "sampling"})
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an address begins with https:// and has no query")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a key or password has no place in an address: name it in key_env")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("http:// is for this machine alone: a key would travel in the clear")
    return value.rstrip("/")


def _variable(value: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,99}", value):
        raise ValueError("the name of an environment variable is expected, never the key itself")
    return value


Variable = Annotated[str, AfterValidator(_variable)]


class Provider(Model):
    """One place where models are asked."""

    kind: ProviderKind
    base_url: Annotated[str, StringConstraints(max_length=500), AfterValidator(_url)] | None = None
    package: Literal["anthropic", "google", "mistral"] | None = None
    key_env: Variable | None = None
    """The environment variable that holds the key; None: the endpoint wants none."""
    keyring_service: Slug | None = None
    """An entry of the system's keyring, looked at where the variable is empty."""
    supports: Words = ()
    """Of ``structured_output``, ``seed``, ``tools`` and ``sampling`` (temperature, top_p): what requests may carry."""
    length_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What an ``openai`` endpoint calls the most tokens of an answer."""
    timeout_seconds: Seconds = 120
    """For one answer, from the request to its last word."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "openai" and self.base_url is None:
            raise ValueError("kind 'openai' names a base_url")
        if self.kind not in {"openai", "package"} and self.base_url is not None:
            raise ValueError("a local model and a recording have no base_url")
        if (self.kind == "package") != (self.package is not None):
            raise ValueError("kind 'package', and no other, names a package")
        if self.kind in {"local", "recording"} and (self.key_env or self.keyring_service):
            raise ValueError("a local model and a recording have no key")
        if self.kind == "package" and set(self.supports) - {"sampling"}:
            raise ValueError("of a provider package only 'sampling' is used: nothing else of a request would reach it")
        if strange := sorted(set(self.supports) - SUPPORTS):
            raise ValueError(f"nobody supports '{strange[0]}': there are structured_output, seed, tools and sampling")
        return self


class Limits(Model):
    """What may be spent; money in US dollars, a day in UTC."""

    run_cost_usd: DecimalText
    layer_daily_cost_usd: DecimalText
    daily_cost_usd: DecimalText
    run_tokens: Count
    run_seconds: Seconds


class ProvidersFile(Model):
    """The whole file."""

    providers: Mapping[Slug, Provider]
    limits: Limits
    tracing: Literal["off"] = Field(default="off")
    """Calls are never traced elsewhere; the run's own record is the truth."""

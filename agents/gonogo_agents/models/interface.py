"""What a back end is: a chat model of langchain-core, and the one way in which a call of it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Kind: TypeAlias = Literal[
    "no-key",
    "keyring",
    "not-installed",
    "unreachable",
    "timeout",
    "rate-limited",
    "server",
    "refused",
    "truncated",
    "too-large",
    "unreadable",
    "key-echoed",
    "not-recorded",
    "budget",
    "same-as-critic",
    "too-long",
]
RETRIED: Final[frozenset[str]] = frozenset({"unreachable", "timeout", "rate-limited", "server", "truncated"})
"""What another try, or another model, can mend. All else ends the call: it would only be repeated."""
FALLS_BACK: Final[frozenset[str]] = RETRIED | {"no-key", "not-installed", "same-as-critic", "too-long"}
"""What the next model in the registry's order may be asked after."""

Heard: TypeAlias = "Callable[[str, int], None]"
"""Is told while an answer comes in: the model, and how many characters so far."""


class CallFailed(Exception):
    """A call of a model did not give a whole answer. ``text`` holds nothing that a key could stand in."""

    def __init__(self, kind: Kind, text: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind: Kind = kind
        self.text = text
        self.status = status
        self.retry_after = retry_after
        """Seconds that the endpoint asks to wait."""

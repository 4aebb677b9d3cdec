"""Keys for endpoints: from the environment or the keyring, held so that no text of them is made by accident."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from gonogo_agents.models.interface import CallFailed

if TYPE_CHECKING:
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON, JSONObject

HIDDEN: Final = "[redacted:provider-key]"
SHORTEST: Final = 4


class Key:
    """A key, or none. Its value is asked for by name; ``repr`` and ``str`` hide it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Key(hidden)" if self._value else "Key(none)"

    def reveal(self) -> str:
        """The value, for the one header that needs it."""
        return self._value

    def stands_in(self, text: str) -> bool:
        """Whether the text holds it."""
        return len(self._value) >= SHORTEST and self._value in text

    def hide(self, text: str) -> str:
        """The text without it."""
        return text.replace(self._value, HIDDEN) if self.stands_in(text) else text

    def hidden_in(self, value: JSON) -> JSON:
        """The same without it, at every depth."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, dict):
            return {self.hide(str(name)): self.hidden_in(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.hidden_in(item) for item in value]
        return value


def key_for(provider: JSONObject, world: World) -> Key:
    """The key that a provider's entry names; an entry may name none.

    Raises:
        CallFailed: ``no-key``; ``keyring`` where it could not be looked at: then nobody knows whether there is a key,
            and no other model is asked instead; ``not-installed``.
    """
    variable, service = provider.get("key_env"), provider.get("keyring_service")
    if not variable and not service:
        return Key("")
    value = world.env.get(str(variable), "") if variable else ""
    value = value.strip() or (_from_keyring(str(service), str(variable or "")) if service else "")
    if not value:
        raise CallFailed("no-key", f"there is no key in {variable or 'the keyring'}")
    if not value.isascii() or not value.isprintable():
        raise CallFailed(
            "no-key", f"what stands in {variable or 'the keyring'} is no key: it holds signs no header may"
        )
    return Key(value)


def _from_keyring(service: str, variable: str) -> str:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise CallFailed("not-installed", "the keyring is not installed: pip install 'gonogo[keyring]'") from None
    try:
        return str(keyring.get_password(service, "gonogo") or "")
    except Exception as error:  # noqa: BLE001 - each back end has errors of its own
        other = f", or put the key into {variable}" if variable else ""
        words = f"the system's keyring could not be opened ({type(error).__name__}). Unlock it{other}, then run again"
        raise CallFailed("keyring", words) from None

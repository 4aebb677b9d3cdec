"""Names of what lies at the hold point, for those who only look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.texts import Language

CARDS: Final[Mapping[Language, str]] = {"en": "card.txt", "de": "card.de.txt"}
"""The operator's card, once a language; the statement names the one that was shown."""

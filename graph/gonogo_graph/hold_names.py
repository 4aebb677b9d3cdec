"""Names of what lies at the hold point, for those who only look."""

from __future__ import annotations

from typing import Final

CARDS: Final = {"en": "card.txt", "de": "card.de.txt"}
"""The operator's card, once a language; the statement names the one that was shown."""

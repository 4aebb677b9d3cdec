"""Answers that people type: yes in two languages, dates in two forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from datetime import date

    from gonogo_agents.texts.language import Language

_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_GERMAN = re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})")


def yes_words(language: Language) -> tuple[str, ...]:
    """What counts as yes, in lower case, the language's own words first. Both languages are understood in both."""
    english, german = ("yes", "y"), ("ja", "j")
    return german + english if language == "de" else english + german


def parse_date(text: str) -> date:
    """Read ``2026-12-31`` or ``31.12.2026``. Raises ``BadInput`` for anything else, the 31st of June included."""
    from datetime import date  # noqa: PLC0415 - the help comes through this package and needs no calendar

    found = _ISO.fullmatch(text.strip()) or _GERMAN.fullmatch(text.strip())
    if found:
        try:
            return date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            pass
    raise BadInput(
        "DATE_UNREADABLE",
        msg("This is not a date: {text}", text=text),
        next_step=msg("Write it as 2026-12-31 or 31.12.2026."),
    )

"""Sentences in the operator's language: gettext catalogues, one template at a time, values filled in afterwards."""

from __future__ import annotations

import gettext
import os
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Protocol

from gonogo_evidence.text import fill

if TYPE_CHECKING:
    from gonogo_agents.texts.language import Language
    from gonogo_evidence.text import Text

LOCALE = os.path.join(os.path.dirname(__file__), "locale")  # noqa: PTH118, PTH120 - pathlib costs help a tenth of its time


class Translator(Protocol):
    """Says a sentence in one language."""

    def __call__(self, text: Text, /) -> str:
        """The sentence with its values, in Unicode normal form C."""
        ...


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """The messages of one language; English and a missing file give the templates themselves."""
    if language == "en":
        return gettext.NullTranslations()
    path = f"{LOCALE}/{language}/LC_MESSAGES/gonogo.mo"
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - see LOCALE
            return gettext.GNUTranslations(file)
    except FileNotFoundError:
        return gettext.NullTranslations()


def translator(language: Language) -> Translator:
    """A function that says a :class:`Text` in ``language``. What the catalogue does not know stays English."""
    messages = catalogue(language)

    def say(text: Text, /) -> str:
        # The empty message id is the catalogue's own header.
        template = messages.gettext(text.template) if text.template else ""
        return unicodedata.normalize("NFC", fill(template, dict(text.values)))

    return say

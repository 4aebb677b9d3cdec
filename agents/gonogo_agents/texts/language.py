"""Which language the operator reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Language: TypeAlias = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

VARIABLES = ("GONOGO_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""Asked in this order; the first that is set decides, as POSIX has it for the last three."""


def choose_language(env: Mapping[str, str], option: str | None = None) -> Language:
    """The language of ``--lang`` if it names one, else of the environment. German for ``de*``, English for the rest.

    ``auto`` and an empty value name nothing, as an option and as ``GONOGO_LANG``.
    """
    for name in (option or "", *(env.get(variable, "") for variable in VARIABLES)):
        if name and name.lower() != "auto":
            return "de" if name.lower().startswith("de") else "en"
    return "en"

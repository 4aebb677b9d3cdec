"""The small shapes that duties hand on: a check, a pointer, and reading plain JSON without believing it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.text import Text
    from gonogo_evidence.verdict import Verdict

Basis: TypeAlias = Literal["measured", "asserted", "absent"]

MAX_WORDS = 300
"""Characters of a repository's own words in a fact."""


def check(
    name: str,
    verdict: Verdict,
    text: Text,
    *,
    hard: bool,
    basis: Basis = "measured",
    pointers: Sequence[JSONObject] = (),
) -> JSONObject:
    """One check as it stands in a duty's result."""
    return {
        "id": name,
        "hard": hard,
        "verdict": verdict,
        "basis": basis,
        "text": cast("JSON", text.json()),
        "pointers": list(pointers),
    }


def pointer(path: str, line: int | None = None, blob: str | None = None) -> JSONObject:
    """Where in the commit something stands. Lines count from one."""
    return {"path": path, "line": line, "blob": blob}


def as_object(value: JSON) -> JSONObject:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def objects_of(value: JSON) -> list[JSONObject]:
    """The objects in a list; nothing for anything else."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def strings_of(value: JSON) -> list[str]:
    """The strings in a list; nothing for anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def number_of(value: JSON) -> int:
    """The value if it is a whole number, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def clean(words: str) -> str:
    """A repository's own words as evidence may hold them: NFC, printable, one line, not endless."""
    if len(words) <= MAX_WORDS and words.isascii() and words.isprintable() and " " not in words:
        return words
    whole = words.encode(errors="replace").decode()
    whole = "".join(sign if sign.isprintable() else " " for sign in whole)
    return unicodedata.normalize("NFC", " ".join(whole.split()))[:MAX_WORDS]

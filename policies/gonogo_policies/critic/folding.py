r"""Lines as a program reads them, not as they look: escapes, compatible letters, invisible signs, line ends inside.

Python takes full-width letters for plain ones, JSON takes ``\u0069`` for ``i``, YAML ends a line at a lone carriage
return: what would be read is what is looked at. Line numbers stay those of the file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.critic.diff_file import FileDiff, Line

_ESCAPE = re.compile(r"\\(?:u\{?([0-9a-fA-F]{4})\}?|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([01][0-7]{2}))")
_BREAK = re.compile("\r\n?|[\x85\u2028\u2029]")
_ODD = re.compile(r"\\[uUx01]|[\r\x85\u2028\u2029]")


def folded(file: FileDiff) -> FileDiff:
    """The same file with its lines folded; itself where there is nothing to fold."""
    if all(text.isascii() and not _ODD.search(text) for text in (file.lower("now"), file.lower("removed"))):
        return file
    sides = (file.added, file.removed, file.now, file.was)
    added, removed, now, was = (_lines(side) for side in sides)
    return replace(file, added=added, removed=removed, now=now, was=was, lowered={})


def _lines(lines: Sequence[Line]) -> list[Line]:
    return [(number, fold(piece)) for number, text in lines for piece in _BREAK.split(text.removesuffix("\r"))]


def fold(text: str) -> str:
    """One line: escaped letters written out, letters in compatible forms as plain ones, invisible signs left out."""
    if "\\" in text:
        text = _ESCAPE.sub(_letter, text)
    if text.isascii():
        return text
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")


def _letter(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    number = int(digits, 16) if digits else int(found[4], 8)
    sign = chr(number) if number < 0x80 else ""  # noqa: PLR2004 - keys are of plain letters
    return sign if sign.isalnum() or sign in {"_", "-"} else found[0]

"""File names as git prints them in a diff: with a prefix, and in C's quotes where they hold anything out of the way."""

from __future__ import annotations

import re
import unicodedata

_ESCAPE = re.compile(rb'\\([abfnrtv"\\]|[0-3][0-7]{2})')
_PLAIN = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


class NotAName(Exception):
    """The text is no file name as git prints it."""


def read_name(shown: str, prefix: str) -> str:
    """The name that is shown: unquoted, less its prefix (``a/``), as text in normal form C.

    Raises:
        NotAName: no such name, or it has another prefix.
    """
    shown = shown.removesuffix("\t")  # git puts one behind a name with a blank, also behind a quoted one
    found = _QUOTED.fullmatch(shown)
    if found is None and (shown.startswith('"') or not shown):
        raise NotAName(shown)
    raw = _unquoted(found[1]) if found else shown
    if not raw.startswith(prefix) or raw == prefix or "\0" in raw:
        raise NotAName(shown)
    return _text(raw.removeprefix(prefix))


def header_name(names: str) -> str | None:
    """The one name of ``a/NAME b/NAME``; None where the two are not the same."""
    half = (len(names) - 1) // 2
    try:
        old, new = read_name(names[:half], "a/"), read_name(names[half + 1 :], "b/")
    except NotAName:
        return None
    return old if old == new and names[half : half + 1] == " " else None


def header_fits(names: str, old: str, new: str) -> bool:
    """Whether ``a/OLD b/NEW``, each quoted or not, can be these two names."""
    if names.startswith('"'):
        found = _QUOTED.match(names)
        cuts = [found.end()] if found else []
    else:
        cuts = [place.start() for place in re.finditer(" ", names)]
    return any(_is(names[:cut], "a/", old) and _is(names[cut + 1 :], "b/", new) for cut in cuts)


def _is(shown: str, prefix: str, name: str) -> bool:
    try:
        return read_name(shown, prefix) == name
    except NotAName:
        return False


def _unquoted(inside: str) -> str:
    data = inside.encode("utf-8", "surrogateescape")
    if b"\\" in _ESCAPE.sub(b"", data):
        raise NotAName(inside)
    raw = _ESCAPE.sub(lambda found: bytes([_PLAIN.get(found[1]) or int(found[1], 8)]), data)
    return raw.decode("utf-8", "surrogateescape")


def _text(raw: str) -> str:
    """As words: NFC, and ``%FF`` for each byte that is not UTF-8 (as the rest of the house names files)."""
    if raw.isascii():
        return raw
    words = unicodedata.normalize("NFC", raw)
    return "".join(f"%{ord(sign) - 0xDC00:02X}" if 0xDC80 <= ord(sign) <= 0xDCFF else sign for sign in words)  # noqa: PLR2004 - PEP 383's range

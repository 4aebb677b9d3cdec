"""Spellings of one path: which of them a careless file system or reader takes for the same file.

A permission is held against a path as it is written. A prohibition is also held against this plainest spelling of it,
so that no other case, form, slash or invisible sign of a forbidden name slips past.
"""

from __future__ import annotations

import unicodedata


def is_plain(path: str) -> bool:
    """Whether the path is relative, without empty, ``.`` and ``..`` segments, and without NUL."""
    walled = f"/{path}/"
    return "\0" not in path and "//" not in walled and "/./" not in walled and "/../" not in walled


def composed(path: str) -> str:
    """Unicode normal form C: the form in which paths are compared."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def plainest(path: str) -> str:
    """One spelling for all that could be taken for the same file.

    Compatibility forms and case are folded, signs that show nothing are left out, a backslash counts as a slash, and
    spaces and dots at the end of a segment as none, so that nothing may be left of it. The answer is for comparing.
    """
    if _is_plainest(path):
        return path
    shown = path if path.isprintable() else "".join(sign for sign in path if sign.isprintable())
    words = shown.lower() if shown.isascii() else _compatible(_compatible(shown).casefold())
    words = words.replace("\\", "/")
    if not _ends_oddly(words):
        return words
    segments = (segment.rstrip(" .") for segment in words.split("/"))
    return "/".join(segment for segment in segments if segment)


def _compatible(words: str) -> str:
    """Unicode normal form KC; asking whether it is that already costs a fraction."""
    return words if unicodedata.is_normalized("NFKC", words) else unicodedata.normalize("NFKC", words)


def _ends_oddly(words: str) -> bool:
    """Whether a segment is empty, or ends in a space or a dot."""
    walled = f"/{words}/"
    return "./" in walled or " /" in walled or "//" in walled


def _is_plainest(path: str) -> bool:
    if not (path.isascii() and path.isprintable()) or "\\" in path:
        return False
    return path == path.lower() and not _ends_oddly(path)

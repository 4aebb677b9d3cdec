"""Foreign bytes made fit for evidence, and fingerprints of findings."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def decode(data: bytes) -> str:
    """A program's output as text: UTF-8, no colours, no control characters, lines end with a newline."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _ESCAPES.sub("", text))


def plain(words: str, limit: int = 300) -> str:
    """Any text as evidence holds it: one line, NFC, no halves of characters, at most ``limit`` characters."""
    text = words.encode("utf-8", "replace").decode("utf-8")
    text = " ".join(_CONTROL.sub(" ", _ESCAPES.sub("", text)).split())
    text = unicodedata.normalize("NFC", text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def fingerprint(path: str, code: str, message: str, line_text: str) -> str:
    """16 hex digits that name a finding wherever its line moves to."""
    parts = (path, code, message, line_text.strip())
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]

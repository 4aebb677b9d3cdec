"""A document's bytes as text, the same wherever documents are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

TEXT_LIMIT = 16 * 1024 * 1024
"""Bytes of a file that is read."""


def text_at(place: Path) -> str | None:
    """The text of a regular file; None where it is too long, no UTF-8, or no such file."""
    data = data_at(place)
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError:
        return None


def data_at(place: Path) -> bytes | None:
    """The bytes of a regular file; None where it is too long, or no such file."""
    try:
        return read_bytes(place, limit=TEXT_LIMIT)
    except GonogoError:
        return None

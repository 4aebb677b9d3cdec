"""What no TOML parser of ours is shown: files that are too large, and keys of very many parts.

``tomllib`` needs time and memory with the square of the length of a dotted key, so a file within the size limit could
still stop the machine. Both readers, the strict one of the trust files and the configuration floor's, ask here first.
"""

from __future__ import annotations

import re
from typing import Final

MAX_BYTES: Final = 1024 * 1024
"""One file."""

_LONG_KEY: Final = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){33}"""
)
"""A dotted key of more than 33 parts."""


def long_key_line(text: str) -> int | None:
    """The line (from 1) on which a key of more than 33 parts begins, or None."""
    found = _LONG_KEY.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None

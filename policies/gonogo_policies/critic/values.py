"""Values as settings write them, brought to one form, so that ``!!bool "True"`` and ``1.0`` are not strangers."""

from __future__ import annotations

import re

_TAG = re.compile(r"!!?\w+\s+")
_TAIL = re.compile(r"\s*(?:/\*|//).*", re.DOTALL)
_ONE = re.compile(r"\+?0*1(?:\.0*)?|\+?0x0*1|1[nlu]", re.IGNORECASE)
_NOUGHT = re.compile(r"[-+]?0+(?:\.0*)?|0x0+|!1", re.IGNORECASE)
CLOSED = frozenset({"true", "yes", "on", "1", "enabled", "locked", "closed", "active", "y", "t"})
"""What a lock that is shut says."""


def plain_word(value: str) -> str:
    """The value without quotes, tags and what a comment adds, in lower case; ``1`` and ``0`` in whatever spelling."""
    bare = _TAG.sub("", value.strip().lower(), count=1)
    word = _TAIL.sub("", bare).strip("\\\"'` \t") if bare[:1] not in {'"', "'"} else bare.strip("\\\"'` \t")
    if _ONE.fullmatch(word) or word in {"!0", "!false"}:
        return "1"
    return "0" if _NOUGHT.fullmatch(word) or word == "!true" else word

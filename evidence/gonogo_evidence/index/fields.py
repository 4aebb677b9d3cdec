"""What each kind of entry says beyond kind, run, time and subject. The lists are part of the format.

A value is a text (null where it is not known), or a list of texts. Every key is there, none besides.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from gonogo_evidence.statement_fields import MAX_TEXT, Fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import JSON

MAX_NAMES: Final = 100
MAX_WORD: Final = 1024
LONG: Final[Mapping[str, int]] = {"reason": MAX_TEXT, "checkpoint": 32 * 1024}
"""Texts that may have several lines, and how many characters."""
UNSEEN: Final = frozenset("\u200e\u200f\u061c\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Characters that turn the writing round or break a line without being seen."""

DETAILS: Final[Mapping[str, Sequence[str]]] = {
    "intent": ("layer_id", "git_ref", "operator_id", "mode"),
    "pack": ("layer_id", "git_ref", "core_digest", "verdict"),
    "abandoned": ("principal", "reason"),
    "failed": ("reason",),
    "decision": ("decision", "outcome_digest", "review_digest", "principals"),
    "revocation": ("what", "reason", "compromised_at"),
    "key-rotation": ("role", "vkey", "reason"),
    "foreign-checkpoint": ("checkpoint", "vkey"),
}
"""By kind: the keys of ``details``."""
REQUIRED: Final[Mapping[str, Sequence[str]]] = {
    "intent": (),
    "pack": ("core_digest", "verdict"),
    "abandoned": ("principal", "reason"),
    "failed": ("reason",),
    "decision": ("decision", "outcome_digest", "principals"),
    "revocation": ("what", "reason"),
    "key-rotation": ("role", "vkey", "reason"),
    "foreign-checkpoint": ("checkpoint", "vkey"),
}
"""By kind: those that may not be null."""
WORDS: Final[Mapping[str, Sequence[str]]] = {
    "verdict": ("PASS", "FAIL", "INCONCLUSIVE"),
    "decision": ("GO", "NO-GO", "GO-WITH-CONDITIONS"),
    "what": ("pack", "key", "sign-off"),
    "role": ("index",),
}
"""Keys whose words are a closed list."""


def read_details(kind: str, raw: Mapping[str, JSON], fields: Fields) -> dict[str, JSON]:
    """The details of one kind, each in its form; ``fields`` reads ``raw``. Raises ``Problem`` with the field."""
    return {name: _value(raw, fields, name, needed=name in REQUIRED[kind]) for name in DETAILS[kind]}


def clean(text: str, *, limit: int = MAX_TEXT) -> str:
    """People's words as an entry can hold them: unseen characters become ``?``, NFC, cut; ``-`` for nothing at all."""
    kept = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    shown = "".join("?" if sign in UNSEEN or unicodedata.category(sign) in {"Cc", "Cs"} else sign for sign in kept)
    return unicodedata.normalize("NFC", shown[:limit]) if shown.strip() else "-"


def _value(raw: Mapping[str, JSON], fields: Fields, name: str, *, needed: bool) -> JSON:
    if raw[name] is None and not needed:
        return None
    if name == "principals":
        return _names(raw[name], fields)
    if name in WORDS:
        return fields.one_of(name, WORDS[name])
    if name.endswith("_digest"):
        return fields.digest(name)
    if name.endswith("_at"):
        return fields.time(name)
    limit = LONG.get(name)
    return fields.text(name, limit=limit or MAX_WORD, lines=limit is not None)


def _names(value: JSON, fields: Fields) -> list[str]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_NAMES:
        raise fields.problem("principals", f"a list of 1 to {MAX_NAMES} names is expected")
    return [Fields({"name": name}, "$.predicate.details.principals", ("name",)).text("name") for name in value]

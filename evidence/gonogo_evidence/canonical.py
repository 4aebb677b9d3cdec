"""Canonical JSON: RFC 8785 (JCS), restricted so that every encoder agrees.

No floats, integers within 2^53-1, ASCII keys, NFC strings without lone surrogates, at most 64 levels. Inside that
subset orjson's sorted output *is* the JCS form (section 3.2); outside it silently is not, so what lies outside is
refused. Reading re-encodes and compares bytes: that refuses duplicate keys, white space, escapes and foreign order.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING, Any, cast

import orjson

from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.ids import JSON, Digest
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64
MAX_BYTES = 64 * 1024 * 1024

_ATOMS: frozenset[type] = frozenset((str, int, bool, type(None)))
_PLAIN = _ATOMS | {dict, list, tuple}


class NotCanonical(IntegrityBroken):
    """The value or the bytes lie outside the restricted form. ``where`` is the JSON path."""


def dumps(value: JSON) -> bytes:
    """Encode. Raises :class:`NotCanonical` for what the form cannot say. No trailing newline."""
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except TypeError:
        data = b""
    if data and _is_plain(value, data):
        return data
    _walk(value, "$", 0)  # slowly, and with the path of what is wrong
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def loads(data: bytes, *, limit: int = MAX_BYTES) -> JSON:
    """Decode bytes that must already be canonical; ``limit`` is in bytes."""
    if len(data) > limit:
        raise NotCanonical(
            "JSON_TOO_LARGE", msg("The JSON has {size} bytes; {limit} are allowed.", size=len(data), limit=limit)
        )
    try:
        value = cast("JSON", orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise NotCanonical("JSON_UNREADABLE", msg("This is not JSON: {reason}.", reason=str(error))) from error
    if dumps(value) != data:
        raise NotCanonical(
            "JSON_NOT_CANONICAL",
            msg("The bytes are not in canonical form (RFC 8785, restricted): edited, or written by another tool."),
        )
    return value


def loads_object(data: bytes, *, limit: int = MAX_BYTES) -> Mapping[str, JSON]:
    """Decode canonical bytes whose top level must be an object."""
    value = loads(data, limit=limit)
    if not isinstance(value, dict):
        raise NotCanonical("JSON_NOT_AN_OBJECT", msg("A JSON object is expected at the top."), where="$")
    return value


def digest_of(data: bytes) -> Digest:
    """SHA-256 as 64 lower-case hex digits."""
    return Digest(hashlib.sha256(data).hexdigest())


def _is_plain(value: object, encoded: bytes) -> bool:
    """Whether a value is certainly in the form; False where it must be looked at closely.

    The hot path: a whole level at a time, so that most of the work is not done in Python. orjson refused keys that are
    no strings, integers out of range and half characters; all text stands in its output, apart by ASCII marks that
    compose with nothing, so that one look at the whole answers for each string.
    """
    ascii_only = encoded.isascii()
    if not ascii_only and not unicodedata.is_normalized("NFC", encoded.decode()):
        return False
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        kinds = set(map(type, level))
        if not kinds <= _PLAIN:
            return False
        if kinds <= _ATOMS:
            return True
        below: list[Any] = []
        for item in level:
            kind: object = type(item)  # pyright: ignore[reportUnknownVariableType]
            if kind is dict:
                if not ascii_only and not "".join(item).isascii():
                    return False
                below.extend(item.values())
            elif kind is list or kind is tuple:
                below.extend(item)
        level = below
    return False


def _walk(value: object, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotCanonical("JSON_TOO_DEEP", msg("More than {depth} levels are nested.", depth=MAX_DEPTH), where=path)
    match value:
        case None | bool():
            return
        case str():
            _check_string(value, path)
        case int():
            if not -MAX_INTEGER <= value <= MAX_INTEGER:
                raise NotCanonical("JSON_INTEGER_RANGE", msg("An integer lies outside 2^53-1."), where=path)
        case dict():
            for key, item in cast("dict[object, object]", value).items():
                if not isinstance(key, str) or not key.isascii():
                    raise NotCanonical("JSON_KEY", msg("Keys are ASCII strings."), where=path)
                _walk(item, f"{path}.{key}", depth + 1)
        case list() | tuple():
            for index, item in enumerate(cast("list[object]", value)):
                _walk(item, f"{path}[{index}]", depth + 1)
        case _:
            raise NotCanonical(
                "JSON_TYPE", msg("A value of type {type} has no canonical form.", type=type(value).__name__), where=path
            )


def _check_string(value: str, path: str) -> None:
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("JSON_SURROGATE", msg("A string holds half a character."), where=path) from error
    if not unicodedata.is_normalized("NFC", value):
        raise NotCanonical("JSON_NOT_NFC", msg("A string is not in Unicode normal form C."), where=path)

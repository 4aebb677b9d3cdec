"""Canonical JSON against RFC 8785's reference implementation and against bytes that look almost right."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import canonical
from gonogo_evidence.canonical import MAX_DEPTH, MAX_INTEGER, NotCanonical, digest_of, dumps, loads, loads_object

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.fast

KEYS = st.text(st.characters(min_codepoint=0, max_codepoint=0x7F), max_size=8)
STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(
    lambda word: unicodedata.normalize("NFC", word)
)
LEAVES = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | STRINGS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(VALUES)
def test_bytes_equal_the_reference_implementation(value: object) -> None:
    assert dumps(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


ANY_LEAF = LEAVES | st.integers() | st.floats() | st.text('ae<\\"\n\u0301\u0338\u1100\u1161\u212b\ud800', max_size=4)
ANY_VALUE = st.recursive(
    ANY_LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | STRINGS, inner, max_size=4)
)


@given(ANY_VALUE)
def test_the_quick_look_and_the_careful_walk_never_differ(value: object) -> None:
    careful = _code(lambda: canonical._walk(value, "$", 0))
    assert _code(lambda: dumps(value)) == careful  # type: ignore[arg-type]
    if careful is None:
        assert dumps(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def _code(call: Callable[[], object]) -> str | None:
    try:
        call()
    except NotCanonical as error:
        return error.code
    return None


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    assert loads(dumps(value)) == value  # type: ignore[arg-type]


@given(VALUES)
def test_every_other_encoding_of_the_same_value_is_refused(value: object) -> None:
    written = dumps(value)  # type: ignore[arg-type]
    for other in (json.dumps(value, indent=1).encode(), written + b"\n", b" " + written, b"\xef\xbb\xbf" + written):
        if other != written:
            with pytest.raises(NotCanonical):
                loads(other)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b"1.0",
        b"1e0",
        b"1e-6",
        b"-0",
        b"01",
        b"9007199254740992",
        b"100000000000000000000000000000000",
        b"NaN",
        b"Infinity",
        b"1e400",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\ud800"',
        b'"\xff"',
        b'"u\xcc\x88"',
        b'{"\xc3\xa4":1}',
        b"",
        b"{",
        b"nul",
        b"[1,]",
        b"// x\n1",
    ],
)
def test_near_misses_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        loads(data)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "JSON_TYPE"),
        (float("nan"), "JSON_TYPE"),
        (b"x", "JSON_TYPE"),
        ({1}, "JSON_TYPE"),
        (MAX_INTEGER + 1, "JSON_INTEGER_RANGE"),
        (-MAX_INTEGER - 1, "JSON_INTEGER_RANGE"),
        ({1: 2}, "JSON_KEY"),
        ({"\u00e4": 1}, "JSON_KEY"),
        ("u\u0308", "JSON_NOT_NFC"),
        ("\ud800", "JSON_SURROGATE"),
    ],
)
def test_values_outside_the_form_are_refused_with_their_code(value: object, code: str) -> None:
    with pytest.raises(NotCanonical) as caught:
        dumps({"a": [value]})  # type: ignore[list-item]
    assert caught.value.code == code
    assert caught.value.where.startswith("$.a[0]")
    assert caught.value.exit_code == 6


def _nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def test_depth_is_capped_when_writing_and_when_reading() -> None:
    assert loads(dumps(_nested(MAX_DEPTH))) == _nested(MAX_DEPTH)  # type: ignore[arg-type]
    with pytest.raises(NotCanonical, match="JSON_TOO_DEEP"):
        dumps(_nested(MAX_DEPTH + 1))  # type: ignore[arg-type]
    with pytest.raises(NotCanonical):
        loads(b"[" * 100_000 + b"]" * 100_000)


def test_a_file_beyond_the_cap_is_not_even_parsed() -> None:
    with pytest.raises(NotCanonical, match="JSON_TOO_LARGE"):
        loads(b"[1,2]", limit=4)


def test_only_an_object_is_an_object() -> None:
    assert loads_object(b'{"a":1}') == {"a": 1}
    for data in (b"[]", b"1", b"null", b'"x"'):
        with pytest.raises(NotCanonical, match="JSON_NOT_AN_OBJECT"):
            loads_object(data)


def test_a_subclass_of_str_as_a_key_and_a_tuple_are_plain_values() -> None:
    assert dumps({"b": (1, 2), "a": None}) == b'{"a":null,"b":[1,2]}'


def test_digest_is_sha256_in_hex() -> None:
    assert digest_of(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.binary(max_size=60))
def test_arbitrary_bytes_never_raise_anything_else(data: bytes) -> None:
    try:
        value = loads(data)
    except NotCanonical:
        return
    assert dumps(value) == data

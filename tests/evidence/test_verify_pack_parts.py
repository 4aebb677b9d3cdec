"""The parts of the stranger's single file: the same JSON, the same tree, one file for Python 3.9."""

from __future__ import annotations

import ast
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import canonical, verify_pack
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.merkle import root
from support.stranger import FILE

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(_json)
def test_both_encode_alike_or_both_refuse(value: Any) -> None:  # noqa: ANN401 - any JSON
    try:
        expected = canonical.dumps(value)
    except IntegrityBroken as error:
        with pytest.raises(verify_pack.Finding) as refused:
            verify_pack.encode(value)
        assert refused.value.code == {"JSON_SURROGATE": "JSON_UNREADABLE"}.get(error.code, error.code)  # noqa: PT017 - the other's code
    else:
        assert verify_pack.encode(value) == expected


def _same_reading(data: bytes) -> None:
    try:
        expected = canonical.loads(data)
    except IntegrityBroken as error:
        with pytest.raises(verify_pack.Finding) as refused:
            verify_pack.decode(data)
        assert refused.value.code == error.code  # noqa: PT017 - the other's code
    else:
        assert verify_pack.decode(data) == expected


@given(_json.map(lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")))
def test_both_read_alike(data: bytes) -> None:
    _same_reading(data)


@given(st.binary(max_size=30) | st.text('{}[]",:0123456789.eE+-\\u tfn\u00e4\u0041\u030a', max_size=12).map(str.encode))
def test_both_read_any_bytes_alike(data: bytes) -> None:
    _same_reading(data)


@pytest.mark.parametrize(
    "data",
    [
        b"-0", b"0.0", b"1e0", b"1.0", b"9007199254740991", b"9007199254740992", b"18446744073709551615",
        b"18446744073709551616", b"-9223372036854775808", b"-9223372036854775809", b"9" * 5000, b"NaN", b"Infinity",
        b'"\\ud800"', b'"\\u0000"', b'"\x7f"', b'"\\n"', b'"\x0b"', b'{"a":1,"a":1}', b'{"b":1,"a":1}',
        b'{"\xc3\xa4":1}',
        b'"A\xcc\x8a"', b"\xef\xbb\xbf1", b"", b" 1", b"1 ", b'["\xe2\x80\xa8"]', b'"\xf0\x9f\x98\x80"', b'"\\/"',
        b"[" * 64 + b"]" * 64, b"[" * 65 + b"]" * 65, b"[" * 66 + b"]" * 66, b"[" * 64 + b"1" + b"]" * 64,
        b"[" * 65 + b"1" + b"]" * 65, b"[" * 5000, b"\xff", b'"\xed\xa0\x80"',
    ],
)  # fmt: skip
def test_both_agree_at_the_edges(data: bytes) -> None:
    _same_reading(data)


@given(st.lists(st.binary(max_size=5), max_size=40))
def test_the_tree_hash_is_the_same(leaves: list[bytes]) -> None:
    assert verify_pack.merkle(leaves) == root(leaves)


def test_the_file_is_one_file_of_the_standard_library_for_python_3_9() -> None:
    tree = ast.parse(FILE.read_bytes(), feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match)]

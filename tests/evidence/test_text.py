"""Sentences and their values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.text import Text, from_json, msg

pytestmark = pytest.mark.fast


def test_values_are_filled_in_by_name() -> None:
    assert str(msg("{count} of {total} files in {where}", count=3, total=7, where="docs")) == "3 of 7 files in docs"


def test_a_value_is_never_evaluated() -> None:
    assert str(msg("{a}", a="{0.__class__} %s $x")) == "{0.__class__} %s $x"


def test_a_value_that_looks_like_a_field_is_not_filled_again() -> None:
    assert str(msg("{a} {b}", a="{b}", b="x")) == "{b} x"
    assert str(msg("{b} {a}", a="x", b="{a}")) == "{a} x"


def test_the_order_of_values_makes_no_difference() -> None:
    assert msg("{a}{b}", a=1, b=2) == msg("{a}{b}", b=2, a=1)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text() | st.integers()))
def test_what_is_stored_is_read_back(values: dict[str, str | int]) -> None:
    text = msg("{a} and {b}", **values)
    assert from_json(text.json()) == text


@pytest.mark.parametrize(
    "stored",
    [None, 1, "x", [], {}, {"template": 1, "values": {}}, {"template": "x"}, {"template": "x", "values": {"a": []}}],
)
def test_another_shape_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match="stored sentence"):
        from_json(stored)


def test_the_stored_form_reads_without_a_renderer() -> None:
    assert Text("{n} files", (("n", 2),)).json() == {"template": "{n} files", "text": "2 files", "values": {"n": 2}}

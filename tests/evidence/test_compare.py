"""Where two JSON values differ."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.compare import ABSENT, Difference, differences

pytestmark = pytest.mark.fast

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_equal_values_and_only_they_have_no_difference(left: Any, right: Any) -> None:  # noqa: ANN401 - any JSON
    assert list(differences(left, left)) == []
    assert bool(list(differences(left, right))) == (repr(_ordered(left)) != repr(_ordered(right)))


def _ordered(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Keys in order, so that equal objects are written alike; ``repr`` tells 1 from true."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def test_each_place_is_named_with_both_values() -> None:
    left: dict[str, Any] = {"a": [1, {"b": 2}], "c": True, "only": 1}
    right: dict[str, Any] = {"a": [1, {"b": 3}, 4], "c": 1}
    assert list(differences(left, right)) == [
        Difference("$.a[1].b", 2, 3),
        Difference("$.a[2]", ABSENT, 4),
        Difference("$.c", left["c"], 1),
        Difference("$.only", 1, ABSENT),
    ]

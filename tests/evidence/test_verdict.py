"""The rule that combines verdicts, over every case."""

from __future__ import annotations

from itertools import product

import pytest

from gonogo_evidence.verdict import Verdict, worst

pytestmark = pytest.mark.fast

ALL: tuple[Verdict, ...] = ("PASS", "FAIL", "INCONCLUSIVE")


def test_nothing_is_inconclusive() -> None:
    assert worst([]) == "INCONCLUSIVE"
    assert worst(iter(())) == "INCONCLUSIVE"


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_fail_before_inconclusive_before_pass(length: int) -> None:
    for verdicts in product(ALL, repeat=length):
        expected = next(word for word in ("FAIL", "INCONCLUSIVE", "PASS") if word in verdicts)
        assert worst(verdicts) == expected


def test_a_word_that_is_no_verdict_never_passes() -> None:
    assert worst(["PASS", "NOT_APPLICABLE"]) == "INCONCLUSIVE"  # type: ignore[list-item]
    assert worst(["pass"]) == "INCONCLUSIVE"  # type: ignore[list-item]

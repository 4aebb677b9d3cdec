"""The four words of a digest: a list that can be read aloud and typed without slips."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_agents.render.words import WORDS, digest_words

pytestmark = pytest.mark.fast


def near(first: str, second: str) -> bool:
    """Whether one edit makes one word of the other."""
    if len(first) > len(second):
        first, second = second, first
    if len(second) - len(first) > 1:
        return False
    if len(first) == len(second):
        return sum(a != b for a, b in zip(first, second, strict=True)) <= 1
    return any(second[:place] + second[place + 1 :] == first for place in range(len(second)))


def test_256_distinct_words_that_can_be_typed() -> None:
    assert len(WORDS) == len(set(WORDS)) == 256
    assert all(re.fullmatch(r"[a-z]{4,7}", word) for word in WORDS)


def test_no_slip_of_one_key_makes_another_word() -> None:
    assert near("rose", "nose")
    assert near("rose", "roses")
    assert not near("rose", "noses")
    assert [pair for pair in combinations(WORDS, 2) if near(*pair)] == []


@given(st.binary(min_size=32, max_size=32))
def test_the_words_say_the_first_four_bytes(digest: bytes) -> None:
    words = digest_words(digest.hex())
    assert bytes(WORDS.index(word) for word in words) == digest[:4]


def test_the_words_of_a_known_digest_never_change() -> None:
    assert digest_words("00ff7f80" + "0" * 56) == (WORDS[0], WORDS[255], WORDS[127], WORDS[128])
    assert (WORDS[0], WORDS[255]) == ("acorn", "zipper")


@pytest.mark.parametrize("digest", ["", "c0ffee", "C0FFEE00" + "d" * 56, "g" * 64, "0" * 65])
def test_what_is_no_digest_has_no_words(digest: str) -> None:
    with pytest.raises(ValueError, match="64"):
        digest_words(digest)

"""Spellings of one path: the quick ways around end where the whole way does."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.spellings import plainest

SIGNS = st.text(
    alphabet=st.sampled_from("aAsS./\\ .\u00fc\u00dc\u0301\uff53\u017f\u200b\x1b\u212a\u0130\ufb01") | st.characters()
)


def _whole_way(path: str) -> str:
    shown = "".join(sign for sign in path if sign.isprintable())
    words = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())
    segments = (segment.rstrip(" .") for segment in words.replace("\\", "/").split("/"))
    return "/".join(segment for segment in segments if segment)


@given(SIGNS)
def test_every_path_comes_out_as_the_whole_way_has_it(path: str) -> None:
    assert plainest(path) == _whole_way(path)


@pytest.mark.parametrize(
    "path", ["Secrets/x", "secrets./x", "secrets\\x", "\uff53ecrets/x", "se\u200bcrets/x", "secrets//x", "/secrets/x "]
)
def test_careless_spellings_of_one_name(path: str) -> None:
    assert plainest(path) == "secrets/x"

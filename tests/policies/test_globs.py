"""Globs: what they mean, and that nothing gets out of them."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence.errors import Refused
from gonogo_policies import globs

pytestmark = pytest.mark.fast

SEGMENT = st.text("ab.*?", min_size=1, max_size=4)
GLOB = st.lists(st.one_of(SEGMENT.filter(lambda s: "**" not in s), st.just("**")), min_size=1, max_size=4).map("/".join)
PATH = st.lists(st.text("ab.c", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)
VALID_GLOB = GLOB.filter(lambda glob: globs.problem(glob) is None)
VALID_PATH = PATH.filter(lambda path: not {"", ".", ".."} & set(path.split("/")))


def by_regular_expression(glob: str, path: str) -> bool:
    """An oracle that was written another way: the glob as one regular expression over '/segment/segment'."""
    pattern = ""
    for segment in glob.split("/"):
        if segment == "**":
            pattern += "(?:/[^/]+)*"
        else:
            pattern += "/" + "".join({"*": "[^/]*", "?": "[^/]"}.get(c, re.escape(c)) for c in segment)
    return re.fullmatch(pattern, "/" + path, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("docs/**", "docs/a/b.md", True),
        ("docs/**", "docs", True),
        ("docs/**", "docs/", True),
        ("docs/**", "docsx/a.md", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "a/b/c.py", True),
        ("*.py", "a/b.py", False),
        ("config/live*", "config/live.toml", True),
        ("config/live*", "config/Live.toml", False),
        ("**", "anything/at/all", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab].md", "a.md", False),
        ("[ab].md", "[ab].md", True),
        ("**/.env", ".env", True),
    ],
)
def test_what_a_glob_means(glob: str, path: str, *, expected: bool) -> None:
    assert globs.match(path, [glob]) is expected


@settings(max_examples=60, deadline=None)
@given(VALID_GLOB, VALID_PATH)
def test_agrees_with_a_regular_expression(glob: str, path: str) -> None:
    assert globs.match(path, [glob]) is by_regular_expression(glob, path)


@settings(max_examples=60, deadline=None)
@given(VALID_GLOB, VALID_GLOB, VALID_PATH)
def test_a_covering_glob_means_whatever_the_covered_one_means(wide: str, narrow: str, path: str) -> None:
    if globs.covers(wide, narrow) and globs.match(path, [narrow]):
        assert globs.match(path, [wide])


@settings(max_examples=60, deadline=None)
@given(VALID_GLOB)
def test_every_glob_covers_itself_and_is_covered_by_all(glob: str) -> None:
    assert globs.covers(glob, glob)
    assert globs.covers("**", glob)


def test_covering_sees_what_an_operator_would_write() -> None:
    assert globs.covers("docs/**", "docs/ops/*.md")
    assert globs.covers("**/*.md", "docs/**/*.md")
    assert not globs.covers("docs/*", "docs/**")
    assert not globs.covers("docs/**", "**/*.md")
    assert not globs.covers("a?", "a*")


@settings(max_examples=60, deadline=None)
@given(VALID_GLOB, VALID_PATH, st.sampled_from(["../", "./", "/", "x/../", "x//", "x/./"]))
def test_no_path_escapes_through_dots_or_slashes(glob: str, path: str, prefix: str) -> None:
    with pytest.raises(Refused) as caught:
        globs.match(prefix + path, [glob])
    assert caught.value.code == "PATH_ESCAPES"


@pytest.mark.parametrize("path", ["", "/", "..", "a/..", "a\0b", "a//"])
def test_paths_that_cannot_be_placed_are_refused(path: str) -> None:
    with pytest.raises(Refused):
        globs.match(path, ["**"])


@given(st.text("äöü\u0308aou", min_size=1, max_size=6))
def test_composed_and_decomposed_names_are_one(name: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    assert globs.match(decomposed, [composed])
    assert globs.match(composed, [decomposed])


@given(st.text("abAB", min_size=1, max_size=5))
def test_case_counts(name: str) -> None:
    assert globs.match(name.swapcase(), [name]) is False


def test_the_first_glob_that_matches_is_named_and_none_means_nothing() -> None:
    assert globs.first_match("docs/a.md", ["src/**", "docs/**", "**"]) == "docs/**"
    assert globs.first_match("docs/a.md", []) is None


def test_a_hostile_glob_takes_no_time() -> None:
    began = time.perf_counter()
    assert not globs.match("a" * 200, ["*a" * 100 + "b"])
    assert not globs.match("/".join("a" * 100), ["/".join(["**", "a"] * 60 + ["b"])])
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("glob", ["", "/abs", "a/../b", "./a", "a//b", "a**/b", "x" * 600, "a\nb"])
def test_what_is_no_glob(glob: str) -> None:
    assert globs.problem(glob)

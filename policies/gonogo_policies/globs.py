"""Path globs: the one place that says which files a scope, a gate or a guardrail means.

A glob is matched against a whole repository path, segment by segment:

- ``**`` as a whole segment stands for any number of segments, also none (``docs/**`` means ``docs`` and all in it);
- ``*`` stands for any characters inside one segment, ``?`` for exactly one; neither crosses a ``/``;
- every other character stands for itself: there are no character classes and no escapes.

Case counts, on every machine. Both sides are compared in Unicode normal form C, so that a name typed on macOS meets the
name in git. A leading dot is an ordinary character: a rule about ``**/*.toml`` sees hidden files too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MAX_GLOB = 512
"""Characters in one glob."""


def match(path: str, globs: Iterable[str]) -> bool:
    """Whether any of ``globs`` means ``path``. No globs mean nothing. Raises as :func:`first_match`."""
    return first_match(path, globs) is not None


def first_match(path: str, globs: Iterable[str]) -> str | None:
    """Return the first glob that means ``path``, or None.

    Args:
        path: relative to the repository, with ``/``; one trailing ``/`` (git's mark of a folder) is allowed.
        globs: tried in order.

    Raises:
        Refused: ``PATH_ESCAPES`` where the path is absolute, empty, or holds ``.``, ``..`` or an empty segment. A path
            that cannot be placed must neither slip past a prohibition nor under a permission.
    """
    segments = _segments(path)
    return next((glob for glob in globs if _wild(_glob_segments(glob), segments, "**", _segment_matches)), None)


def guards(path: str, globs: Iterable[str]) -> bool:
    """Whether a guard means the path. One that cannot be placed counts as meant: a guard fails closed."""
    try:
        return match(path, globs)
    except Refused:
        return True


class Globs:
    """Globs compiled once, for what is decided often. They agree with :func:`first_match` on every plain path."""

    __slots__ = ("_each", "globs")

    def __init__(self, globs: Iterable[str]) -> None:
        self.globs = tuple(globs)
        """As they were given; their order counts."""
        self._each = tuple(
            (place, _needed(glob), re.compile(_expression(glob), re.DOTALL).fullmatch)
            for place, glob in enumerate(self.globs)
        )

    def index(self, path: str) -> int | None:
        """Return the place of the first glob that means ``path`` (plain, in normal form C), or None.

        An expression is tried only where the path holds what its glob cannot do without. Time is linear in the path's
        length for each run of a glob's segments, whatever the glob.
        """
        walled = f"{path}/"
        for place, needed, means in self._each:
            if needed in walled and means(walled):
                return place
        return None


@lru_cache(maxsize=64)
def compiled(globs: tuple[str, ...]) -> Globs:
    """The same for what several scopes have alike, such as the prohibitions of all roles: compiled once."""
    return Globs(globs)


def covers(wide: str, narrow: str) -> bool:
    """Whether every path that ``narrow`` means is certainly meant by ``wide``. False where that is not plain to see."""
    return _wild(_glob_segments(wide), _glob_segments(narrow), "**", _segment_covers)


def problem(glob: str) -> str | None:
    """Return why ``glob`` is not one, as an English phrase, or None."""
    if not glob or len(glob) > MAX_GLOB:
        return f"a glob has 1 to {MAX_GLOB} characters"
    segments = glob.split("/")
    if any(segment in {"", ".", ".."} for segment in segments):
        return "a glob is relative, without empty, '.' or '..' segments"
    if any("**" in segment and segment != "**" for segment in segments):
        return "'**' stands alone between slashes"
    return "a glob holds no control characters" if not glob.isprintable() else None


def _segments(path: str) -> tuple[str, ...]:
    segments = tuple(unicodedata.normalize("NFC", path.removesuffix("/")).split("/"))
    if any(segment in {"", ".", ".."} for segment in segments) or "\0" in path:
        raise Refused(
            "PATH_ESCAPES",
            msg("This is not a plain path inside the repository: {path}", path=ascii(path)),
            next_step=msg("Name the file relative to the repository's root, without '.' and '..' segments."),
        )
    return segments


@lru_cache(maxsize=4096)
def _glob_segments(glob: str) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", glob).split("/"))


def _needed(glob: str) -> str:
    """The longest text without which no path (with a ``/`` behind it) is meant by the glob; empty: there is none."""
    runs = groupby(_glob_segments(glob), lambda segment: segment == "**")
    walled = ("".join(f"{segment}/" for segment in run) for is_star, run in runs if not is_star)
    return max((piece for run in walled for piece in re.split(r"[*?]", run)), key=len, default="")


def _expression(glob: str) -> str:
    """The glob as an expression over a path that ends in ``/``.

    Each run of segments but the last is taken at the first place that it fits and never tried again (atomic groups):
    that finds every match, and no text makes it slow.
    """
    runs: list[str] = [""]
    for is_star, segments in groupby(_glob_segments(glob), lambda segment: segment == "**"):
        if is_star:
            runs.append("")
        else:
            runs[-1] = "".join(map(_segment_expression, segments))
    first, *others = runs
    if not others:
        return first
    *middle, last = others
    end = f"(?:[^/]*/)*?{last}" if last else ".*"
    return first + "".join(f"(?>(?:[^/]*/)*?{run})" for run in middle) + end


def _segment_expression(segment: str) -> str:
    first, *others = ("".join("[^/]" if sign == "?" else re.escape(sign) for sign in run) for run in segment.split("*"))
    if not others:
        return f"{first}/"
    *middle, last = others
    return f"(?>{first}" + "".join(f"(?>[^/]*?{run})" for run in middle) + f"[^/]*{last}/)"


def _segment_matches(pattern: str, segment: str) -> bool:
    return _wild(pattern, segment, "*", lambda symbol, character: symbol in {"?", character})


def _segment_covers(wide: str, narrow: str) -> bool:
    """The same with symbols on both sides: what is a wildcard on the right is only taken in by one on the left."""
    if narrow == "**":
        return False
    return _wild(wide, narrow, "*", lambda left, right: left == right or (left == "?" and right != "*"))


def _wild(pattern: Sequence[str], text: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    """Match with a star that stands for any run of items; going back to the last star is enough: time is n*m."""
    here = there = 0
    last_star, resume = -1, 0
    while there < len(text):
        if here < len(pattern) and pattern[here] == star:
            last_star, resume = here, there
            here += 1
        elif here < len(pattern) and same(pattern[here], text[there]):
            here, there = here + 1, there + 1
        elif last_star >= 0:
            resume += 1
            here, there = last_star + 1, resume
        else:
            return False
    return all(item == star for item in pattern[here:])

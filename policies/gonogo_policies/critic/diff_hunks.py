"""The hunks of a diff, plain and combined: exactly as many lines as each says, numbered on both sides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo_policies.critic.diff_file import Cursor, FileDiff

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(?: .*)?", re.DOTALL)
_COMBINED = re.compile(r"(@{3,9}) ((?:-\d{1,9}(?:,\d{1,9})? )+)\+(\d{1,9})(?:,(\d{1,9}))? @{3,9}(?: .*)?", re.DOTALL)
_NO_NEWLINE = "\\ "


def read_hunk(here: Cursor, made: FileDiff) -> bool:
    """Read one hunk, if there is one."""
    if not here.starts("@@"):
        return False
    if made.parents > 1:
        _combined(here, made)
        return True
    found = _HUNK.fullmatch(here.lines[here.at])
    if found is None:
        here.fail("no hunk")
    old_at, old_left, new_at, new_left = (int(part) if part is not None else 1 for part in found.groups())
    if (made.status == "A" and old_left) or (made.status == "D" and new_left) or not old_left + new_left:
        here.fail("a hunk with lines on a side that is not there")
    last = made.now[-1][0] if made.now else 0, made.removed[-1][0] if made.removed else 0
    if (new_left and new_at <= last[0]) or (old_left and old_at <= last[1]):
        here.fail("hunks in the wrong order")
    here.at += 1
    _plain(here, made, (old_at, old_left), (new_at, new_left))
    return True


def _plain(here: Cursor, made: FileDiff, old: tuple[int, int], new: tuple[int, int]) -> None:
    """The lines of one hunk. This loop is what a large diff costs."""
    (old_at, old_left), (new_at, new_left) = old, new
    lines, at, size = here.lines, here.at, len(here.lines)
    added, removed, now, was = made.added.append, made.removed.append, made.now.append, made.was.append
    while old_left or new_left:
        line = lines[at] if at < size else ""
        sign = line[:1]
        if sign == "+" and new_left:
            entry = (new_at, line[1:])
            added(entry)
            now(entry)
            new_at += 1
            new_left -= 1
        elif sign == " " and old_left and new_left:
            text = line[1:]
            now((new_at, text))
            was((old_at, text))
            old_at += 1
            new_at += 1
            old_left -= 1
            new_left -= 1
        elif sign == "-" and old_left:
            entry = (old_at, line[1:])
            removed(entry)
            was(entry)
            old_at += 1
            old_left -= 1
        elif not line.startswith(_NO_NEWLINE):
            here.at = at
            here.fail("a hunk with other lines than it counts")
        at += 1
    here.at = at
    if at < size and lines[at].startswith(_NO_NEWLINE):
        here.at += 1


def _combined(here: Cursor, made: FileDiff) -> None:
    """One hunk with as many signs before each line as there are parents."""
    found = _COMBINED.fullmatch(here.lines[here.at])
    parents = len(found[1]) - 1 if found else 0
    if found is None or found[2].count("-") != parents:
        here.fail("no hunk")
    made.parents = parents
    left = [int(part.partition(",")[2] or 1) for part in found[2].split()]
    new_at, new_left = int(found[3]), int(found[4] or 1)
    here.at += 1
    while new_left or any(left):
        line = here.line or ""
        if line.startswith(_NO_NEWLINE):
            here.at += 1
            continue
        signs, gone = line[:parents], "-" in line[:parents]
        if len(signs) < parents or set(signs) - {" ", "-" if gone else "+"} or (new_left == 0 and not gone):
            here.fail("a hunk with other lines than it counts")
        for parent, sign in enumerate(signs):
            left[parent] -= sign == ("-" if gone else " ")
        if min(left) < 0:
            here.fail("a hunk with other lines than it counts")
        entry = (new_at, line[parents:])
        if gone:
            made.removed.append(entry)
        else:
            made.now.append(entry)
            new_at, new_left = new_at + 1, new_left - 1
            if "+" in signs:
                made.added.append(entry)
        here.at += 1
    if here.starts(_NO_NEWLINE):
        here.at += 1

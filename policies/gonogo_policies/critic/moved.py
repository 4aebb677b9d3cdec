"""Files that only got another name: what was there before is not new, unless other rules hold for its new name."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from gonogo_policies.critic.diff_file import FileDiff, Line

MOST_PAIRS = 20_000
"""Files that went times files that came, up to which they are held against each other."""


def joined(files: Sequence[FileDiff], kind: Callable[[str], Hashable]) -> list[FileDiff]:
    """The files, those that went and came with half of their lines alike as one, where ``kind`` of both names agrees.

    A test that becomes a part of the program is new there with every line.
    """
    gone = [file for file in files if file.status == "D" and file.was]
    made = [file for file in files if file.status == "A" and file.now and file.parents == 1]
    if not gone or not made or len(gone) * len(made) > MOST_PAIRS:
        return list(files)
    pairs: dict[int, FileDiff] = {}
    left = {id(file): Counter(text for _, text in file.was) for file in gone}
    for file in made:
        alike = sorted(_alike(file, [one for one in gone if id(one) in left], left, kind), key=lambda one: -one[0])
        if alike:
            pairs[id(file)] = alike[0][1]
            del left[id(alike[0][1])]
    used = {id(old) for old in pairs.values()}
    return [_one(pairs[id(file)], file) if id(file) in pairs else file for file in files if id(file) not in used]


def _alike(
    made: FileDiff, gone: Sequence[FileDiff], lines: dict[int, Counter[str]], kind: Callable[[str], Hashable]
) -> Iterator[tuple[int, FileDiff]]:
    mine = Counter(text for _, text in made.now)
    for old in gone:
        most, least = sorted((len(made.now), len(old.was)))[::-1]
        if least * 2 >= most and kind(old.path) == kind(made.path):
            shared = sum((mine & lines[id(old)]).values())
            if shared * 2 >= most:
                yield shared, old


def _one(old: FileDiff, new: FileDiff) -> FileDiff:
    return replace(
        new,
        old_path=old.path if old.path != new.path else None,
        status="R" if old.path != new.path else "M",
        old_mode=old.old_mode,
        was=old.was,
        removed=_without(old.was, new.now),
        added=_without(new.now, old.was),
        is_joined=True,
        lowered={},
    )


def _without(lines: Sequence[Line], others: Sequence[Line]) -> list[Line]:
    kept = Counter(text for _, text in others)
    left: list[Line] = []
    for line in lines:
        if kept[line[1]] > 0:
            kept[line[1]] -= 1
        else:
            left.append(line)
    return left

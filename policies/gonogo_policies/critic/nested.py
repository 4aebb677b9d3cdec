"""Settings below another: ``live.enabled`` as ``[live]`` and ``enabled``, as YAML has it, or in one line."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo_policies.critic.assignments import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.critic.assignments import Setting
    from gonogo_policies.critic.diff_file import FileDiff, Line, Side

_HEADER = re.compile(r"\s*\[{1,2}\s*(?P<name>[^\[\]]+?)\s*\]{1,2}\s*(?:[#;].*)?")
_OPENS = re.compile(r"""\s*(?:-\s+)?["']?(?P<name>[\w.-]+)["']?\s*(?::|=|:\s*\{|=\s*\{)\s*(?:\{|dict\()?\s*(?:#.*)?""")
_INLINE = re.compile(r"""["']?(?P<name>[\w.-]+)["']?\s*[:=]\s*(?:\{|dict\()[^{}]*$""")
_CLOSED = re.compile(r"\{[^{}]*\}|\[[^\[\]{}]*\]")
_CHAINED = re.compile(r"""(?P<name>[\w-]+)["']?\]?(?:\.|\[["'])$""")
LONGEST = 4000
FARTHEST = 400
"""Lines above a setting in which its section begins."""


class Nested:
    """Finds settings by the names of their section and of themselves."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """``pairs``: parent and key."""
        self._keys = Settings([key for _, key in pairs])
        self._parents = Settings([parent for parent, _ in pairs])
        self._pairs = [(Settings([parent]), Settings([key])) for parent, key in pairs]

    def places(self, lower: str) -> list[int]:
        """The lines, from 0, in which a key's letters stand; none where no parent's stand anywhere."""
        return self._keys.places(lower) if self._parents.places(lower) else []

    def mentioned(self, file: FileDiff, side: Side) -> bool:
        """Whether both a parent and a key stand anywhere on a side."""
        return self._parents.mentioned(file, side) and self._keys.mentioned(file, side)

    def is_pair(self, parent: str, key: str) -> bool:
        """Whether this is one of the keys below its parent."""
        return any(above.is_name(parent) and below.is_name(key) for above, below in self._pairs)

    def find(self, lines: Sequence[Line], place: int, suffix: str) -> Iterator[Setting]:
        """The settings in ``lines[place]`` that lie below one of the parents."""
        for one in self._keys.find(lines[place][1], suffix):
            above = section(lines, place, one.at)
            if above and self.is_pair(above, one.key):
                yield replace(one, key=f"{above}.{one.key}")


def section(lines: Sequence[Line], place: int, at: int) -> str:
    """The name of the section that a line lies in, its last part; empty where it cannot be told."""
    text = lines[place][1]
    if inline := _INLINE.search(_without_inner(text[:at])):
        return _last(inline["name"])
    if chained := _CHAINED.search(text[:at]):
        return chained["name"]
    depth = _depth(text)
    for above in range(place - 1, max(-1, place - FARTHEST), -1):
        before = lines[above][1]
        if header := _HEADER.fullmatch(before):
            return _last(header["name"])
        if before.strip() and _depth(before) < depth and (opened := _OPENS.fullmatch(before.rstrip("\r"))):
            return _last(opened["name"])
    return ""


def _without_inner(text: str) -> str:
    """Without what is opened and closed again in braces; of a very long line, its end."""
    text, before = text[-LONGEST:], ""
    while before != text:
        before, text = text, _CLOSED.sub("", text)
    return text


def _last(name: str) -> str:
    return name.rpartition(".")[2].strip(" \"'")


def _depth(line: str) -> int:
    body = line.lstrip(" \t")
    return len(line) - len(body) + (2 if body.startswith("- ") else 0)

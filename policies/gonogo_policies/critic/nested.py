"""Settings below another: ``live.enabled`` as ``[live]`` and ``enabled``, as YAML has it, or in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo_policies.critic.assignments import Setting, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.critic.diff_file import Line

_HEADER = re.compile(r"\s*\[{1,2}\s*(?P<name>[^\[\]]+?)\s*\]{1,2}\s*(?:[#;].*)?")
_OPENS = re.compile(r"""\s*(?:-\s+)?["']?(?P<name>[\w.-]+)["']?\s*(?::|=|:\s*\{|=\s*\{)\s*(?:\{|dict\()?\s*(?:#.*)?""")
_INLINE = re.compile(r"""["']?(?P<name>[\w.-]+)["']?\s*[:=]\s*(?:\{|dict\()[^{}]*$""")
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

    def find(self, lines: Sequence[Line], place: int, suffix: str) -> Iterator[Setting]:
        """The settings in ``lines[place]`` that lie below one of the parents."""
        line = lines[place][1]
        for one in self._keys.find(line, suffix):
            for parent, key in self._pairs:
                if key.is_name(one.key) and parent.is_name(above := section(lines, place, line.find(one.value))):
                    yield Setting(f"{above}.{one.key}", one.value, one.quoted)
                    break


def section(lines: Sequence[Line], place: int, at: int) -> str:
    """The name of the section that a line lies in, its last part; empty where it cannot be told."""
    text = lines[place][1]
    if inline := _INLINE.search(text[: max(at, 0)]):
        return _last(inline["name"])
    dotted = re.match(r"""\s*["']?([\w.-]+)\.[\w-]+["']?\s*=""", text)
    if dotted:
        return _last(dotted[1])
    depth = _depth(text)
    for above in range(place - 1, max(-1, place - FARTHEST), -1):
        before = lines[above][1]
        if header := _HEADER.fullmatch(before):
            return _last(header["name"])
        if before.strip() and _depth(before) < depth and (opened := _OPENS.fullmatch(before.rstrip("\r"))):
            return _last(opened["name"])
    return ""


def _last(name: str) -> str:
    return name.rpartition(".")[2].strip(" \"'")


def _depth(line: str) -> int:
    body = line.lstrip(" \t")
    return len(line) - len(body) + (2 if body.startswith("- ") else 0)

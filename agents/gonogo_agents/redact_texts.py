"""Documents as text for detectors, and back: each string of a JSON document on lines of its own, with its name before.

JSON writes a private key on one line and quotes with backslashes before them; detectors look for what people see.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gonogo_evidence.ids import JSON

HALVES: Final = "surrogatepass"
"""Foreign JSON can hold half a character; it is carried along."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret inside one string of a document, by bytes of that string."""

    index: int
    start: int
    end: int
    value: bytes
    detector: str


@dataclass(frozen=True, slots=True)
class Leaves:
    """A document as text, and where in that text each string lies."""

    text: bytes
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def values(self) -> Iterator[bytes]:
        """The strings of the document, in order."""
        return (self._leaf(index) for index in range(len(self.starts)))

    def leaf(self, hit: Hit) -> str:
        """The whole string in which something was found."""
        return self._leaf(hit.index).decode("utf-8", HALVES)

    def hits(self, spans: Iterable[tuple[int, int, str]]) -> list[Hit]:
        """Spans of the text as hits in strings, in order; what spans several strings is a hit in each."""
        return [hit for span in sorted(spans) for hit in self._within(span)]

    def _within(self, span: tuple[int, int, str]) -> Iterator[Hit]:
        start, end, detector = span
        for index in range(max(bisect_right(self.starts, start) - 1, 0), len(self.starts)):
            if self.starts[index] >= end:
                return
            first, last = max(start, self.starts[index]), min(end, self.ends[index])
            if first < last:
                base = self.starts[index]
                yield Hit(index, first - base, last - base, self.text[first:last], detector)

    def _leaf(self, index: int) -> bytes:
        return self.text[self.starts[index] : self.ends[index]]


def parse(data: bytes) -> JSON:
    """The document or the documents (one a line) that the bytes hold; None where they hold none."""
    if data.lstrip()[:1] not in {b"{", b"["}:
        return None
    try:
        return cast("JSON", json.loads(data))
    except (ValueError, RecursionError):
        pass
    try:
        return [cast("JSON", json.loads(line)) for line in data.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def flatten(document: JSON) -> Leaves:
    """The strings of a document in a fixed order (keys sorted), each as ``name = "words"``."""
    parts, starts, ends, size = list[bytes](), list[int](), list[int](), 0
    for name, words in _strings(document, ""):
        head, body = f'{name} = "'.encode("utf-8", HALVES), words.encode("utf-8", HALVES)
        starts.append(size + len(head))
        ends.append(starts[-1] + len(body))
        parts += (head, body, b'"\n')
        size = ends[-1] + 2
    return Leaves(b"".join(parts), tuple(starts), tuple(ends))


def spellings(value: bytes) -> Sequence[bytes]:
    """How JSON writes these bytes inside a string: with all characters, and in ASCII only."""
    words = value.decode("utf-8", "surrogateescape")
    forms = [json.dumps(words, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True)]
    return [form.encode("utf-8", "surrogateescape") for form in forms]


def _strings(document: JSON, name: str) -> Iterator[tuple[str, str]]:
    """Every string with the name that stands before it; an explicit stack, for a document of any depth."""
    stack: list[tuple[str, JSON]] = [(name, document)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            stack.extend((inner, value[inner]) for inner in sorted(value, reverse=True))
        elif isinstance(value, list | tuple):
            stack.extend((key, item) for item in reversed(value))

"""Secrets in what a diff shows of the new side: which lines hold one, and those lines with it hidden."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from gonogo_policies.critic.hits import HIDDEN
from gonogo_policies.critic.strings import suffix_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.critic.diff_file import FileDiff
    from gonogo_policies.critic.hits import FindSecrets, Span

HALVES = "surrogateescape"
ASSIGNED = "assigned-secret"
"""The detectors' name for what is assigned to a name like ``password``."""
QUOTES = frozenset({b"'", b'"', b"`"})
CODE = frozenset(
    {"py", "pyi", "pyw", "js", "jsx", "ts", "tsx", "mjs", "cjs", "go", "rs", "java", "kt", "c", "cpp", "cs"}
)
"""Suffixes of languages in which a secret that is written down stands in quotes; what does not is a name or a type."""


def find(files: Sequence[FileDiff], find_secrets: FindSecrets) -> dict[str, dict[int, tuple[str, str]]]:
    """For each file, its lines with a secret: the detector's name for it, and the line's text with it hidden.

    The whole new side is looked at, as far as it is shown: a key can span lines that were kept. Nothing is asked where
    there is no text.
    """
    shown = [file for file in files if file.added]
    if not shown:
        return {}
    texts = ["\n".join([text for _, text in file.now]).encode("utf-8", HALVES) for file in shown]
    found: dict[str, dict[int, tuple[str, str]]] = {}
    for file, text, spans in zip(shown, texts, find_secrets(texts), strict=True):
        if real := [span for span in spans if _written_down(file, text, span)]:
            found[file.path] = _lines(file, text, real)
    return found


def _written_down(file: FileDiff, text: bytes, span: Span) -> bool:
    """Whether the value itself stands there: in code, ``key: KeyType`` and ``key = find(x)`` only speak of one."""
    start, _, kind = span
    return kind != ASSIGNED or suffix_of(file.path) not in CODE or text[max(start - 1, 0) : start] in QUOTES


def _lines(file: FileDiff, text: bytes, spans: Sequence[Span]) -> dict[int, tuple[str, str]]:
    lines = text.split(b"\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines[:-1])]
    kinds: dict[int, str] = {}
    parts: dict[int, list[tuple[int, int]]] = {}
    for start, end, kind in sorted(spans):
        for index in range(bisect_right(starts, start) - 1, bisect_right(starts, max(start, end - 1))):
            kinds.setdefault(index, kind)
            at = starts[index]
            parts.setdefault(index, []).append((max(start - at, 0), min(end - at, len(lines[index]))))
    return {file.now[index][0]: (kinds[index], _hidden(lines[index], parts[index])) for index in kinds}


def _hidden(line: bytes, parts: Sequence[tuple[int, int]]) -> str:
    """The line with every secret in it hidden, overlapping ones as one."""
    shown, at = b"", 0
    for start, end in sorted(parts):
        if end > at:
            shown += line[at:start] + HIDDEN.encode() if start >= at else b""
            at = end
    return (shown + line[at:]).decode("utf-8", HALVES)

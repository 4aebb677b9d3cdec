"""Paths in code spans that are examples: ``docs-token-policy-gate``, with the rules of the reference gate.

A code span that the reference gate looks up is that gate's alone. One that it would look up if only its first folder
stood at the top of this repository is an example, and says so with ``&#47;`` for each slash: then neither gate asks
anything of it. Everything else with a slash in it (commands, addresses, branches, ``and/or``) is no path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_policies.docs.target import of_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gonogo_policies.docs.prose import Prose, Span

SLASH = "&#47;"
CODE = "EXAMPLE_PATH"
"""An example that does not say so."""


class _AnyRoot:
    """Every name is a folder at the top of some repository."""

    def __contains__(self, name: object) -> bool:
        return bool(name)


ANY_ROOT = _AnyRoot()


def examples(prose: Prose, roots: frozenset[str]) -> Iterator[Span]:
    """The code spans of one backtick whose path is an example and does not say so. ``roots``: names at the top."""
    for span in prose.spans:
        words = span.code.strip(" ")
        if _single(prose.source, span) and of_code(words, roots) is None and of_code(words, ANY_ROOT) is not None:
            yield span


def lined(source: str, spans: Iterable[Span]) -> Iterator[tuple[int, Span]]:
    """Spans in their order, each with its line from 1."""
    line, seen = 1, 0
    for span in spans:
        line += source.count("\n", seen, span.at)
        seen = span.at
        yield line, span


def marked(words: str) -> str:
    """The words as an example."""
    return words.replace("/", SLASH)


def _single(source: str, span: Span) -> bool:
    return source[max(0, span.at - 2) : span.at] != "``"

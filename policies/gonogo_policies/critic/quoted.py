"""Lines of Python that lie inside a string over several lines, such as a docstring: they speak of things."""

from __future__ import annotations

import io
import tokenize
from typing import TYPE_CHECKING

from gonogo_policies.critic.strings import PYTHON, suffix_of

if TYPE_CHECKING:
    from gonogo_policies.critic.diff_file import FileDiff


def quoted_lines(file: FileDiff) -> frozenset[int]:
    """The numbers of such lines on the new side, as far as it can be told from what the diff shows.

    Only what is read without an error counts: a part of a file in which strings cannot be told apart has none.
    """
    if suffix_of(file.path) not in PYTHON or not file.now or file.now[-1][0] - file.now[0][0] + 1 != len(file.now):
        return frozenset()
    source = "\n".join([text for _, text in file.now]) + "\n"
    first = file.now[0][0]
    found: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.STRING and token.end[0] > token.start[0] and _speaks(token.line):
                found.update(range(first + token.start[0] - 1, first + token.end[0]))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return frozenset()
    return frozenset(found)


def _speaks(line: str) -> bool:
    """Whether the string is a statement of its own: what is assigned or handed on may be a setting after all."""
    return line.lstrip()[:1] in {'"', "'"} or line.lstrip()[:2].lower() in {'r"', "r'", 'u"', "u'"}

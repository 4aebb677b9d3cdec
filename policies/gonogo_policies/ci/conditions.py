"""Conditions of jobs and steps, as far as they can be told without a run: a look, not an evaluation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

FOR_CHANGES: Final = frozenset({"pull_request", "pull_request_target", "merge_group"})
"""Events that ask for the checks of a change."""
_ALWAYS: Final = frozenset({"", "true", "success()", "always()", "!cancelled()"})
_WHATEVER: Final = re.compile(r"\b(?:always|failure|cancelled)\(\)")
_FALSE: Final = frozenset({"false", "!true", "0", "''", "null"})
_EVENT: Final = re.compile(r"github\.event_name(?P<sign>==|!=)'(?P<name>\w+)'")
_BRANCH: Final = re.compile(r"github\.ref=='refs/(?:heads/(?!gh-readonly-queue/)|tags/).*'|github\.ref_type=='tag'")


def bare(expression: str) -> str:
    """An expression without ``${{ }}`` around it and without spaces."""
    words = expression.strip()
    if words.startswith("${{") and words.endswith("}}") and words.count("${{") == 1:
        words = words[3:-2]
    return re.sub(r"\s+", "", words)


def always_starts(condition: str) -> bool:
    """Whether it is no condition: what has it runs, once what it needs succeeded."""
    return bare(condition) in _ALWAYS


def starts_after_failure(condition: str) -> bool:
    """Whether it is asked although what the job needs failed: it names ``always()`` or another state."""
    return _WHATEVER.search(bare(condition)) is not None


def never_starts(condition: str, events: frozenset[str]) -> bool:
    """Whether it can be true for none of these events of a change; False where that cannot be told."""
    words = bare(condition)
    asked = events & FOR_CHANGES or frozenset({"pull_request"})
    return bool(words) and all(_false(words, event) for event in asked)


def _false(words: str, event: str) -> bool:
    if words.startswith("(") and words.endswith(")") and len(list(_parts(words, "||"))) == 1:
        inner = words[1:-1]
        if _balanced(inner):
            return _false(inner, event)
    if len(ways := list(_parts(words, "||"))) > 1:
        return all(_false(way, event) for way in ways)
    if len(ways := list(_parts(words, "&&"))) > 1:
        return any(_false(way, event) for way in ways)
    if found := _EVENT.fullmatch(words):
        return (found["name"] == event) != (found["sign"] == "==")
    return words in _FALSE or (event != "pull_request_target" and _BRANCH.fullmatch(words) is not None)


def _balanced(words: str) -> bool:
    depth = 0
    for sign in words:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


def _parts(words: str, between: str) -> Iterator[str]:
    """What stands between these signs, outside of brackets and quotes."""
    depth, quoted, begin, at = 0, False, 0, 0
    while at < len(words):
        sign = words[at]
        quoted ^= sign == "'"
        if not quoted:
            depth += (sign in "([") - (sign in ")]")
            if depth == 0 and words.startswith(between, at):
                yield words[begin:at]
                at += len(between)
                begin = at
                continue
        at += 1
    yield words[begin:]

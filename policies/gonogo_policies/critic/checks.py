"""The checks that rules are made of, one function each: given a rule and the files it is about, it yields evidence."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from gonogo_policies.critic.limits import limits
from gonogo_policies.critic.quoted import quoted_lines
from gonogo_policies.critic.runs import runs
from gonogo_policies.critic.secrets import ASSIGNED
from gonogo_policies.critic.strings import comment_at, inside_string, suffix_of
from gonogo_policies.critic.switches import switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gonogo_policies.critic.diff_file import FileDiff, Line
    from gonogo_policies.critic.hits import Case, Hit
    from gonogo_policies.critic.pack import CheckName, Rule

PRAGMA = "pragma: allowlist secret"
"""What people write behind a value that only looks like a secret, as the detectors have it."""
Check: TypeAlias = "Callable[[Rule, Sequence[FileDiff], Case], Iterable[Hit]]"


def secrets(rule: Rule, files: Sequence[FileDiff], case: Case) -> Iterator[Hit]:
    """Added lines that hold a secret. One that was there before is told, and so is one that its line excuses."""
    for file in files:
        held = case.secrets.get(file.path, {})
        added = {number for number, _ in file.added}
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in file.now if held else ():
            if line[0] in held:
                why = "" if line[0] in added else "; it was there before"
                if not why and PRAGMA in line[1].lower() and _is_guess(held[line[0]][0]):
                    why = "; its line says that it is none"
                groups.setdefault((held[line[0]][0], why), []).append(line)
        for (kind, why), lines in groups.items():
            for run in runs(lines):
                yield case.hit(rule, file, run, message=f"{rule.message} ({kind}{why})", soft=bool(why))


def _is_guess(kind: str) -> bool:
    """Whether a line's own word against it counts: not where the form alone says what it is (a key, a token)."""
    return kind == ASSIGNED or "generic" in kind.lower()


def text(rule: Rule, files: Sequence[FileDiff], case: Case) -> Iterable[Hit]:
    """Added lines that hold the rule's expression, or, for ``removal``, lines that held it and are gone.

    Comments do not count, and in a longer string it is told, unless the rule is about every sign of the file.
    """
    pattern = rule.pattern
    if pattern is None:
        return
    for file in files if rule.everywhere else _that_set(files, case):
        came, went = (file.removed, file.added) if rule.removal else (file.added, file.removed)
        if not came or not _may_hold(pattern, came):
            continue
        suffix = suffix_of(file.path)
        before = Counter(text.strip() for _, text in went)
        silent = frozenset[int]() if rule.everywhere or rule.removal else quoted_lines(file)
        hard: list[Line] = []
        soft: list[Line] = []
        for line in came:
            end = len(line[1]) if rule.everywhere else comment_at(line[1], suffix)
            found = pattern.search(line[1], 0, end)
            if found is None:
                continue
            if before[line[1].strip()] > 0:
                before[line[1].strip()] -= 1
                continue
            quoted = line[0] in silent or (not rule.everywhere and _is_said(line[1], found, suffix))
            (soft if quoted else hard).append(line)
        for lines in (hard, soft):
            for run in runs(lines):
                yield case.hit(rule, file, run, old=rule.removal, soft=lines is soft)


_EDGES = re.compile(r"\$|\\[ABZ]|\(\?<?!(?=[^()]*?(?:\(|\\[sWDn]|\[\^))")
"""What may hold at the edge of a line, or before a comment, and not where another line follows."""


def _may_hold(pattern: re.Pattern[str], lines: Sequence[Line]) -> bool:
    """Whether it is worth looking line by line: asked of all lines as one text, where that cannot hide one of them."""
    if _EDGES.search(pattern.pattern):
        return True
    whole = re.compile(pattern.pattern, pattern.flags | re.MULTILINE)
    return whole.search("\n".join([text for _, text in lines])) is not None


def _is_said(line: str, found: re.Match[str], suffix: str) -> bool:
    """In a longer string it is only spoken of; a string that is nothing else names it (``getattr(x, "name")``)."""
    if not inside_string(line, found.start(), suffix):
        return False
    return not (line[found.start() - 1] in "\"'`" and line[found.end() : found.end() + 1] in {'"', "'", "`"})


def touch(rule: Rule, files: Sequence[FileDiff], case: Case) -> Iterator[Hit]:
    """Each file that the rule is about, whatever happens to it."""
    for file in files:
        lines = file.added[:1] if file.added else []
        yield case.hit(rule, file, lines)


def test_plan(rule: Rule, files: Sequence[FileDiff], case: Case) -> Iterator[Hit]:
    """Many changed lines, no word of a test plan, and no test among the changed files."""
    if case.context.test_plan.strip() or any(
        rule.tests.index(file.path) is not None and file.added for file in case.files
    ):
        return
    changed = {file.path: len(file.added) + len(file.removed) for file in files if not case.is_document(file)}
    total = sum(changed.values())
    if total < rule.least_lines:
        return
    for file in files:
        if changed.get(file.path):
            yield case.hit(
                rule, file, message=f"{rule.message} (lines changed here: {changed[file.path]}, in all: {total})"
            )


def _that_set(files: Sequence[FileDiff], case: Case) -> Iterator[FileDiff]:
    return (file for file in files if not case.is_document(file))


CHECKS: Mapping[CheckName, Check] = {
    "secrets": secrets,
    "switch": switch,
    "text": text,
    "limit": limits,
    "touch": touch,
    "test-plan": test_plan,
}

"""The checks that rules are made of, one function each: given a rule and the files it is about, it yields evidence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from gonogo_policies.critic.assignments import comment_at, inside_string, suffix_of
from gonogo_policies.critic.limits import limits
from gonogo_policies.critic.quoted import quoted_lines
from gonogo_policies.critic.runs import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gonogo_policies.critic.assignments import Setting
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
                why = "; its line says that it is none" if not why and PRAGMA in line[1].lower() else why
                groups.setdefault((held[line[0]][0], why), []).append(line)
        for (kind, why), lines in groups.items():
            for run in runs(lines):
                yield case.hit(rule, file, run, message=f"{rule.message} ({kind}{why})", soft=bool(why))


def switch(rule: Rule, files: Sequence[FileDiff], case: Case) -> Iterator[Hit]:
    """Settings that an added line gives a value that opens, and, where the rule says so, those that are taken away."""
    for file in _that_set(files, case):
        kept: Counter[str] = Counter()
        opened = [*_opened(rule, file, kept), *_opened_below(rule, file)]
        silent = quoted_lines(file) if opened else frozenset[int]()
        for line, one in opened:
            message = f"{rule.message}: {one.key} = {one.value[:60]}"
            yield case.hit(rule, file, [line], message=message, soft=one.quoted or line[0] in silent)
        if rule.removal:
            yield from _removed(rule, file, case, kept)


def _opened(rule: Rule, file: FileDiff, kept: Counter[str]) -> Iterator[tuple[Line, Setting]]:
    """Settings that open and did not stand in the old lines; ``kept`` counts the keys that stand in the new ones."""
    settings = rule.settings
    places = settings.places(file.lower("added")) if settings is not None else []
    if settings is None or not places:
        return
    suffix = suffix_of(file.path)
    removed = [file.removed[place][1] for place in settings.places(file.lower("removed"))]
    old = (one for text in removed for one in settings.find(text, suffix) if not one.quoted)
    before = Counter((one.key, one.word) for one in old)
    for line in (file.added[place] for place in places):
        for one in settings.find(line[1], suffix):
            kept[one.key] += 1
            if one.word not in rule.values:
                continue
            if before[one.key, one.word] > 0:  # it only moved
                before[one.key, one.word] -= 1
            else:
                yield line, one


def _opened_below(rule: Rule, file: FileDiff) -> Iterator[tuple[Line, Setting]]:
    places = rule.nested.places(file.lower("now")) if rule.nested is not None and file.added else []
    if rule.nested is None or not places:
        return
    suffix, added = suffix_of(file.path), {number for number, _ in file.added}
    for place in places:
        line = file.now[place]
        if line[0] in added:
            for one in rule.nested.find(file.now, place, suffix):
                if one.word in rule.values:
                    yield line, one


def _removed(rule: Rule, file: FileDiff, case: Case, kept: Counter[str]) -> Iterator[Hit]:
    """Settings that stand in the old lines and no more in the new ones. One that was open had nothing to lose."""
    if rule.settings is None:
        return
    for line in (file.removed[place] for place in rule.settings.places(file.lower("removed"))):
        for one in rule.settings.find(line[1], suffix_of(file.path)):
            if kept[one.key] > 0:
                kept[one.key] -= 1
            elif not one.quoted and one.word not in rule.values:
                yield case.hit(rule, file, [line], old=True, message=f"{rule.message}: {one.key} is taken away")


def text(rule: Rule, files: Sequence[FileDiff], case: Case) -> Iterator[Hit]:
    """Added lines that hold the rule's expression, outside of comments. In a string they are told."""
    pattern = rule.pattern
    if pattern is None:
        return
    for file in _that_set(files, case):
        if not file.added or not pattern.search("\n".join([text for _, text in file.added])):
            continue
        suffix = suffix_of(file.path)
        before = Counter(text.strip() for _, text in file.removed)
        hard: list[Line] = []
        soft: list[Line] = []
        silent = quoted_lines(file)
        for line in file.added:
            found = pattern.search(line[1], 0, comment_at(line[1], suffix))
            if found is None:
                continue
            if before[line[1].strip()] > 0:
                before[line[1].strip()] -= 1
                continue
            quoted = line[0] in silent or inside_string(line[1], found.start())
            (soft if quoted else hard).append(line)
        for lines in (hard, soft):
            for run in runs(lines):
                yield case.hit(rule, file, run, soft=lines is soft)


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

"""Risk limits with direction: what was loosened, key by key, in any common form of setting."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gonogo_policies.critic.assignments import suffix_of
from gonogo_policies.critic.numbers import move

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.critic.diff_file import FileDiff, Line
    from gonogo_policies.critic.hits import Case, Hit
    from gonogo_policies.critic.pack import Rule


@dataclass(frozen=True, slots=True)
class _Value:
    file: FileDiff
    line: Line
    key: str
    value: str
    quoted: bool


def limits(rule: Rule, files: Sequence[FileDiff], case: Case) -> Iterator[Hit]:
    """Limits that were loosened, that are gone, and those of which that cannot be told. Tightening is no finding.

    A key's old and new values meet in the order in which they stand in their file; a limit that moved to another file
    is met there. One that is new has nothing to be compared with, and is told. A justification makes all of it words.
    """
    told = bool(case.context.justification.strip())
    gone: list[_Value] = []
    new: list[_Value] = []
    for file in files:
        if case.is_document(file):
            continue
        old_values, new_values = _values(rule, file, "removed"), _values(rule, file, "added")
        for key in dict.fromkeys([*old_values, *new_values]):
            before, after = _unmoved(old_values[key], new_values[key])
            for old, now in zip(before, after, strict=False):
                yield from _moved(rule, case, old, now, soft=told)
            gone += before[len(after) :]
            new += after[len(before) :]
    yield from _elsewhere(rule, case, gone, new, soft=told)


def _values(rule: Rule, file: FileDiff, side: Literal["added", "removed"]) -> dict[str, list[_Value]]:
    found: dict[str, list[_Value]] = defaultdict(list)
    settings = rule.settings
    if settings is None:
        return found
    suffix, lines = suffix_of(file.path), file.added if side == "added" else file.removed
    for line in (lines[place] for place in settings.places(file.lower(side))):
        for one in settings.find(line[1], suffix):
            found[one.key].append(_Value(file, line, one.key, one.value, one.quoted))
    return found


def _unmoved(before: Sequence[_Value], after: Sequence[_Value]) -> tuple[list[_Value], list[_Value]]:
    """Both without what is on both sides: lines that only moved, where the counts differ."""
    if len(before) == len(after):
        return list(before), list(after)
    left = list(after)
    rest: list[_Value] = []
    for old in before:
        same = next((one for one in left if one.value == old.value), None)
        if same is None:
            rest.append(old)
        else:
            left.remove(same)
    return rest, left


def _moved(rule: Rule, case: Case, old: _Value, new: _Value, *, soft: bool) -> Iterator[Hit]:
    how = move(old.value, new.value, rule.loosens)
    if how in {"same", "tighter"}:
        return
    change = f"{new.key}: {old.value[:60]} -> {new.value[:60]}"
    code = how == "unclear" and suffix_of(new.file.path) in {"py", "pyi", "pyw"} and new.value.isidentifier()
    message = f"{rule.message}: {change}" if how == "looser" else f"{rule.message}, or it cannot be told: {change}"
    yield case.hit(rule, new.file, [new.line], message=message, soft=soft or new.quoted or code)


def _elsewhere(rule: Rule, case: Case, gone: Sequence[_Value], new: Sequence[_Value], *, soft: bool) -> Iterator[Hit]:
    left = list(new)
    for old in gone:
        meets = next((one for one in left if one.key == old.key and one.file is not old.file), None)
        meets = meets or next((one for one in left if one.key == old.key), None)
        if meets is not None:
            left.remove(meets)
            yield from _moved(rule, case, old, meets, soft=soft)
        elif not old.quoted:
            message = f"{rule.message}: {old.key} = {old.value[:60]} is taken away"
            yield case.hit(rule, old.file, [old.line], old=True, message=message, soft=soft or old.file.status == "D")
    for now in left:
        message = f"a limit that was not here before: {now.key} = {now.value[:60]}"
        yield case.hit(rule, now.file, [now.line], message=message, soft=True)

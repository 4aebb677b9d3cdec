"""Risk limits with direction: what was loosened, key by key, in any common form of setting."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_policies.critic.grammar import line_of
from gonogo_policies.critic.numbers import move, number
from gonogo_policies.critic.strings import CODE, PYTHON, suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.critic.assignments import Setting, Settings
    from gonogo_policies.critic.diff_file import FileDiff, Line
    from gonogo_policies.critic.diff_file import Side as DiffSide
    from gonogo_policies.critic.hits import Case, Hit
    from gonogo_policies.critic.pack import Rule

Side: TypeAlias = Literal["now", "was"]


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
    is met there. One that stands there once more is held against the others; one that is new has nothing to be
    compared with, and is told. A justification makes all of it words.
    """
    told = bool(case.context.justification.strip())
    gone: list[_Value] = []
    new: list[_Value] = []
    for file in files:
        if case.is_document(file) or not (file.added or file.removed):
            continue
        old_values, new_values = _values(rule, file, case)
        for place in dict.fromkeys([*old_values, *new_values]):
            before, after = _unmoved(old_values[place], new_values[place])
            for old, now in zip(before, after, strict=False):
                yield from _moved(rule, case, old, now, soft=told)
            gone += before[len(after) :]
            for now in after[len(before) :]:
                if loosest := _above(rule, old_values[place] or _standing(rule, now), now):
                    yield from _moved(rule, case, loosest, now, soft=told)
                else:
                    new.append(now)
    yield from _elsewhere(rule, case, gone, new, soft=told)


def _values(rule: Rule, file: FileDiff, case: Case) -> tuple[dict[str, list[_Value]], dict[str, list[_Value]]]:
    """Old and new values by their place: by the file's grammar, and by line what that does not say."""
    found: dict[Side, dict[str, list[_Value]]] = {"was": defaultdict(list), "now": defaultdict(list)}
    settings = rule.settings
    if settings is None or not any(settings.mentioned(file, side) for side in found):
        return found["was"], found["now"]
    for side, values in found.items():
        values.update(_by_grammar(rule, file, case, side))
        known = {(one.key, _said(one.value)) for several in values.values() for one in several}
        for line, one in _by_line(settings, file, "added" if side == "now" else "removed"):
            if (one.key, _said(one.value)) not in known:
                values[one.key].append(_Value(file, line, one.key, one.value, one.quoted))
    return found["was"], found["now"]


def _said(value: str) -> object:
    """A value by which both looks at a file know that they found the same."""
    said = number(value)
    return value.strip("\"' ") if said is None else said


def _by_line(settings: Settings, file: FileDiff, side: DiffSide) -> Iterator[tuple[Line, Setting]]:
    lines, suffix = file.lines(side), suffix_of(file.path)
    for line in (lines[place] for place in settings.places(file.lower(side))):
        yield from ((line, one) for one in settings.find(line[1], suffix))


def _by_grammar(rule: Rule, file: FileDiff, case: Case, side: Side) -> dict[str, list[_Value]]:
    """The limits of a side, and what stands below one; nothing where one side cannot be read by its grammar."""
    found: dict[str, list[_Value]] = defaultdict(list)
    settings = rule.settings
    if settings is None or case.told(file, "now") is None or case.told(file, "was") is None:
        return found
    for one in case.told(file, side) or ():
        name = next((part for part in reversed(one.path) if settings.is_name(part)), None)
        if name is not None and (line := line_of(one, file, side)):
            place = f"{one.scope}/{'/'.join(one.path)}".lower()
            found[place].append(_Value(file, line, name.lower(), one.value, quoted=False))
    return found


def _standing(rule: Rule, now: _Value) -> list[_Value]:
    """The same key in lines that stay, where lines are all that is known."""
    settings, file = rule.settings, now.file
    if settings is None or file.status == "A":
        return []
    found = ((line, one) for line, one in _by_line(settings, file, "was") if one.key == now.key and not one.quoted)
    return [_Value(file, line, one.key, one.value, one.quoted) for line, one in found]


def _above(rule: Rule, before: Sequence[_Value], now: _Value) -> _Value | None:
    """The last of the old values, where a further one is looser than each of them."""
    looser = before and all(move(old.value, now.value, rule.loosens) == "looser" for old in before)
    return before[-1] if looser else None


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
    code = how == "unclear" and suffix_of(new.file.path) in PYTHON and new.value.isidentifier()
    message = f"{rule.message}: {change}" if how == "looser" else f"{rule.message}, or it cannot be told: {change}"
    yield case.hit(rule, new.file, [new.line], message=message, soft=soft or new.quoted or code)


def _elsewhere(rule: Rule, case: Case, gone: Sequence[_Value], new: Sequence[_Value], *, soft: bool) -> Iterator[Hit]:
    left = list(new)
    for old in gone:
        meets = next((one for one in left if one.key == old.key and one.file is old.file), None)
        meets = meets or next((one for one in left if one.key == old.key), None)
        if meets is not None:
            left.remove(meets)
            yield from _moved(rule, case, old, meets, soft=soft)
        elif not old.quoted:
            message = f"{rule.message}: {old.key} = {old.value[:60]} is taken away"
            code = old.file.status == "D" and suffix_of(old.file.path) in CODE
            yield case.hit(rule, old.file, [old.line], old=True, message=message, soft=soft or code)
    for now in left:
        message = f"a limit that was not here before: {now.key} = {now.value[:60]}"
        yield case.hit(rule, now.file, [now.line], message=message, soft=True)

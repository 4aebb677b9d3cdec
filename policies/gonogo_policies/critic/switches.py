"""Switches: settings that a change gives a value that opens, by line and by the file's grammar, and locks it loses."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_policies.critic.grammar import line_of
from gonogo_policies.critic.quoted import quoted_lines
from gonogo_policies.critic.strings import suffix_of
from gonogo_policies.critic.values import CLOSED, plain_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.critic.assignments import Setting
    from gonogo_policies.critic.code import Told
    from gonogo_policies.critic.diff_file import FileDiff, Line
    from gonogo_policies.critic.hits import Case, Hit
    from gonogo_policies.critic.pack import Rule

Kept: TypeAlias = "defaultdict[str, list[tuple[Line, Setting]]]"


def switch(rule: Rule, files: Sequence[FileDiff], case: Case) -> Iterator[Hit]:
    """Settings that are given a value that opens, and, where the rule says so, those that are taken away."""
    for file in files:
        if case.is_document(file):
            continue
        kept: Kept = defaultdict(list)
        opened = [*_opened(rule, file, kept), *_opened_below(rule, file)]
        silent = quoted_lines(file) if opened else frozenset[int]()
        seen: Counter[str] = Counter()
        for line, one in opened:
            soft = one.quoted or line[0] in silent
            seen[_last(one.key)] += not soft
            message = f"{rule.message}: {one.key} = {one.value[:60]}"
            yield case.hit(rule, file, [line], message=message, soft=soft)
        yield from _by_grammar(rule, file, case, seen, "now")
        if rule.removal:
            seen = Counter()
            for hit, key in _removed(rule, file, case, kept):
                seen[_last(key)] += 1
                yield hit
            yield from _by_grammar(rule, file, case, seen, "was")


def _opened(rule: Rule, file: FileDiff, kept: Kept) -> Iterator[tuple[Line, Setting]]:
    """Settings that open and did not stand in the old lines; ``kept`` takes all that stand in the new ones."""
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
            kept[one.key].append((line, one))
            if one.word not in rule.values:
                continue
            if before[one.key, one.word] > 0:  # it only moved
                before[one.key, one.word] -= 1
            else:
                yield line, one


def _opened_below(rule: Rule, file: FileDiff) -> Iterator[tuple[Line, Setting]]:
    """The same for keys below another: a header that is added or taken away opens what was there before."""
    if rule.nested is None or not (file.added or file.removed):
        return
    now, was = _below(rule, file, "now"), _below(rule, file, "was")
    before = Counter((one.key, one.word) for _, one in was)
    added = {number for number, _ in file.added}
    for line, one in sorted(now, key=lambda found: found[0][0] in added):
        if before[one.key, one.word] > 0:
            before[one.key, one.word] -= 1
        else:
            yield line, one


def _below(rule: Rule, file: FileDiff, side: Literal["now", "was"]) -> list[tuple[Line, Setting]]:
    nested = rule.nested
    if nested is None:
        return []
    lines, suffix = file.lines(side), suffix_of(file.path)
    places = nested.places(file.lower(side))
    found = ((lines[place], one) for place in places for one in nested.find(lines, place, suffix))
    return [(line, one) for line, one in found if one.word in rule.values]


def _by_grammar(
    rule: Rule, file: FileDiff, case: Case, seen: Counter[str], side: Literal["now", "was"]
) -> Iterator[Hit]:
    """What the file's grammar knows and no line says: on the new side what opens, on the old side locks that are gone.

    ``seen``: what the lines have told already, by key.
    """
    if not (file.added or file.removed) or not _speaks(rule, file, side):
        return
    now, was = ([(name, one) for one in case.told(file, which) or () if (name := _name(rule, one))] for which in _SIDES)
    if side == "now":
        here, there = _open(rule, now), Counter((name, plain_word(one.value)) for name, one in _open(rule, was))
    else:
        shut = [(name, one) for name, one in was if plain_word(one.value) not in rule.values]
        gone = Counter(name for name, _ in was) - Counter(name for name, _ in now)
        here = [(name, one) for name, one in reversed(shut) if gone[name] > 0]
        there = Counter[tuple[str, str]]()
        here = here if case.told(file, "now") is not None else []
    for name, one in here:
        if there[name, plain_word(one.value)] > 0:
            there[name, plain_word(one.value)] -= 1
        elif seen[_last(name)] > 0:
            seen[_last(name)] -= 1
        elif line := line_of(one, file, side):
            said = f"{name} = {one.value[:60]}" if side == "now" else f"{name} is taken away"
            yield case.hit(rule, file, [line], old=side == "was", message=f"{rule.message}: {said}")


_SIDES: tuple[Literal["now", "was"], Literal["now", "was"]] = ("now", "was")


def _speaks(rule: Rule, file: FileDiff, side: Literal["now", "was"]) -> bool:
    found = rule.settings is not None and rule.settings.mentioned(file, side)
    return found or (rule.nested is not None and rule.nested.mentioned(file, side))


def _open(rule: Rule, found: Sequence[tuple[str, Told]]) -> list[tuple[str, Told]]:
    return [(name, one) for name, one in found if plain_word(one.value) in rule.values]


def _name(rule: Rule, one: Told) -> str:
    """The name that the rule has for a setting; empty where it is about another."""
    if rule.settings is not None and rule.settings.is_name(one.key):
        return one.key
    above = one.path[-2].lower() if len(one.path) > 1 else ""
    return f"{above}.{one.key}" if rule.nested is not None and above and rule.nested.is_pair(above, one.key) else ""


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _removed(rule: Rule, file: FileDiff, case: Case, kept: Kept) -> Iterator[tuple[Hit, str]]:
    """Locks that stand in the old lines and no more in the new ones, or with a value of which nobody can tell.

    One that was open had nothing to lose.
    """
    if rule.settings is None:
        return
    for line in (file.removed[place] for place in rule.settings.places(file.lower("removed"))):
        for one in rule.settings.find(line[1], suffix_of(file.path)):
            if one.quoted or one.word in rule.values:
                kept[one.key][:1] = []
            elif not kept[one.key]:
                message = f"{rule.message}: {one.key} is taken away"
                yield case.hit(rule, file, [line], old=True, message=message), one.key
            else:
                where, now = kept[one.key].pop(0)
                if one.word in CLOSED and now.word not in CLOSED | rule.values:
                    message = f"{rule.message}, or it cannot be told: {one.key}: {one.value[:60]} -> {now.value[:60]}"
                    yield case.hit(rule, file, [where], message=message, soft=now.quoted), one.key

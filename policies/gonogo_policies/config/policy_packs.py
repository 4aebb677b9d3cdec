"""``policy_packs/*.toml``: what the policy critic looks for in a change, as data (runbook section 4 E)."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, StringConstraints, model_validator

from gonogo_policies.config.base import Count, Globs, Many, Model, Note, Sentence, Slug, Word, some

Severity: TypeAlias = Literal["BLOCK", "WARN", "INFO"]
"""``BLOCK`` is a finding and fails the gate; ``WARN`` and ``INFO`` are told beside its verdict."""
Check: TypeAlias = Literal["secrets", "switch", "text", "limit", "touch", "test-plan"]
Direction: TypeAlias = Literal["up", "down"]
Level: TypeAlias = Literal["BLOCK", "WARN", "INFO", "OFF"]

NEEDS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "secrets": (frozenset(), frozenset()),
    "switch": (frozenset({"keys", "values"}), frozenset({"removal"})),
    "text": (frozenset({"pattern"}), frozenset({"removal", "everywhere"})),
    "limit": (frozenset({"keys"}), frozenset({"loosens"})),
    "touch": (frozenset({"paths"}), frozenset()),
    "test-plan": (frozenset({"paths", "least_lines"}), frozenset({"tests"})),
}
"""What each check must be told, and what it may be told."""
SHORTEST: Final = 3
_OWN: Final = ("keys", "values", "removal", "everywhere", "pattern", "loosens", "least_lines", "tests")


def _pattern(words: str) -> str:
    try:
        found = re.compile(words)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"no regular expression: {error}") from error
    if found.search(""):
        raise ValueError("the expression finds something in an empty line")
    return words


def _key(words: str) -> str:
    for name in words.split("."):
        if max(map(len, name.split("*"))) < SHORTEST:
            raise ValueError(f"a key has {SHORTEST} letters in a row that are no wildcard")
    return words


RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,63}$")]
Name = Annotated[
    str,
    StringConstraints(max_length=120, pattern=r"^[A-Za-z_*][A-Za-z0-9_*-]*(\.[A-Za-z_*][A-Za-z0-9_*-]*)?$"),
    AfterValidator(_key),
]
"""A setting's key, or ``parent.key``; ``*`` is any part of a word, ``-`` and ``_`` are one, case does not count."""
Expression = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_pattern)]


class RuleEntry(Model):
    """One rule. An id may stand several times, where one thing can be done in several ways."""

    id: RuleId
    check: Check
    severity: Severity
    message: Sentence
    fix: Note = ""
    paths: Globs = ()
    """The files that it is about; none: every file."""
    keys: Many[Name] = ()
    values: Many[Word] = ()
    removal: bool = False
    everywhere: bool = False
    """In comments, strings and documents too."""
    soft: Globs | None = None
    """Files in which this rule blocks nothing, instead of the pack's."""
    pattern: Expression | None = None
    loosens: Direction = "up"
    least_lines: Count = 0
    tests: Globs = ()

    @model_validator(mode="after")
    def _fits_its_check(self) -> Self:
        needed, allowed = NEEDS[self.check]
        fields = type(self).model_fields
        told = {name for name in (*_OWN, "paths") if getattr(self, name) != fields[name].default}
        if missing := sorted(needed - told):
            raise ValueError(f"a rule with the check '{self.check}' says {', '.join(missing)}")
        if extra := sorted(told - {"paths"} - needed - allowed):
            raise ValueError(f"{', '.join(extra)} means nothing to the check '{self.check}'")
        if self.check == "limit" and any("." in key for key in self.keys):
            raise ValueError("the keys of a limit have no parent")
        return self


class PolicyPack(Model):
    """One pack."""

    version: Word
    description: Sentence
    documents: Globs = ()
    """Files that only speak of settings: nothing but secrets is looked for in them."""
    soft: Globs = ()
    """Files in which a finding blocks nothing: tests and samples."""
    rule: Annotated[Many[RuleEntry], AfterValidator(some)]


class Policy(Model):
    """The packs of one gate put together, as they are frozen into a run's inputs."""

    ids: Many[Slug]
    version: Word
    documents: Globs
    soft: Globs
    rule: Many[RuleEntry]


def put_together(
    packs: Mapping[str, PolicyPack], own: tuple[RuleEntry, ...] = (), levels: Mapping[str, Level] | None = None
) -> Policy:
    """Put packs, further rules and changed severities together, in this order. ``OFF`` takes a rule away.

    Raises:
        ValueError: a severity is changed for a rule that there is not.
    """
    rules = [*(rule for pack in packs.values() for rule in pack.rule), *own]
    changed = dict(levels or {})
    if unknown := sorted(set(changed) - {rule.id for rule in rules}):
        raise ValueError(f"there is no rule {unknown[0]}")
    left = [
        rule if rule.id not in changed else rule.model_copy(update={"severity": changed[rule.id]})
        for rule in rules
        if changed.get(rule.id) != "OFF"
    ]
    return Policy(
        ids=tuple(packs),
        version="+".join(pack.version for pack in packs.values()) or "0",
        documents=_all(pack.documents for pack in packs.values()),
        soft=_all(pack.soft for pack in packs.values()),
        rule=tuple(left),
    )


def _all(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(glob for globs in lists for glob in globs))

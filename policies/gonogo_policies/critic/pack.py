"""A policy pack as it is frozen into a run's inputs, read without pydantic: rules over a diff, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_policies.critic.assignments import Settings
from gonogo_policies.critic.nested import Nested
from gonogo_policies.globs import Globs

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON
    from gonogo_policies.critic.numbers import Direction

Severity: TypeAlias = Literal["BLOCK", "WARN", "INFO"]
CheckName: TypeAlias = Literal["secrets", "switch", "text", "limit", "touch", "test-plan"]
SEVERITIES: Final[Mapping[str, Severity]] = {"INFO": "INFO", "WARN": "WARN", "BLOCK": "BLOCK"}
"""From the least grave to the gravest."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what is looked for, where, and how grave it is."""

    id: str
    check: CheckName
    severity: Severity
    message: str
    fix: str = ""
    paths: Globs = field(default_factory=lambda: Globs(("**",)))
    """The files that it is about."""
    settings: Settings | None = None
    """``switch`` and ``limit``: the keys."""
    nested: Nested | None = None
    """``switch``: keys below another."""
    values: frozenset[str] = frozenset()
    """``switch``: the values that open."""
    removal: bool = False
    """``switch``: taking the setting away opens too. ``text``: it is looked for in lines that are taken away."""
    everywhere: bool = False
    """``text``: in comments, strings and documents too."""
    soft: Globs | None = None
    """Files in which a finding of this rule blocks nothing; None: those of the pack."""
    pattern: re.Pattern[str] | None = None
    """``text``: what an added line must not hold."""
    loosens: Direction = "up"
    """``limit``: the direction in which it is loosened."""
    least_lines: int = 0
    """``test-plan``: changed lines from which on one is asked for."""
    tests: Globs = field(default_factory=lambda: Globs(()))
    """``test-plan``: a change of any of these counts as one."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules that a critic plays by."""

    ids: tuple[str, ...]
    """The names of the packs that went into it."""
    version: str
    rules: tuple[Rule, ...]
    documents: Globs
    """Files that only speak of settings: nothing but secrets is looked for in them."""
    soft: Globs
    """Files in which a finding blocks nothing: tests and samples."""
    digest: str
    """SHA-256 over the canonical form."""


def read_pack(stored: JSON) -> Pack:
    """Read the ``policy`` of a frozen gate. Raises BadInput GATE_DECLARATION for what is none."""
    if isinstance(stored, Mapping):
        rules = stored.get("rule")
        if isinstance(rules, Sequence) and not isinstance(rules, str):
            return Pack(
                ids=_words(stored.get("ids")),
                version=_word(stored, "version"),
                rules=tuple(_rule(one) for one in rules),
                documents=Globs(_words(stored.get("documents"))),
                soft=Globs(_words(stored.get("soft"))),
                digest=canonical.digest_of(canonical.dumps(stored)),
            )
    raise _no_pack()


def _rule(stored: JSON) -> Rule:
    if not isinstance(stored, Mapping):
        raise _no_pack()
    check, name = _word(stored, "check"), _word(stored, "id")
    severity = SEVERITIES.get(_word(stored, "severity"))
    if not name or check not in get_args(CheckName) or severity is None:
        raise _no_pack()
    named, pattern, lines = _words(stored.get("keys")), _word(stored, "pattern"), stored.get("least_lines")
    keys = [key for key in named if "." not in key]
    pairs = [(parent, key) for parent, point, key in (name.partition(".") for name in named) if point]
    try:
        compiled = re.compile(pattern) if pattern else None
    except re.error as error:
        raise _no_pack() from error
    return Rule(
        id=name,
        check=cast("CheckName", check),
        severity=severity,
        message=_word(stored, "message"),
        fix=_word(stored, "fix"),
        paths=Globs(_words(stored.get("paths")) or ("**",)),
        settings=Settings(keys) if keys else None,
        nested=Nested(pairs) if pairs else None,
        values=frozenset(word.lower() for word in _words(stored.get("values"))),
        removal=stored.get("removal") is True,
        everywhere=stored.get("everywhere") is True,
        soft=None if stored.get("soft") is None else Globs(_words(stored.get("soft"))),
        pattern=compiled,
        loosens="down" if stored.get("loosens") == "down" else "up",
        least_lines=lines if isinstance(lines, int) else 0,
        tests=Globs(_words(stored.get("tests"))),
    )


def _word(stored: Mapping[str, JSON], name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""


def _words(value: JSON) -> tuple[str, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(item for item in value if isinstance(item, str))
    return ()


def _no_pack() -> BadInput:
    return BadInput(
        "GATE_DECLARATION",
        msg("An entry of the frozen inputs is no gate that this version knows."),
        next_step=msg('gonogo run --layer LAYER --reason "TEXT"'),
    )

"""Separation of duties: which actors of a run must be different ones, and whether they are.

``formal`` (the default): one operator may sign what they started, as the runbook allows; the roles' checks stay apart
and the result says "formal". ``strict``: different people, or the run is not released. An actor is a key, a person or
a model as recorded, never a label; what is not known is INCONCLUSIVE and passes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from gonogo_evidence.text import Text, msg
from gonogo_policies.strict_toml import open_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gonogo_evidence.verdict import Verdict

SCHEMA: Final = "gonogo/separation/v1"
Level: TypeAlias = Literal["formal", "strict"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)

Actor: TypeAlias = Literal[
    "commit_author",
    "run_starter",
    "planner",
    "executor",
    "proposer_model",
    "proposer_family",
    "critic_model",
    "critic_family",
    "validator",
    "scribe",
    "risk_officer",
    "signer",
]
ACTORS: Final[tuple[Actor, ...]] = get_args(Actor)

MODELS: Final = frozenset({"proposer_model", "proposer_family", "critic_model", "critic_family"})
NONE: Final = "none"
"""Said of a model on purpose: this run has none (a smoke run). Its pairs do not apply. A person can be called that."""
UNKNOWN: Final = frozenset({"", "unknown"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two actors that must differ, and from which level on."""

    first: Actor
    second: Actor
    level: Level = "strict"


@dataclass(frozen=True, slots=True)
class SeparationPolicy:
    """The matrix and the level at which it is held."""

    level: Level
    pairs: tuple[Pair, ...]

    def enforced(self) -> tuple[Pair, ...]:
        """The pairs that decide at this level."""
        return tuple(pair for pair in self.pairs if self.level == "strict" or pair.level == "formal")


@dataclass(frozen=True, slots=True)
class Violation:
    """One actor in two places that must differ."""

    first: Actor
    second: Actor
    who: str


@dataclass(frozen=True, slots=True)
class SeparationResult:
    """What the matrix says about a run."""

    level: Level
    verdict: Verdict
    violations: tuple[Violation, ...]
    """Of the pairs that decide at this level."""
    unknown: tuple[Pair, ...]
    """Pairs that decide and of which a side is not known."""
    tolerated: tuple[Violation, ...]
    """What ``strict`` would have refused and ``formal`` only shows."""
    text: Text


def parse_separation(data: bytes, *, where: str) -> SeparationPolicy:
    """Read ``separation.toml``. Raises :class:`BadInput` with file, line and key for anything that it does not know."""
    top = open_toml(data, where=where, schema=SCHEMA)
    top.only("schema", "level", "pair")
    pairs: list[Pair] = []
    for item in top.sections("pair"):
        item.only("first", "second", "level")
        level = item.one_of("level", LEVELS) if item.has("level") else "strict"
        pair = Pair(item.one_of("first", ACTORS), item.one_of("second", ACTORS), level)
        if pair.first == pair.second:
            raise item.bad("second", msg("{actor} cannot differ from itself.", actor=pair.first))
        pairs.append(pair)
    if not pairs:
        raise top.bad("pair", msg("A matrix without a pair separates nothing."))
    return SeparationPolicy(top.one_of("level", LEVELS), tuple(pairs))


def check_separation(actors: Mapping[str, Sequence[str]], policy: SeparationPolicy) -> SeparationResult:
    """Hold the matrix against the actors of a run.

    Args:
        actors: Who was what: names, addresses, key fingerprints or model ids for each name in :data:`ACTORS`. An absent
            or empty one is not known; ``["none"]`` says that the run has no such actor.
        policy: The matrix.
    """
    enforced = policy.enforced()
    violations = tuple(_violations(actors, enforced))
    unknown = tuple(pair for pair in enforced if _unknown(actors, pair))
    others = [pair for pair in policy.pairs if pair not in enforced]
    return SeparationResult(
        policy.level,
        "FAIL" if violations else "INCONCLUSIVE" if unknown else "PASS",
        violations,
        unknown,
        tuple(_violations(actors, others)),
        _text(policy.level, violations, unknown),
    )


def same_actor(first: str, second: str) -> bool:
    """Whether two recorded names can be one actor: the same name, address or key, whatever the case.

    ``Alice <a@example.org>`` is ``a@example.org`` and is ``alice``: where in doubt they are one, and nothing is let in.
    """
    return bool(_faces(first) & _faces(second))


def _violations(actors: Mapping[str, Sequence[str]], pairs: Iterable[Pair]) -> Iterable[Violation]:
    for pair in pairs:
        for one in actors.get(pair.first, ()):
            if one == NONE and pair.first in MODELS:
                continue
            if any(same_actor(one, other) for other in actors.get(pair.second, ())):
                yield Violation(pair.first, pair.second, one)
                break


def _unknown(actors: Mapping[str, Sequence[str]], pair: Pair) -> bool:
    sides = {side: {name.strip().casefold() for name in actors.get(side, ())} for side in (pair.first, pair.second)}
    if any(names == {NONE} and side in MODELS for side, names in sides.items()):
        return False
    return any(not names or names & UNKNOWN or (NONE in names and side in MODELS) for side, names in sides.items())


def _faces(actor: str) -> frozenset[str]:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", actor).casefold()).strip()
    found = re.fullmatch(r"(.*)<([^<>]*)>", folded, re.DOTALL)
    parts = (folded, found[1].strip(), found[2].strip()) if found else (folded,)
    return frozenset(parts) - UNKNOWN


def _text(level: Level, violations: Sequence[Violation], unknown: Sequence[Pair]) -> Text:
    if violations:
        one = violations[0]
        return msg("{who} is both {first} and {second}.", who=one.who, first=one.first, second=one.second)
    if unknown:
        return msg("Who was {first} or {second} is not known.", first=unknown[0].first, second=unknown[0].second)
    if level == "formal":
        return msg("SoD: formal. One person may start a run and sign it; the roles' checks are separate.")
    return msg("SoD: strict. All actors that must differ do.")

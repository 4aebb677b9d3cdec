"""Separation of duties: which actors of a run must be different ones, and whether they are.

``formal`` (the default): one operator may sign what they started, as the runbook allows; the roles' checks stay apart
and the result says "formal". ``strict``: different people, or the run is not released. An actor is a key, a person or
a model as recorded, never a label; what is not known is INCONCLUSIVE and passes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from gonogo_evidence.text import Text, msg
from gonogo_policies.people import UNKNOWN, People
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

PEOPLE: Final = frozenset({"commit_author", "run_starter", "signer"})
"""Whom the table of people must know: anybody can make up a name, and a name that nobody vouches for is nobody's."""
MODELS: Final = frozenset({"proposer_model", "proposer_family", "critic_model", "critic_family"})
NONE: Final = "none"
"""Said of a model on purpose: this run has none (a smoke run). Its pairs do not apply. A person can be called that."""
NOBODY: Final = People()


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
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """From a person's name in allowed_signers to their addresses, operator ids and key fingerprints."""

    def enforced(self) -> tuple[Pair, ...]:
        """The pairs that decide at this level."""
        return tuple(pair for pair in self.pairs if self.level == "strict" or pair.level == "formal")


@dataclass(frozen=True, slots=True)
class Violation:
    """One actor in two places that must differ."""

    first: Actor
    second: Actor
    who: str
    """As recorded for ``first``."""
    other: str
    """As recorded for ``second``."""

    def text(self) -> Text:
        """Who is in which two places, in words."""
        words = {"first": self.first, "second": self.second}
        if self.who.strip().casefold() == self.other.strip().casefold():
            return msg("{who} is both {first} and {second}.", who=self.who, **words)
        return msg("{who} ({first}) and {other} ({second}) are one.", who=self.who, other=self.other, **words)


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
    top.only("schema", "level", "pair", "people")
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
    people = top.lists("people")
    for name, others in people.items():
        if wrong := next((word for word in (name, *others) if set(word) & set("<>") or not word.isprintable()), None):
            raise top.bad("people", msg("{word} is no address, name or key fingerprint.", word=ascii(wrong)))
    return SeparationPolicy(top.one_of("level", LEVELS), tuple(pairs), people)


def check_separation(
    actors: Mapping[str, Sequence[str]], policy: SeparationPolicy, people: People = NOBODY
) -> SeparationResult:
    """Hold the matrix against the actors of a run.

    Args:
        actors: Who was what: names, addresses, key fingerprints or model ids for each name in :data:`ACTORS`. An absent
            or empty one is not known; ``["none"]`` says that the run has no such actor.
        policy: The matrix.
        people: Who is who. Somebody who is not among them is not known, whatever they call themselves.
    """
    enforced = policy.enforced()
    violations = tuple(_violations(actors, enforced, people))
    unknown = tuple(pair for pair in enforced if _unknown(actors, pair, people))
    others = [pair for pair in policy.pairs if pair not in enforced]
    tolerated = tuple(_violations(actors, others, people))
    return SeparationResult(
        policy.level,
        "FAIL" if violations else "INCONCLUSIVE" if unknown else "PASS",
        violations,
        unknown,
        tolerated,
        _text(policy.level, violations, [_strange(actors, pair, people) for pair in unknown], tolerated),
    )


def same_actor(first: str, second: str) -> bool:
    """Whether two recorded names can be one actor: the same name, address or key, whatever the case.

    ``Alice <a@example.org>`` is ``a@example.org`` and is ``alice``: where in doubt they are one, and nothing is let in.
    """
    return NOBODY.same(first, second)


def _violations(actors: Mapping[str, Sequence[str]], pairs: Iterable[Pair], people: People) -> Iterable[Violation]:
    for pair in pairs:
        models = pair.first in MODELS
        twice = (
            Violation(pair.first, pair.second, one, other)
            for one in actors.get(pair.first, ())
            for other in actors.get(pair.second, ())
            if not (models and one == NONE) and people.same(one, other)
        )
        yield from islice(twice, 1)


def _unknown(actors: Mapping[str, Sequence[str]], pair: Pair, people: People) -> bool:
    sides = {side: {name.strip().casefold() for name in actors.get(side, ())} for side in (pair.first, pair.second)}
    if any(names == {NONE} and side in MODELS for side, names in sides.items()):
        return False
    return any(not names or (NONE in names and side in MODELS) for side, names in sides.items()) or any(
        _stranger(side, name, people) for side in sides for name in actors.get(side, ())
    )


def _stranger(side: str, name: str, people: People) -> bool:
    return name.strip().casefold() in UNKNOWN or (side in PEOPLE and not people.known(name))


def _strange(actors: Mapping[str, Sequence[str]], pair: Pair, people: People) -> Text:
    """Whom nobody knows in a pair: by name where there is one."""
    for side in (pair.first, pair.second):
        for name in actors.get(side, ()):
            if name.strip() and _stranger(side, name, people):
                return msg("{who} ({actor}) is nobody whom the trust files know.", who=name, actor=side)
    return msg("Who was {first} or {second} is not known.", first=pair.first, second=pair.second)


def _text(
    level: Level, violations: Sequence[Violation], unknown: Sequence[Text], tolerated: Sequence[Violation]
) -> Text:
    if violations:
        return violations[0].text()
    if unknown:
        return unknown[0]
    if level == "formal" and tolerated:
        return msg("SoD: formal. {what} The roles' checks are separate.", what=str(tolerated[0].text()))
    if level == "formal":
        return msg("SoD: formal. One person may start a run and sign it; the roles' checks are separate.")
    return msg("SoD: strict. All actors that must differ do.")

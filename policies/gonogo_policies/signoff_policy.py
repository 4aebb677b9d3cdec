"""The sign-off policy as a value: what a signature must fulfil, and how many of them it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from gonogo_evidence.drill import DRILL_ID
from gonogo_evidence.statement import DECISIONS, PRESENCES, Decision, Presence
from gonogo_evidence.text import msg
from gonogo_policies.strict_toml import open_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_policies.strict_toml import Section

SCHEMA: Final = "gonogo/signoff/v1"
MOST_SIGNERS: Final = 100
MOST_HOURS: Final = 366 * 24
MOST_DAYS: Final = 366
KEYS: Final = (
    "schema",
    "quorum",
    "veto",
    "request_valid_hours",
    "decision_valid_hours",
    "require_roles",
    "role_quorum",
    "least_presence",
    "roles",
    "remote_checks",
    "drills_required",
    "drills_max_age_days",
    "replay_provenance",
)
Weight: TypeAlias = Literal["required", "advisory"]
WEIGHTS: Final[tuple[Weight, ...]] = get_args(Weight)


@dataclass(frozen=True, slots=True)
class SignoffPolicy:
    """``signoff.toml``, read."""

    quorum: int
    """Different people with different keys; 1 or more."""
    veto: bool
    """Whether one NO-GO decides."""
    least_presence: Mapping[Decision, Presence]
    request_valid_hours: int
    decision_valid_hours: int
    require_roles: tuple[str, ...]
    """Each must be held by one of those who approve."""
    roles: Mapping[str, str]
    """From principal to role."""
    role_quorum: Mapping[str, int] = field(default_factory=dict[str, int])
    """So many different people with the role must approve; 1 or more."""
    remote_checks: Weight = "advisory"
    """Whether a GO needs that the forge's required checks of this very commit were seen green."""
    replay_provenance: Weight = "advisory"
    """Whether a replay may be released only where a sealed live run vouches for its transcripts."""

    drills_required: tuple[str, ...] = ()
    """Drills that whoever approves must have passed, by signed results."""
    drills_max_age_days: int = MOST_DAYS
    """How long ago at most."""

    def by_role(self) -> dict[str, int]:
        """How many of those who approve must hold each role. ``require_roles`` asks for one."""
        return {**dict.fromkeys(self.require_roles, 1), **self.role_quorum}

    def enough(self, decision: Decision, presence: Presence) -> bool:
        """Whether ``presence`` is at least what ``decision`` needs."""
        return PRESENCES.index(presence) <= PRESENCES.index(self.least_presence[decision])


def parse_signoff(data: bytes, *, where: str) -> SignoffPolicy:
    """Read ``signoff.toml``. Every key but those about roles is needed: nothing about trust is left open.

    Raises:
        BadInput: with file, line and key for anything that is unknown, missing, of another type or without sense.
    """
    top = open_toml(data, where=where, schema=SCHEMA)
    top.only(*KEYS)
    least = top.section("least_presence")
    least.only(*DECISIONS)
    roles, required = top.names("roles"), top.words("require_roles")
    for role in required:
        if role not in roles.values():
            raise top.bad("require_roles", msg("Nobody holds the role {role}: no run could be released.", role=role))
    counted = top.counts("role_quorum", most=MOST_SIGNERS)
    for role, count in counted.items():
        if count > (held := sum(other == role for other in roles.values())):
            words = msg("{held} hold the role {role}, and {count} must approve.", held=held, role=role, count=count)
            raise top.bad("role_quorum", words)
    drills = _drills(top)
    return SignoffPolicy(
        quorum=top.whole("quorum", least=1, most=MOST_SIGNERS),
        veto=top.flag("veto"),
        least_presence={decision: least.one_of(decision, PRESENCES) for decision in DECISIONS},
        request_valid_hours=top.whole("request_valid_hours", least=1, most=MOST_HOURS),
        decision_valid_hours=top.whole("decision_valid_hours", least=1, most=MOST_HOURS),
        require_roles=required,
        roles=roles,
        role_quorum=counted,
        remote_checks=top.one_of("remote_checks", WEIGHTS) if top.has("remote_checks") else "advisory",
        replay_provenance=top.one_of("replay_provenance", WEIGHTS) if top.has("replay_provenance") else "advisory",
        drills_required=drills,
        drills_max_age_days=top.whole("drills_max_age_days", least=1, most=MOST_DAYS) if drills else MOST_DAYS,
    )


def _drills(top: Section) -> tuple[str, ...]:
    """The required drills. Who requires some says within which time, and no drill by a name that none can have."""
    named = top.words("drills_required") if top.has("drills_required") else ()
    for name in named:
        if not DRILL_ID.fullmatch(name):
            raise top.bad(
                "drills_required", msg("{name} is no name of a drill: they are called D01, D02, ...", name=name)
            )
    if not named and top.has("drills_max_age_days"):
        raise top.bad("drills_max_age_days", msg("No drill is required: name them in drills_required."))
    return named

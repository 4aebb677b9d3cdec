"""Whether who approves is trained: the drills that the policy requires, passed lately, by signed results alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gonogo_evidence import canonical
from gonogo_evidence.drill_result import DrillResult, verified
from gonogo_evidence.errors import GonogoError, Inconclusive, Refused
from gonogo_evidence.statement import parse_time
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.ids import JSONObject
    from gonogo_evidence.statement import SignoffStatement
    from gonogo_policies.people import People
    from gonogo_policies.trust import Trust

SKEW = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""


def check_drills(said: SignoffStatement, trust: Trust) -> None:
    """Hold an approval against ``drills_required``: whoever approves has passed each, no longer ago than policy allows.

    What counts stands in the sign-off, under its signature: each result in the engine's envelope, of this very person,
    as of when they signed. A NO-GO needs none.

    Raises:
        Refused: ``DRILLS_REQUIRED``, with the drills that are missing.
        Inconclusive: ``DRILL_KEY_UNKNOWN``: a required result is there, and nobody here knows the key that signed it.
    """
    policy = trust.signoff
    if said.decision == "NO-GO" or not policy.drills_required:
        return
    results, unknown = _results(said.drills, trust.drill_keys)
    at = parse_time(said.issued)
    counted = [one for one in results if counts(one, said.principal, trust.people(), at, policy.drills_max_age_days)]
    missing = [name for name in policy.drills_required if name not in {one.drill_id for one in counted}]
    if not missing:
        return
    names = ", ".join(missing)
    if unknown:
        raise Inconclusive(
            "DRILL_KEY_UNKNOWN",
            msg("Who signed the drill results is not known here, and policy requires: {drills}.", drills=names),
            where=said.run_id,
            next_step=msg("Bring the key that signed them, or put it into drill_keys beside the policy."),
        )
    raise Refused(
        "DRILLS_REQUIRED",
        msg(
            "Policy lets {who} approve only with these drills passed within {days} days; missing: {drills}.",
            who=said.principal,
            days=policy.drills_max_age_days,
            drills=names,
        ),
        where=said.run_id,
        next_step=msg("gonogo drill start {drill}", drill=missing[0]),
    )


def counts(result: DrillResult, principal: str, people: People, at: datetime, days: int) -> bool:
    """Whether a result shows that this person passed the drill, at most so many days before ``at``."""
    return (
        result.verdict == "PASS"
        and people.same(result.operator, principal)
        and not people.same(result.operator, result.validator)
        and at - timedelta(days=days) <= result.ended <= at + SKEW
        and result.started <= result.ended
    )


def _results(drills: Iterable[JSONObject], keys: Sequence[Ed25519PublicKey]) -> tuple[list[DrillResult], bool]:
    """What can be believed, and whether anything was signed by a key that nobody here knows. The rest is nothing."""
    found, unknown = list[DrillResult](), False
    for envelope in drills:
        try:
            found.append(verified(canonical.dumps(envelope), keys))
        except Inconclusive:
            unknown = True
        except GonogoError:
            continue
    return found, unknown


def newest(results: Iterable[tuple[DrillResult, JSONObject]], required: Sequence[str]) -> Iterator[JSONObject]:
    """Of each required drill the envelope of the result that ended last."""
    for name in required:
        own = [one for one in results if one[0].drill_id == name]
        if own:
            yield max(own, key=lambda one: one[0].ended)[1]

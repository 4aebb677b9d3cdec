"""Whether a signed decision counts. Pure: bytes, trust and a time in, an answer out.

``judge`` looks at one signature and raises for the first thing that is wrong; ``decide`` counts what passed. The order
of the checks is the order of trust: bytes, key, person, evidence, time, presence, policy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical, sshsig
from gonogo_evidence.allowed_signers import find
from gonogo_evidence.errors import Refused
from gonogo_evidence.statement import SIGNOFF_NAMESPACE, SignoffStatement, parse_time
from gonogo_evidence.text import msg
from gonogo_policies.approving import check_duties, may_approve
from gonogo_policies.drilled import check_drills
from gonogo_policies.quorum import Decision, Judged, OpenCondition, Waiting, decide
from gonogo_policies.remote import CHECK
from gonogo_policies.signoff_policy import SignoffPolicy, parse_signoff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gonogo_evidence import statement as words
    from gonogo_evidence.ids import Digest, PackId, RunId
    from gonogo_evidence.replayed import Provenance
    from gonogo_evidence.sshsig import SshSignature
    from gonogo_evidence.text import Text
    from gonogo_evidence.verdict import Verdict
    from gonogo_policies.trust import Trust

__all__ = [
    "SKEW", "Decision", "Expected", "Judged", "OpenCondition", "SignoffPolicy", "Waiting", "check_drills",
    "check_duties", "check_remote", "check_replay", "decide", "judge", "may_approve", "parse_signoff", "releasable",
    "sign_again",
]  # fmt: skip

SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a sign-off must be about: the evidence as it lies there now, today's policy, and who did the run."""

    run_id: RunId
    pack_id: PackId
    pack_digest: Digest
    review_digest: Digest
    request_id: str
    policy_digest: Digest
    pack_verdict: str
    """PASS, FAIL or INCONCLUSIVE."""
    inconclusive: tuple[str, ...]
    """Ids of the hard checks that are INCONCLUSIVE."""
    actors: Mapping[str, Sequence[str]]
    """Who did the run, as :func:`gonogo_policies.actors.actors_of` reads it from the pack."""
    requested_at: str
    """``YYYY-MM-DDTHH:MM:SSZ``."""
    expires: str
    """``YYYY-MM-DDTHH:MM:SSZ``, of the request."""
    remote: Verdict | None = None
    """What the forge's checks came to, made again from what the pack holds of them; None where it holds none."""
    replay: Provenance | None = None
    """Whether a sealed live run vouches for what a replay answered from; None for a run that is no replay."""


def judge(statement: bytes, signature: bytes, *, trust: Trust, expected: Expected, at: datetime) -> Judged:
    """Check one sign-off from its bytes, at the time ``at`` (aware).

    Raises:
        IntegrityBroken: the signature does not belong to the bytes, or the bytes are no sign-off.
        Refused: it is good, and by the wrong one, about something else, too late, too weak, or not allowed.
        Inconclusive: ``SEPARATION_UNKNOWN``: who did the run is not known, so nobody can say if all were others.
    """
    parsed = sshsig.parse(signature)
    if parsed.namespace != SIGNOFF_NAMESPACE:
        raise Refused(
            "SIGNATURE_NAMESPACE",
            msg("The signature was made for {given}: it approves nothing here.", given=parsed.namespace),
            next_step=sign_again(expected.run_id),
        )
    sshsig.check(statement, parsed, namespace=SIGNOFF_NAMESPACE)
    said = SignoffStatement.from_bytes(statement)
    signer = find(trust.signers, parsed.key, SIGNOFF_NAMESPACE, at)
    if said.principal != signer.principal:
        raise Refused(
            "PRINCIPAL_MISMATCH",
            msg("It was signed as {said} with the key of {owner}.", said=said.principal, owner=signer.principal),
            next_step=msg(
                "Sign again, as {owner} or with the key of {said}.", owner=signer.principal, said=said.principal
            ),
        )
    _same_evidence(said, expected)
    _in_time(said, expected, trust.signoff, at)
    presence = _presence(said, parsed, trust.signoff)
    releasable(said, expected)
    check_remote(said, expected, trust.signoff)
    check_drills(said, trust)
    check_replay(said, expected, trust.signoff)
    if said.decision != "NO-GO":
        check_duties(said.run_id, expected.actors, signer.principal, trust)
    return Judged(said, signer, presence, canonical.digest_of(statement))


def sign_again(run: RunId) -> Text:
    """The command that signs, to be pasted and completed: nothing about the decision is preselected."""
    return msg('gonogo sign {run} --decision DECISION --reason "TEXT"', run=run)


def _same_evidence(said: SignoffStatement, expected: Expected) -> None:
    again = sign_again(expected.run_id)
    if (said.run_id, said.pack_id) != (expected.run_id, expected.pack_id):
        raise Refused(
            "SIGNOFF_OTHER_RUN",
            msg("This sign-off is about run {other}, not {run}.", other=said.run_id, run=expected.run_id),
            next_step=again,
        )
    where = expected.run_id
    if said.pack_digest != expected.pack_digest:
        what = msg("The pack is not the one that was signed.")
        raise Refused("SIGNOFF_STALE_PACK", what, where=where, next_step=again)
    if said.review_digest != expected.review_digest:
        what = msg("The review is not the one that was signed.")
        raise Refused("SIGNOFF_STALE_REVIEW", what, where=where, next_step=again)
    if said.request_id != expected.request_id:
        what = msg("The sign-off answers a request that was replaced by a newer one.")
        raise Refused("SIGNOFF_STALE_REQUEST", what, where=where, next_step=again)
    if said.policy_digest != expected.policy_digest:
        what = msg("The policy or the list of signers is not the one under which it was signed.")
        raise Refused("POLICY_CHANGED", what, where=where, next_step=again)


def _in_time(said: SignoffStatement, expected: Expected, policy: SignoffPolicy, at: datetime) -> None:
    issued, not_after = parse_time(said.issued), parse_time(said.not_after)
    again = sign_again(expected.run_id)
    if at > parse_time(expected.expires):
        raise Refused(
            "REQUEST_EXPIRED",
            msg(
                "The request ended at {time}; the {decision} of {who} was not committed by then and no longer counts.",
                time=expected.expires,
                decision=said.decision,
                who=said.principal,
            ),
            next_step=sign_again(expected.run_id),
        )
    if issued > at + SKEW:
        what = msg("The sign-off says that it was signed at {time}, which is still to come.", time=said.issued)
        raise Refused("SIGNOFF_FROM_THE_FUTURE", what, next_step=msg("Set the clock of the machine that signed."))
    if issued < parse_time(expected.requested_at) - SKEW:
        what = msg("It says that it was signed at {time}, before anybody was asked.", time=said.issued)
        raise Refused("SIGNOFF_BEFORE_REQUEST", what, next_step=again)
    if at > not_after:
        raise Refused("SIGNOFF_EXPIRED", msg("The sign-off ended at {time}.", time=said.not_after), next_step=again)
    if not_after - issued > timedelta(hours=policy.decision_valid_hours):
        what = msg("A decision may wait {hours} hours; this one says more.", hours=policy.decision_valid_hours)
        raise Refused("SIGNOFF_TOO_LONG", what, next_step=again)


def _presence(said: SignoffStatement, signature: SshSignature, policy: SignoffPolicy) -> words.Presence:
    """Measure ``touch``; take the rest as claimed, and hold it against the policy."""
    if said.presence == "touch" and not signature.user_present:
        raise Refused(
            "PRESENCE_FALSE",
            msg("It claims that a hardware key was touched, and the signature does not say so."),
            next_step=sign_again(said.run_id),
        )
    presence = "touch" if signature.user_present else said.presence
    if not policy.enough(said.decision, presence):
        raise Refused(
            "PRESENCE_TOO_WEAK",
            msg(
                "{decision} needs {least}; the sign-off has {given}. Sign at a terminal, with the words from the card.",
                decision=said.decision,
                least=policy.least_presence[said.decision],
                given=presence,
            ),
            next_step=sign_again(said.run_id),
        )
    return presence


def releasable(said: SignoffStatement, expected: Expected) -> None:
    """Law 2: only PASS is released as GO, FAIL by nothing, and INCONCLUSIVE by a condition that names each check.

    Also asked before anybody signs, so that nobody types words for a decision that cannot be.
    """
    if said.decision == "NO-GO":
        return
    if expected.pack_verdict not in {"PASS", "INCONCLUSIVE"}:
        raise Refused(
            "FAIL_NOT_COVERED",
            msg("The verdict is {verdict}: no decision releases that.", verdict=expected.pack_verdict),
            next_step=msg("Correct what failed and run again; this run ends with NO-GO."),
        )
    if said.decision == "GO":
        if expected.pack_verdict != "PASS" or expected.inconclusive:
            raise Refused(
                "GO_NOT_RELEASABLE",
                msg("The verdict is {verdict}: that is not released as GO.", verdict=_verdict(expected)),
                next_step=msg("Run again, or sign GO-WITH-CONDITIONS with a condition that names each open check."),
            )
        return
    if expected.pack_verdict != "PASS" and not expected.inconclusive:
        raise Refused(
            "INCONCLUSIVE_UNNAMED",
            msg("The verdict is INCONCLUSIVE and names no check: there is nothing that a condition could cover."),
            next_step=msg("Run again with something that can be checked."),
        )
    _conditions(said, expected)


def check_remote(said: SignoffStatement, expected: Expected, policy: SignoffPolicy) -> None:
    """Where policy requires remote checks: a GO needs them green, and a condition must name them where they are open.

    Raises:
        Refused: ``REMOTE_CHECKS_FAILED``, ``REMOTE_CHECKS_REQUIRED``, ``CONDITION_MISSING``.
    """
    if policy.remote_checks != "required" or said.decision == "NO-GO" or expected.remote == "PASS":
        return
    if expected.remote == "FAIL":
        raise Refused(
            "REMOTE_CHECKS_FAILED",
            msg("Required remote checks of this commit failed: no decision releases that."),
            where=expected.run_id,
            next_step=msg("Correct what failed and run again; this run ends with NO-GO."),
        )
    if said.decision == "GO":
        raise Refused(
            "REMOTE_CHECKS_REQUIRED",
            msg("Policy requires remote checks, and they were not seen green for this commit."),
            where=expected.run_id,
            next_step=msg("Make the run again with a snapshot of the checks (--remote-checks FILE)."),
        )
    if not any(_names(item.text, CHECK) for item in said.conditions):
        raise Refused(
            "CONDITION_MISSING",
            msg("No condition names {checks}, which could not be checked.", checks=CHECK),
            next_step=msg('Add: --condition "{check}: ...; owner=...; due=YYYY-MM-DD"', check=CHECK),
        )


def check_replay(said: SignoffStatement, expected: Expected, policy: SignoffPolicy) -> None:
    """Where policy requires it: nothing releases a replay of transcripts that no sealed run vouches for.

    Raises:
        Refused: ``REPLAY_PROVENANCE_REQUIRED``.
    """
    if policy.replay_provenance == "required" and expected.replay == "unproven" and said.decision != "NO-GO":
        raise Refused(
            "REPLAY_PROVENANCE_REQUIRED",
            msg("Policy requires that a sealed run vouches for a replay's transcripts, and none does."),
            where=expected.run_id,
            next_step=msg("Replay a live run or its pack (--transcript RUN); this one ends with NO-GO."),
        )


def _conditions(said: SignoffStatement, expected: Expected) -> None:
    missing = [name for name in expected.inconclusive if not any(_names(item.text, name) for item in said.conditions)]
    if missing:
        raise Refused(
            "CONDITION_MISSING",
            msg("No condition names {checks}, which could not be checked.", checks=", ".join(missing)),
            next_step=msg('Add: --condition "{check}: ...; owner=...; due=YYYY-MM-DD"', check=missing[0]),
        )
    first_day = parse_time(said.issued).date()
    for item in said.conditions:
        if date.fromisoformat(item.due) < first_day:
            raise Refused(
                "CONDITION_DATE",
                msg("Condition {number} was due on {due}, before it was made.", number=item.number, due=item.due),
                next_step=msg("Give it a day that is still to come."),
            )


def _names(text: str, check: str) -> bool:
    """Whether a condition names a check as a word of its own: ``ci.lint2`` and ``ci.lint.x`` are not ``ci.lint``."""
    return re.search(rf"(?<![\w.-]){re.escape(check)}(?![\w-]|\.\w)", text, re.IGNORECASE) is not None


def _verdict(expected: Expected) -> str:
    if expected.pack_verdict != "PASS":
        return expected.pack_verdict
    return "PASS, with open checks: " + ", ".join(expected.inconclusive)

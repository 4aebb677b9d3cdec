"""What ``gonogo verify`` says about the conditions of a decision, and about their closes beside the pack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence import canonical
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.ids import RunId
from gonogo_evidence.statement import CloseStatement, parse_time
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, passed
from gonogo_policies.closing import judge_close
from gonogo_policies.signoff import SKEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from gonogo_evidence.ids import Digest
    from gonogo_evidence.statement import SignoffStatement
    from gonogo_evidence.verify import UnverifiedPack
    from gonogo_policies.signoff import Decision
    from gonogo_policies.trust import Trust

WAITS = 4


def check_conditions(
    pack: UnverifiedPack,
    decided: Decision,
    signed: Mapping[Digest, SignoffStatement],
    *,
    trust: Trust,
    now: datetime,
    clock: datetime,
) -> Iterator[Check]:
    """Every condition of everybody who approved, numbered as ``gonogo close`` numbers them.

    Every close that lies there is judged, also beside a decision without conditions: or anybody could lay one there.

    Args:
        pack: the pack.
        decided: what its sign-offs amount to.
        signed: the sign-offs that decided it.
        trust: who may close.
        now: as of when it is asked (aware): a close that was made later is not there yet.
        clock: what time it is (aware): a close that was made later is a lie.

    Raises:
        GonogoError: a close that is broken, refused, or whose time nobody vouches for.
    """
    closed = {about: who for about, who, issued in _closes(pack, signed, trust, now, clock) if issued <= now + SKEW}
    for number, point in enumerate(decided.conditions, start=1):
        name, text = f"decision.condition.{number}", point.condition.text
        who = closed.get((point.signoff, point.condition.number))
        if who is not None:
            yield passed(name, msg("{who} closed: {text}", who=who, text=text), area="decision")
        else:
            said = msg("Condition: {text}", text=text)
            yield Check(name, "INCONCLUSIVE", "CONDITION_OPEN", said, "", "decision", WAITS)


def refuse_closes(pack: UnverifiedPack, *, trust: Trust, now: datetime, clock: datetime) -> None:
    """Where nothing is decided there is nothing to close: raises what is wrong with the first close that lies there."""
    for _ in _closes(pack, {}, trust, now, clock):
        pass


def _closes(
    pack: UnverifiedPack, signed: Mapping[Digest, SignoffStatement], trust: Trust, now: datetime, clock: datetime
) -> Iterator[tuple[tuple[Digest, int], str, datetime]]:
    """Which condition, closed by whom and when. Nobody witnessed the time: the key must be good then and now."""
    environment, before = pack.json("environment.json"), {key: parse_time(one.issued) for key, one in signed.items()}
    for name in sorted(pack.entries):
        if name.startswith("review/") and ".close-" in name and name.endswith(".json"):
            data = pack.read(name)
            issued = parse_time(CloseStatement.from_bytes(data).issued)
            one = judge_close(
                data,
                pack.read(f"{name}.sig"),
                trust=trust,
                run_id=RunId(str(environment["run_id"])),
                pack_digest=canonical.digest_of(pack.read("seal.json")),
                signoffs=before,
                at=min(issued, now),
                now=clock,
            )
            who = one.signer.principal
            if one.signer.revoked is not None:
                words = msg("The key of {who} was revoked, and nobody here vouches for the time.", who=who)
                raise Inconclusive("SIGNER_REVOKED_WHEN", words, where=name)
            if not one.signer.valid(now):
                words = msg("The key of {who} is not valid now, and nobody here vouches for the time.", who=who)
                raise Inconclusive("SIGNER_VALID_WHEN", words, where=name)
            yield (one.statement.signoff_digest, one.statement.condition), who, issued

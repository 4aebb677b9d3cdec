"""What must hold, said without the product's own judgement: from what is stored and what is true of each signature."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import canonical, dsse
from gonogo_evidence.statement import parse_time
from gonogo_graph.table import FIELDS
from proof import people
from proof.duties import CHECKS
from proof.state import AUTHOR, HOURS, STARTER
from support.signoffs import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_evidence.ids import JSON
    from gonogo_graph.store import Spent
    from proof.moves import Done
    from proof.people import Truth
    from proof.state import State
    from proof.world import Disk

OUTCOME: Final = "outcome.json"
NAMES: Final = {field: {field, *checks} for field, checks in CHECKS.items()} | {"recommendation": set[str]()}
NAMES["validation"] |= {"Lint Gate", "5-PASS-3"}


def decided_rightly(disk: Disk, before: State, done: Done) -> Iterator[str]:
    """Law 1 and 2: what is spent was signed, by enough and the right people, over evidence that it may release."""
    if before.ledger.spent or not done.after.ledger.spent or done.after.forged:
        return
    (spent,) = done.after.ledger.spent
    named = _named(spent)
    counting = list(_counting(disk, before))
    chosen = [truth for digest, truth in counting if digest in named]
    if not chosen or len(chosen) != len(set(named)):
        yield f"{spent.decision} was committed on a sign-off that does not count"
        return
    if spent.decision == "NO-GO":
        if all(truth.decision != "NO-GO" for truth in chosen):
            yield "NO-GO was committed, and nobody had said so"
        return
    yield from _released(disk, before, spent, chosen, [truth for _, truth in counting])


def _released(
    disk: Disk, before: State, spent: Spent, chosen: Sequence[Truth], counting: Sequence[Truth]
) -> Iterator[str]:
    verdicts, trust = dict(before.shown), disk.policies[before.policy]
    if before.core is None or before.altered:
        yield f"{spent.decision} without a verified pack"
    if any(truth.decision == "NO-GO" for truth in counting):
        yield f"{spent.decision} over a veto"
    if len({truth.who for truth in chosen}) < trust.signoff.quorum:
        yield f"{spent.decision} with fewer people than the policy asks for"
    if trust.separation.level == "strict" and {truth.who for truth in chosen} & {STARTER, AUTHOR}:
        yield f"{spent.decision} by somebody who took part in the run, under strict separation"
    if "FAIL" in verdicts.values():
        yield f"{spent.decision} although a duty failed"
    if spent.decision == "GO":
        if {truth.decision for truth in chosen} != {"GO"}:
            yield "GO was committed, and somebody had signed another decision"
        if {verdicts.get(field) for field in FIELDS} != {"PASS"}:
            yield "GO although not every duty passed"
    for field in FIELDS:
        names = frozenset[str]().union(*(truth.names for truth in chosen))
        if verdicts.get(field) == "INCONCLUSIVE" and not NAMES[field] & names:
            yield f"{spent.decision} although no condition names what {field} could not show"


def decided_once(disk: Disk, before: State, done: Done) -> Iterator[str]:
    """Exactly one decision: what is spent stays, to the byte; the outcome beside the pack is that one."""
    del disk
    was, now = before.ledger.spent, done.after.ledger.spent
    if len(now) > 1 or (was and not now):
        yield "a decision vanished, or there are two"
    if was and now and (was[0].decision, was[0].outcome) != (now[0].decision, now[0].outcome):
        yield "the decision is another one than before"
    placed = [data for name, data in done.after.later if name == OUTCOME]
    if placed and (not now or placed != [now[0].outcome]):
        yield "the outcome beside the pack is not the ledger's"
    if now and now[0].state == "DONE" and not placed and not done.after.forged:
        yield "a decision is called done, and its outcome is not beside the pack"
    if done.move == "commit" and not done.raised and not (now and now[0].state == "DONE"):
        yield "a commit came back, and nothing is decided"


def nothing_forged_acts(disk: Disk, before: State, done: Done) -> Iterator[str]:
    """A decision that somebody wrote into the database is borne by nothing, and nothing follows from it."""
    del disk
    acts = done.move.startswith(("resume", "commit")) or "signs" in done.move
    if before.forged and acts and (not done.raised or OUTCOME in dict(done.after.later)):
        yield "a forged decision was taken for one"


def nothing_vanishes(disk: Disk, before: State, done: Done) -> Iterator[str]:
    """The ledger grows; what was asked of the operator stays where the inbox looks."""
    del disk
    was, now = before.ledger, done.after.ledger
    if now.requests[: len(was.requests)] != was.requests or now.signoffs[: len(was.signoffs)] != was.signoffs:
        yield "a request or a sign-off vanished from the ledger"
    (row,) = now.runs
    awaited = now.requests and not now.spent and not now.abandonments
    index_edited = before.ledger.runs[0].state == "COMMITTED" or done.move.startswith("the index says")
    if awaited and row.state != "AWAITING_OPERATOR" and not index_edited:
        yield "a run that waits for its operator is not in the inbox"
    if done.move.startswith("resume") and not done.raised and awaited and row.state != "AWAITING_OPERATOR":
        yield "resume left a waiting run out of the inbox"


def ended_is_ended(disk: Disk, before: State, done: Done) -> Iterator[str]:
    """An abandoned run is never decided, a decided one never abandoned."""
    del disk, before
    if done.after.ledger.spent and done.after.ledger.abandonments:
        yield "a run is both abandoned and decided"


JUDGES: Final = (decided_rightly, decided_once, nothing_forged_acts, nothing_vanishes, ended_is_ended)


@cache
def _predicate(outcome: bytes) -> Mapping[str, JSON]:
    return cast("Mapping[str, JSON]", canonical.loads_object(dsse.parse(outcome).payload)["predicate"])


def _named(spent: Spent) -> list[str]:
    return [str(digest) for digest in cast("list[JSON]", _predicate(spent.outcome)["signoffs"])]


def _counting(disk: Disk, state: State) -> Iterator[tuple[str, Truth]]:
    """The sign-offs that count: sound, by somebody trusted, in time, about exactly what lies there now."""
    disk.now = state
    if not state.ledger.requests:
        return
    request, trust = state.ledger.requests[-1], disk.policies[state.policy]
    about = (disk.pack_digest(), disk.review_digest(), request.request_id, trust.policy_digest)
    hour, ends = HOURS[state.hour], (parse_time(request.expires) - NOW).total_seconds() / 3600
    trusted = {signer.principal for signer in trust.signers}
    for row in state.ledger.signoffs:
        truth = people.TRUE[row.digest, row.signature]
        if truth.sound and truth.who in trusted and truth.about == about and hour <= min(truth.until, ends):
            yield row.digest, truth

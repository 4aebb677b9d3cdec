"""The parts of the proof: which moves are explored from where. Together they are the product of loop.md."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import GonogoError
from gonogo_graph.table import FIELDS
from proof.explore import Broken, Explored, explore
from proof.invariants import JUDGES
from proof.loop import Loop, graph
from proof.moves import Hands
from proof.people import trusts
from proof.ports import in_place
from proof.state import Crash, State
from proof.world import Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gonogo_policies.trust import Trust
    from proof.moves import Move

FORMAL: Final = trusts("formal")
STRICT: Final = trusts("strict")
BOTH: Final = trusts("formal", quorum=2)
POLICIES: Final = {"formal, one signer": FORMAL, "strict, one signer": STRICT, "formal, two signers": BOTH}
WORDS: Final = ("PASS", "INCONCLUSIVE", "FAIL")


def to_the_hold_point(hands: Hands, state: State) -> Iterator[Move]:
    """The duties, until the operator is asked."""
    if not state.ledger.requests:
        yield from hands.course(state)
        yield from hands.disturbances(state)


def every_signoff(hands: Hands, state: State) -> Iterator[Move]:
    """Sign-offs written into the ledger, right and wrong in every way; then resume and commit."""
    if not state.ledger.spent:
        yield from hands.injections(state)
    yield from (move for move in hands.course(state) if " signs " not in move.name)


def from_the_hold_point(hands: Hands, state: State) -> Iterator[Move]:
    """Signing, committing and resuming, and all that disturbs them."""
    yield from hands.course(state)
    yield from hands.disturbances(state)


def duties() -> Explored:
    """Every verdict of every duty, every death in between."""
    return explore(FORMAL, to_the_hold_point, JUDGES, most=0)


def disturbed_duties(*, most: int = 1) -> Explored:
    """The same with strayed, lost and edited checkpoints and another graph version; duties 8 and 9 pass here."""
    return explore(FORMAL, to_the_hold_point, JUDGES, most=most, free=FIELDS[:7])


def evidence(found: Explored) -> tuple[State, ...]:
    """One run at the hold point for each evidence that a decision can be about."""
    disk, chosen = Disk(FORMAL), dict[object, State]()
    for state in found.came:
        if state.ledger.requests and state.thread is not None and state.thread.waiting:
            disk.take_up(state)
            sealed = disk.sealed_as_named(disk.context)
            chosen.setdefault((sealed.verdict, sealed.inconclusive), replace(state, disturbed=0))
    return tuple(chosen.values())


def by_verdict(states: Iterable[State]) -> tuple[State, ...]:
    """The first of these runs for each verdict."""
    disk, chosen = Disk(FORMAL), dict[str, State]()
    for state in states:
        disk.take_up(state)
        chosen.setdefault(disk.sealed_as_named(disk.context).verdict, state)
    return tuple(chosen[word] for word in WORDS)


def signoffs(policies: tuple[Trust, Trust], start: Sequence[State], *, most: int = 1) -> Explored:
    """So many sign-offs in the ledger that nobody judged on their way in."""
    return explore(policies, every_signoff, JUDGES, start=start, most=most, free=())


def decisions(
    policies: tuple[Trust, Trust], start: Sequence[State], *, most: int = 1, signers: tuple[str, ...] = ("ada", "bob")
) -> Explored:
    """What becomes of a run that waits."""
    return explore(policies, from_the_hold_point, JUDGES, start=start, most=most, free=(), signers=signers)


@dataclass(frozen=True, slots=True)
class Waits:
    """Runs that nobody has decided, and those among them for which NO-GO could not be had."""

    states: int
    broken: tuple[Broken, ...]


def no_go_is_possible(policies: tuple[Trust, Trust], found: Explored) -> Waits:
    """From every state with a request and no decision, somebody can sign NO-GO and have it committed.

    Runs that were abandoned, or whose pack or review somebody changed, are not meant: those end by ``abandon``.
    """
    graph()
    disk, broken, count = Disk(policies), list[Broken](), 0
    with in_place(disk, lambda play, commit: Loop(disk, play, commit)):
        hands = Hands(disk, most=0, free=frozenset(), signers=("ada", "bob"))
        for state in found.came:
            ledger = state.ledger
            if ledger.requests and not ledger.spent and not ledger.abandonments and not state.altered:
                count += 1
                if not any(_says_no(hands, state, who) for who in ("bob", "ada")):
                    broken.append(Broken("nobody can have NO-GO any more", found.path(state)))
    return Waits(count, tuple(broken))


def _says_no(hands: Hands, state: State, who: str) -> bool:
    """By ``resume``, ``sign`` and ``resume``; or, where half an edit lies there, by ``sign --edit`` before them."""
    return any(_has_no(hands, state, who, first) for first in (hands.advance, hands.edit))


def _has_no(hands: Hands, state: State, who: str, first: Callable[[], None]) -> bool:
    hands.disk.take_up(state)
    for act in (first, lambda: hands.sign(who, "NO-GO"), hands.advance):
        with suppress(GonogoError, Crash):
            act()
    after = hands.disk.stored().ledger
    decided = bool(after.spent) and after.spent[0].state == "DONE"
    return decided and (after.spent[0].decision == "NO-GO" or _was_answered(state))


def _was_answered(state: State) -> bool:
    """Whether somebody had decided already: then a later NO-GO comes too late, and is told so."""
    request = state.ledger.requests[-1].request_id
    return any(row.request_id == request and row.decision != "NO-GO" for row in state.ledger.signoffs)


def resumed(policies: tuple[Trust, Trust], states: Iterable[State], *, hour: int) -> Iterator[tuple[State, State]]:
    """What ``gonogo resume`` makes of these states at that stand of the clock."""
    graph()
    disk = Disk(policies)
    with in_place(disk, lambda play, commit: Loop(disk, play, commit)):
        hands = Hands(disk, most=0, free=frozenset(), signers=())
        for state in states:
            disk.take_up(replace(state, hour=hour))
            hands.advance()
            yield state, disk.stored()

"""What can happen to a run: the loop's own course, what people do, what attackers with the disk and the database do."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

import orjson

from gonogo_agents.duty import ROLES
from gonogo_agents.workers import NoIsolation
from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.statement import SIGNOFF_NAMESPACE
from gonogo_evidence.verdict import Verdict
from gonogo_graph.advance import advance
from gonogo_graph.commit import commit
from gonogo_graph.context import Quiet
from gonogo_graph.engine import attest_outcome
from gonogo_graph.hold import prepare
from gonogo_graph.play import Player, stored_results
from gonogo_graph.signing import Said, ask, edit_notes, statement_for, submit
from gonogo_graph.store import Spent
from gonogo_graph.table import FIELDS, SIGN_OFF, where
from proof import people
from proof.duties import Script
from proof.state import HOURS, RUN, Crash, Saved, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gonogo_agents.duty import Ask, Role
    from gonogo_evidence.ids import JSON
    from gonogo_evidence.statement import Decision, Presence
    from gonogo_graph.table import Duty
    from proof.world import Disk

VERDICTS: Final = get_args(Verdict)
DECISIONS: Final[tuple[Decision, ...]] = ("GO", "GO-WITH-CONDITIONS", "NO-GO")
REQUESTS: Final = 2
"""A run is followed up to so many requests: each renewal is like the one before."""


class Move(NamedTuple):
    """One thing that somebody does."""

    name: str
    act: Callable[[], object]


class Done(NamedTuple):
    """What came of a move."""

    move: str
    after: State
    raised: str
    """The error's code; empty where it returned, ``killed`` where the process died."""


class Quietly:
    """A log that nobody reads."""

    def info(self, event: str, **values: object) -> None:
        """Say nothing."""

    warning = info


class NoDoors:
    """The duties here ask for nothing, and hand in what they like."""

    def __call__(self, duty: Duty, results: Mapping[str, JSON]) -> Ask:
        """Nothing answers."""
        del duty, results
        return lambda *_, **__: None

    def hear(self, duty: Duty, results: Mapping[str, JSON]) -> JSON:
        """Nobody speaks."""
        del duty, results
        return None

    def hand_in(self, duty: Duty) -> None:
        """Anything is taken."""

    def reads(self, role: Role) -> frozenset[str]:
        """Everything."""
        del role
        return frozenset(("inputs", *FIELDS))


class Hands:
    """All moves on one disk; at most ``most`` disturbances on a path; the ``free`` duties come to every verdict."""

    def __init__(self, disk: Disk, *, most: int, free: frozenset[str], signers: tuple[str, ...]) -> None:
        self.disk, self.most, self.free, self.signers = disk, most, free, signers
        self.script = Script(disk)

    def play(self, state: State, move: Move) -> Iterator[Done]:
        """What is stored when the move is through, and when the process dies before any of its effects."""
        self.disk.take_up(state)
        raised = ""
        try:
            move.act()
        except Crash:
            raised = "killed"
        except GonogoError as error:
            raised = error.code
        yield Done(move.name, self.disk.stored(), raised)
        for name, before in self.disk.effects[1:]:
            yield Done(f"{move.name}, killed before: {name}", before, "killed")

    # --- the loop's own course ---

    def advance(self, verdict: Verdict = "PASS") -> None:
        """``gonogo resume``, with what the next duty comes to; killed when the one after it begins."""
        self.script.verdict = verdict
        context = self.disk.context
        player = Player(
            context,
            crew=NoIsolation(self.script.bodies()),
            doors=NoDoors(),
            after={"recommendation": lambda results: prepare(context, results)},
            log=Quietly(),
            progress=Quiet(),
        )
        advance(context, player, migrate=True)

    def sign(self, who: str, decision: Decision, *, unnamed: bool = False) -> None:
        """``gonogo sign``: asked, drafted, signed, handed in; committed by another move."""
        context = self.disk.context
        asked = ask(context, "en")
        named = () if unnamed else asked.sealed.inconclusive
        conditions = people.conditions(named) if decision == "GO-WITH-CONDITIONS" else ()
        presence: Presence = "unproven" if decision == "NO-GO" else "typed"
        data = statement_for(context, asked, Said(decision, "looked", conditions, who, presence))
        about = (asked.sealed.pack_digest, asked.sealed.review_digest, asked.request.request_id)
        until = HOURS[self.disk.now.hour] + asked.trust.signoff.decision_valid_hours
        truth = people.Truth(who, decision, frozenset(named), (*about, asked.trust.policy_digest), until, sound=True)
        signature = people.key_signature(who, data, SIGNOFF_NAMESPACE)
        people.TRUE[canonical.digest_of(data), signature] = truth
        submit(context, asked, data, signature)

    def edit(self) -> None:
        """``gonogo sign --edit``."""
        edit_notes(self.disk.context, stored_results(self.disk.context), b"my own words")

    def abandon(self) -> None:
        """``gonogo abandon``."""
        if self.disk.store.abandon(RUN, "ada", "enough", self.disk.context.stamp()):
            self.disk.store.update_run(RUN, state="ABANDONED", updated=self.disk.context.stamp())

    def course(self, state: State) -> Iterator[Move]:
        """What the loop and its operators do."""
        if len(state.ledger.requests) > REQUESTS:
            return
        self.script.asked = ""
        for verdict in VERDICTS:
            yield Move(f"resume ({verdict})", partial(self.advance, verdict))
            if self.script.asked not in self.free:  # none was due, or one that always passes here
                break
        yield Move("commit", partial(commit, self.disk.context))
        if state.ledger.requests and not state.ledger.spent:
            for who in self.signers:
                for decision in DECISIONS:
                    yield Move(f"{who} signs {decision}", partial(self.sign, who, decision))

    # --- what is not in its course ---

    def disturbances(self, state: State) -> Iterator[Move]:
        """What the world, mistakes and attackers do; each counts."""
        if state.disturbed >= self.most or len(state.ledger.requests) > REQUESTS:
            return
        yield from (Move(name, partial(self._set, changes)) for name, changes in self._plain(state))
        ledger = state.ledger
        if state.thread is not None or state.results:
            yield Move("another graph version", partial(self._index, graph_version="older"))
        if ledger.requests and not ledger.spent and not ledger.abandonments:
            yield Move("the index says COMMITTED GO", partial(self._index, state="COMMITTED", decision="GO"))
            yield Move("a decision is written into the database", self._forge)
            yield Move("the run is abandoned", partial(self._also, self.abandon))
            if not state.altered:
                yield Move("the notes are edited", partial(self._also, self.edit))

    def _plain(self, state: State) -> Iterator[tuple[str, dict[str, Any]]]:
        if state.hour + 1 < len(HOURS) and state.ledger.requests:
            yield "time passes", {"hour": state.hour + 1}
        if not state.policy and state.ledger.requests:
            yield "the policy changes, ada leaves", {"policy": 1}
        if state.thread is not None:
            yield "the checkpoints are lost", {"thread": None}
            yield from _strayed(state.thread)
        if state.review and not state.altered:
            yield "the pack is changed", {"altered": "pack"}
            yield "the review is changed", {"altered": "review"}

    def injections(self, state: State) -> Iterator[Move]:
        """Every wrong sign-off, and right ones, written straight into the ledger."""
        if state.disturbed >= self.most or not state.ledger.requests or not state.review:
            return
        self.disk.take_up(state)
        for words, row in list(people.every(self.disk, ("ada", "bob", "mallory"))):
            yield Move(f"into the ledger: {words}", partial(self._also, partial(self.disk.store.add_signoff, row)))

    def _set(self, changes: dict[str, Any]) -> None:
        self.disk.now = replace(self.disk.now, disturbed=self.disk.now.disturbed + 1, **changes)

    def _also(self, act: Callable[[], object]) -> None:
        self._set({})
        act()

    def _index(self, **columns: str) -> None:
        self._set({})
        self.disk.store.update_run(RUN, **columns)

    def _forge(self) -> None:
        sealed = self.disk.sealed_as_named(self.disk.context)
        about = {"run_id": RUN, "decision": "GO", "signoffs": [people.ZERO], "request_id": "1" * 16}
        outcome = attest_outcome(
            self.disk.context.places, pack_id=sealed.pack_id, pack_digest=sealed.pack_digest, outcome=about
        )
        self._set({"forged": True})
        self.disk.store.spend(Spent(RUN, "GO", "INTENT", outcome, "2026-01-09T12:00:00Z"))


def _strayed(saved: Saved) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a stray goto leaves, and an edited checkpoint."""
    values = orjson.loads(saved.values)
    due = where(values["verdicts"])
    wrong = next(role for role in ROLES if role != due)
    for place in (wrong, SIGN_OFF, "commit"):
        if (place, False) != (saved.place, saved.waiting):
            yield f"a goto to {place}", {"thread": replace(saved, place=place, waiting=False)}
    decided = orjson.dumps({**values, "decision": "GO"}, option=orjson.OPT_SORT_KEYS)
    yield "the checkpoint says GO", {"thread": replace(saved, values=decided, place="commit", waiting=False)}

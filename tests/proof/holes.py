"""Holes: each takes one guard of the product away; the exploration must find what follows, and say how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gonogo_evidence.verdict import Verdict
from gonogo_graph import table
from gonogo_graph.store import Spent
from gonogo_policies import quorum, release, signoff
from gonogo_policies.results import as_list, as_object
from proof.ledger import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_evidence.ids import RunId


@dataclass(frozen=True)
class Hole:
    """A guard that is taken away."""

    what: str
    patch: Mapping[str, Any]
    part: str
    """Which exploration meets it: ``duties``, ``sign-offs`` or ``decisions``, and under which policy."""
    finds: str
    """Part of what is said to be broken."""
    most: int = 1


def _no_guard(*_: object, **__: object) -> None:
    return None


def _core_alone(core: Mapping[str, Any], recommendation: object) -> release.Shown:
    """What the product did before the proof was written: the recommendation counted for nothing."""
    del recommendation
    names = tuple(str(as_object(item)["id"]) for item in as_list(core["inconclusive"]))
    return release.Shown(core["verdict"], names)


def _any_presence(said: Any, *_: object) -> object:  # noqa: ANN401 - a statement
    return said.presence


def _without_veto(judged: Any, *, trust: Any) -> object:  # noqa: ANN401 - what decide takes
    return quorum.decide([one for one in judged if one.statement.decision != "NO-GO"] or judged, trust=trust)


def _spend_again(store: MemoryStore, spent: Spent) -> Spent:
    """A ledger without its unique constraint: the last one wins."""
    store._write("intent", spent=(spent,))
    return spent


def _finish_without_looking(context: Any, spent: Spent) -> None:  # noqa: ANN401 - a run's context
    context.store.finish(context.run_id, spent.at)


def _forgetful_request(store: MemoryStore, run_id: RunId) -> object:
    """The first request counts, whatever replaced it."""
    return next((one for one in store.ledger.requests if one.run_id == run_id), None)


def _never_asking(store: MemoryStore, request: Any, **index: Any) -> None:  # noqa: ANN401 - as the port has it
    """A request that is added without the run index."""
    del index
    store._write("request", requests=(*store.ledger.requests, request))


def _seal_may_be_skipped(verdicts: Mapping[str, Verdict]) -> table.Duty | None:
    """A table in which a failure also skips the seal's own verdict: duty 7 counts as done."""
    failed = any(verdict != "PASS" for verdict in verdicts.values())
    return next((d for d in table.DUTIES if d.writes not in verdicts and (d.number > 6 or not failed)), None)


def _all_for_one(policy: Any) -> tuple[object, ...]:  # noqa: ANN401 - a separation policy
    """Pairs that decide: none."""
    del policy
    return ()


HOLES: Final = (
    Hole(
        "the recommendation counts for nothing",
        {"gonogo_policies.release.shown_by": _core_alone},
        "sign-offs",
        "although a duty failed",
    ),
    Hole("evidence is not compared", {"gonogo_policies.signoff._same_evidence": _no_guard}, "sign-offs", "not count"),
    Hole("time is not looked at", {"gonogo_policies.signoff._in_time": _no_guard}, "sign-offs", "not count"),
    Hole("presence is not weighed", {"gonogo_policies.signoff._presence": _any_presence}, "sign-offs", "not count"),
    Hole("verdicts are not held against", {"gonogo_policies.signoff.releasable": _no_guard}, "sign-offs", "although"),
    Hole(
        "conditions may name nothing",
        {"gonogo_policies.signoff._conditions": _no_guard},
        "sign-offs",
        "no condition names",
    ),
    Hole("a signature is not checked", {"gonogo_evidence.sshsig.check": _no_guard}, "sign-offs", "not count"),
    Hole(
        "nobody must differ",
        {"gonogo_policies.signoff._another_actor": _no_guard},
        "sign-offs, strict",
        "took part in the run",
    ),
    Hole("a NO-GO is no veto", {"gonogo_graph.proof.decide": _without_veto}, "decisions", "over a veto"),
    Hole("one is enough", {"gonogo_policies.quorum._actors": lambda _: 2}, "decisions, two", "fewer people"),
    Hole("a row is believed", {"gonogo_graph.commit.check_stands": _no_guard}, "decisions", "forged"),
    Hole(
        "a decision is made again",
        {"proof.ledger.MemoryStore.spend": _spend_again, "proof.ledger.MemoryStore.spent": _no_guard},
        "decisions",
        "decision",
    ),
    Hole(
        "a crash is taken for the act",
        {"gonogo_graph.commit._act": _finish_without_looking},
        "decisions",
        "its outcome is not beside the pack",
    ),
    Hole(
        "the inbox is not told",
        {"proof.ledger.MemoryStore.add_request": _never_asking},
        "duties",
        "not in the inbox",
    ),
)
_unused: Callable[..., object] = replace

"""Holes: each takes one guard of the product away; the exploration must find what follows, and say how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gonogo_policies import quorum, release
from gonogo_policies.results import as_list, as_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_graph.context import RunContext
    from gonogo_graph.store import Request, Spent
    from proof.ledger import MemoryStore


@dataclass(frozen=True)
class Hole:
    """A guard that is taken away."""

    what: str
    place: str
    """The name in the product, or in the ledger, behind which the guard stood."""
    instead: Any
    part: str
    """Which exploration meets it: ``duties``, ``sign-offs`` or ``decisions``."""
    finds: str
    """Part of what is said to be broken."""
    steps: int
    """How long the shortest way there is."""
    policy: str = "formal, one signer"


def _no_guard(*_: object, **__: object) -> None:
    return None


def _core_alone(core: Mapping[str, Any], recommendation: object) -> release.Shown:
    """What the product did before this proof was written: what duties 7 to 9 came to counted for nothing."""
    del recommendation
    names = tuple(str(as_object(item)["id"]) for item in as_list(core["inconclusive"]))
    return release.Shown(core["verdict"], names)


def _any_presence(said: Any, *_: object) -> object:  # noqa: ANN401 - a statement
    return said.presence


def _without_veto(judged: Any, *, trust: Any) -> object:  # noqa: ANN401 - as decide takes them
    return quorum.decide([one for one in judged if one.statement.decision != "NO-GO"] or judged, trust=trust)


def _spend_again(store: MemoryStore, spent: Spent) -> Spent:
    """A ledger without its unique constraint: the last one wins."""
    store._write("intent", spent=(spent,))
    return spent


def _finish_unseen(context: RunContext, spent: Spent) -> None:
    """An INTENT is called done without a look at what lies there."""
    context.store.finish(context.run_id, spent.at)


def _unlisted(store: MemoryStore, request: Request, **index: object) -> None:
    """A request that the run index never hears of."""
    del index
    store._write("request", requests=(*store.ledger.requests, request))


def _over_an_ended_run(store: MemoryStore, spent: Spent) -> Spent:
    if not store.ledger.spent:
        store._write("intent", spent=(spent,))
    return store.ledger.spent[0]


SIGNOFF: Final = "gonogo_policies.signoff"
LEDGER: Final = "proof.ledger.MemoryStore"
HOLES: Final = (
    Hole(
        "duties 7 to 9 count for nothing",
        "gonogo_policies.release.shown_by",
        _core_alone,
        "sign-offs",
        "duty failed",
        2,
    ),
    Hole("evidence is not compared", f"{SIGNOFF}._same_evidence", _no_guard, "sign-offs", "does not count", 2),
    Hole("time is not looked at", f"{SIGNOFF}._in_time", _no_guard, "sign-offs", "does not count", 2),
    Hole("presence is not weighed", f"{SIGNOFF}._presence", _any_presence, "sign-offs", "does not count", 2),
    Hole("no verdict stands against a GO", f"{SIGNOFF}.releasable", _no_guard, "sign-offs", "although", 2),
    Hole("conditions may name nothing", f"{SIGNOFF}._conditions", _no_guard, "sign-offs", "no condition names", 2),
    Hole("a signature is not checked", "gonogo_evidence.sshsig.check", _no_guard, "sign-offs", "does not count", 2),
    Hole("nobody must differ", f"{SIGNOFF}.check_duties", _no_guard, "sign-offs", "took part", 2, "strict, one signer"),
    Hole("a NO-GO is no veto", "gonogo_graph.proof.decide", _without_veto, "decisions", "over a veto", 3),
    Hole(
        "one is enough",
        "gonogo_policies.quorum._persons",
        lambda judged, _: [frozenset({str(number)}) for number in range(2)] if judged else [],
        "decisions",
        "fewer people",
        2,
        "formal, two signers",
    ),
    Hole("a decided row is believed", "gonogo_graph.commit.check_stands", _no_guard, "decisions", "forged", 2),
    Hole("a decision is not unique", f"{LEDGER}.spent", _no_guard, "decisions", "a decision vanished", 3),
    Hole(
        "a crash is taken for the act",
        "gonogo_graph.commit._act",
        _finish_unseen,
        "decisions",
        "not beside the pack",
        2,
    ),
    Hole("an ended run can be decided", f"{LEDGER}.spend", _over_an_ended_run, "decisions", "abandoned and decided", 3),
    Hole("the inbox is not told", f"{LEDGER}.add_request", _unlisted, "duties", "not in the inbox", 4),
)

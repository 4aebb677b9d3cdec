"""Duties that are played by an enemy, for real workers: they try to get out, and they talk nonsense to the engine."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, cast

from gonogo_agents.duties.bodies import BODIES as REAL
from gonogo_agents.duty import Result
from gonogo_evidence.errors import GonogoError, Inconclusive, Refused
from gonogo_evidence.text import msg
from support.escapes import Bait, tried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.duty import Ask, DutyBody, View
    from gonogo_evidence.ids import JSON

BAIT = "dataset_snapshot_id"
"""The input that carries the bait: one that the operator chooses freely."""


def get_out(view: View, ask: Ask) -> Result:
    """Try everything, and say that all went well."""
    found = tried(bait_of(view))
    for name, verb, arguments in ASKED:
        found[name] = _asked(ask, verb, arguments)
    return Result("PASS", {}, {"attempts": cast("JSON", found)})


def get_out_silently(view: View, ask: Ask) -> Result:
    """The same without asking anybody."""
    del ask
    return Result("PASS", {"attempts": cast("JSON", tried(bait_of(view)))})


ASKED: tuple[tuple[str, str, Mapping[str, JSON]], ...] = (
    ("ask for a path outside the repository", "repo.read", {"path": "../../etc/passwd"}),
    ("ask for what another role may", "evidence.seal", {"fields": {}, "files": {}}),
)


def bait_of(view: View) -> Bait:
    """The bait, from the inputs."""
    words = str(cast("Mapping[str, JSON]", view["inputs"])[BAIT]).split("|")
    numbers = {name: int(word) for name, word in zip(("engine", "tcp", "udp"), words[:3], strict=True)}
    names = ("home", "repository", "ledger", "results", "engine_key", "unix", "abstract")
    return Bait(**numbers, **dict(zip(names, words[3:], strict=True)))  # type: ignore[arg-type]


def baited(bait: Bait) -> str:
    """The bait as the input's words."""
    numbers = (bait.engine, bait.tcp, bait.udp)
    places = (bait.home, bait.repository, bait.ledger, bait.results, bait.engine_key, bait.unix, bait.abstract)
    return "|".join(map(str, (*numbers, *places)))


def _asked(ask: Ask, verb: str, arguments: Mapping[str, JSON]) -> str:
    try:
        ask(verb, **arguments)
    except GonogoError as error:
        return error.code
    return "WENT THROUGH"


def nobody(verb: str, /, **arguments: JSON) -> JSON:
    """A broker that allows nothing."""
    raise Refused("SCOPE_DENIED", msg("{verb} is not yours.", verb=verb), where=str(arguments))


def say(*frames: bytes) -> None:
    """Write to every pipe that is open, as no honest worker would."""
    for number in range(64):
        try:
            os.write(number, b"".join(frames))
        except OSError:
            continue


def frame(data: bytes, size: int | None = None) -> bytes:
    """A frame; its length may be a lie."""
    return (len(data) if size is None else size).to_bytes(4, "big") + data


def _talking(*frames: bytes) -> DutyBody:
    def body(view: View, ask: Ask) -> Result:
        del view, ask
        say(*frames)
        return Result("PASS", {})

    return body


def _ending(act: Callable[[], Any]) -> DutyBody:
    def body(view: View, ask: Ask) -> Result:
        del view, ask
        act()
        return Result("PASS", {})

    return body


def _stop_the_run() -> None:
    raise Inconclusive("DISK_FULL", msg("There is no room."))


def _wait() -> None:
    while True:
        time.monotonic()


def _crash() -> None:
    raise KeyError("inventory")


def _import() -> None:
    import wave  # noqa: F401 - that is what is tried


def nothing(view: View, ask: Ask) -> Result:
    """An honest duty that does next to nothing."""
    del view, ask
    return Result("PASS", {"done": True}, {"pid": os.getpid()})


def wants(view: View, ask: Ask) -> Result:
    """An honest duty that asks and shows what it saw."""
    return Result("PASS", {"view": sorted(view), "answer": ask("anything", number=1, words=["ä", "b"])})


def large(view: View, ask: Ask) -> Result:
    """A result that is just too large."""
    del view, ask
    return Result("PASS", {"words": "x" * (8 * 1024 * 1024)})


DEEP = b'{"ask":"x","arguments":{"a":' + b"[" * 200 + b"]" * 200 + b"}}"
RECORD = (
    b'{"field":"other","observed":{},"role":"FACTS_COLLECTOR","schema":"gonogo/result/v1","value":{},"verdict":"PASS"}'
)
TALK: dict[str, DutyBody] = {
    "malformed": _talking(frame(b"{no json")),
    "not an object": _talking(frame(b"[1]")),
    "unknown message": _talking(frame(b'{"please":"trust me"}')),
    "too deep": _talking(frame(DEEP)),
    "oversized": _talking(frame(b"x", 1 << 31)),
    "foreign field": _talking(frame(b'{"result":"other"}'), frame(RECORD), frame(b"{}")),
    "forged envelope": _talking(
        frame(b'{"result":"FIELD"}'), frame(RECORD.replace(b"other", b"FIELD")), frame(b'{"payload":""}')
    ),
    "stop the run": _ending(_stop_the_run),
    "silence": _ending(_wait),
    "death": _ending(lambda: os._exit(3)),
    "crash": _ending(_crash),
    "late import": _ending(_import),
    "large": large,
    "get out": get_out_silently,
    "nothing": nothing,
    "inventory": lambda view, ask: Result("PASS", {"facts": [], "seen": sorted(view), "ask": str(ask)}),
    "wants": wants,
}
"""One for each kind of talk; the field has its name."""

BODIES: dict[str, DutyBody] = {
    **REAL,
    "inventory": get_out,
    "scope_plan": TALK["foreign field"],
    "risk_review": TALK["oversized"],
    "recommendation": TALK["malformed"],
}
"""A run with enemies in four places: each of them ends a duty, none of them the run."""

TALKING = {
    "scope_plan": ("FAIL", "WORKER_FOREIGN_RESULT"),
    "risk_review": ("INCONCLUSIVE", "WORKER_FRAME"),
    "recommendation": ("INCONCLUSIVE", "WORKER_GARBAGE"),
}
"""What becomes of the duties that talk nonsense."""

"""Playing a duty: the role's view in, the body, one result out, stored under the name of the role's own field."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, cast

import orjson

from gonogo_agents.duty import CONTRIBUTIONS, Result
from gonogo_agents.workers import DutyCrashed, Task
from gonogo_evidence import canonical
from gonogo_evidence.attest import duties
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import FULL
from gonogo_evidence.text import msg
from gonogo_graph.context import Progress, RunContext, load_result, store_result
from gonogo_graph.seats import remember
from gonogo_graph.store import refusal_of
from gonogo_graph.table import DUTIES, Duty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.duty import Ask, Role
    from gonogo_agents.workers import Crew, Seat
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.state import Ref, Run

SEALING = "pack"
"""The duty that must end with a result: without a pack nothing can be signed, so its faults stop the leg."""
FOREIGN = frozenset({"WORKER_FOREIGN_RESULT", "WORKER_OTHER_RESULT"})
"""Integrity errors of a worker."""


class Log(Protocol):
    """The run's log."""

    def info(self, event: str, **values: object) -> object:
        """Write one line."""

    def warning(self, event: str, **values: object) -> object:
        """Write one line that somebody should read."""


class Doors(Protocol):
    """What a leg's duties reach the world by, and what takes their results."""

    def __call__(self, duty: Duty, results: Mapping[str, JSON], /) -> Ask:
        """The duty's own door; the evidence verbs behind it see the results so far."""
        ...

    def hear(self, duty: Duty, results: Mapping[str, JSON], /) -> JSON:
        """What others than the duty's code said so far; waits until they had their say. None: nobody has any."""
        ...

    def hand_in(self, duty: Duty, /) -> None:
        """Take the duty's result. Raises where its role may not write the field."""
        ...

    def reads(self, role: Role, /) -> frozenset[str]:
        """The state fields that a role may see."""
        ...


class Player:
    """Plays duties for one run: ``doors`` to the world, and a ``crew`` of those who do them."""

    def __init__(
        self,
        context: RunContext,
        *,
        crew: Crew,
        doors: Doors,
        after: Mapping[str, Callable[[Mapping[str, JSON]], None]],
        log: Log,
        progress: Progress,
    ) -> None:
        self._context = context
        self._crew = crew
        self._doors = doors
        self._after = after
        self.log = log
        self._progress = progress
        self.committed = False
        """Whether it was on this player's leg that the decision was committed."""
        self._known: dict[str, bytes] = {}
        """Results by digest: bytes, so that every view is a copy of its own."""
        self._parsed: dict[bytes, JSONObject] = {}
        """The same, read, for this floor's own use."""
        self._seated: list[Seat] = []
        """Who is written down already."""

    def __call__(self, duty: Duty, state: Run) -> tuple[Verdict, Ref]:
        """Do the duty. A failing body is a verdict with evidence; only a full disk and the like stop the leg."""
        records = records_so_far(self._context, state, known=self._known)
        results = {name: self._result(data) for name, data in records.items()}
        words = self._doors.hear(duty, results)
        self._progress.started(duty.step, duty.role, duty.name)
        began = time.monotonic()
        data, envelope = self._perform(duty, records, results, words)
        ref = store_result(self._context, duty.writes, data, envelope)
        self._known[ref["sha256"]] = data
        done = self._result(data)
        if finish := self._after.get(duty.writes):
            finish({**results, duty.writes: done})
        verdict = cast("Verdict", done["verdict"])
        spent = round((time.monotonic() - began) * 1000)
        self.log.info("duty", number=duty.number, step=duty.step, role=duty.role, verdict=verdict, ms=spent)
        self._progress.finished(duty.step, duty.role, duty.name, verdict, spent)
        return verdict, ref

    def _view(self, duty: Duty, records: Mapping[str, bytes], words: JSON) -> dict[str, bytes]:
        allowed = self._doors.reads(duty.role)
        everything = {"inputs": self._context.frozen, **records}
        view = {name: data for name, data in everything.items() if name in allowed}
        return view if words is None else {**view, CONTRIBUTIONS: canonical.dumps(words)}

    def _result(self, data: bytes) -> JSONObject:
        if data not in self._parsed:
            self._parsed[data] = _read(data)
        return self._parsed[data]

    def _seat(self, role: Role) -> None:
        """Somebody for the role, written down once for each worker, before the first bytes of a view."""
        seat = self._crew.seat(role)
        if seat not in self._seated:
            remember(self._context, seat)
            self._seated.append(seat)

    def _perform(
        self, duty: Duty, records: Mapping[str, bytes], results: Mapping[str, JSON], words: JSON
    ) -> tuple[bytes, bytes | None]:
        task = Task(self._context.run_id, duty.number, duty.role, duty.writes)
        try:
            self._seat(duty.role)
            played = self._crew.play(task, self._view(duty, records, words), self._doors(duty, results))
            self._doors.hand_in(duty)
        except GonogoError as error:
            if error.code in FOREIGN:
                self._context.store.add_refusal(refusal_of(self._context.run_id, self._context.stamp(), error))
            if duty.writes == SEALING or error.code in {"DISK_FULL", "CANNOT_WRITE"}:
                raise
            said = error.text[:500] if isinstance(error, DutyCrashed) else str(error.what)
            self.log.info("duty failed", number=duty.number, code=error.code, what=said)
            return _record(duty, _could_not(error)), None
        except Exception as error:  # the broker's crash is a verdict with evidence, never an exception in the graph
            if duty.writes == SEALING or (isinstance(error, OSError) and error.errno in FULL):
                raise
            self.log.info("duty crashed", number=duty.number, kind=type(error).__name__, text=str(error)[:500])
            return _record(duty, _could_not(DutyCrashed(type(error).__name__, str(error)))), None
        return played.record, played.envelope


def records_so_far(context: RunContext, state: Run, *, known: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Every duty's record by field; what a failure skipped says so instead of being absent.

    ``known`` holds records by digest that this process wrote itself; all others are read from their files.
    """
    verdicts, records = state["verdicts"], dict[str, bytes]()
    for duty in DUTIES:
        if duty.writes not in verdicts:
            continue
        ref = cast("Ref | None", state.get(duty.writes))
        if ref is None:
            records[duty.writes] = _record(duty, _skipped(verdicts))
        else:
            data = (known or {}).get(ref["sha256"])
            records[duty.writes] = load_result(context, ref) if data is None else data
    return records


def results_so_far(context: RunContext, state: Run) -> dict[str, JSON]:
    """The same, read."""
    return {name: _read(data) for name, data in records_so_far(context, state).items()}


def _record(duty: Duty, result: Result) -> bytes:
    public: JSONObject = {"verdict": result.verdict, "value": result.value, "observed": result.observed}
    return duties.record(duty.writes, duty.role, public)


def _read(data: bytes) -> JSONObject:
    stored = orjson.loads(data)
    return {name: stored[name] for name in ("verdict", "value", "observed")}


def _could_not(error: GonogoError) -> Result:
    """What stands for a duty that was not done. A worker that hands back what is not its own fails the run."""
    verdict: Verdict = "FAIL" if error.code in FOREIGN else "INCONCLUSIVE"
    return Result(verdict, {"skipped": True, "reason": cast("JSON", error.what.json()), "code": error.code})


def _skipped(verdicts: Mapping[str, Verdict]) -> Result:
    first = next(duty for duty in DUTIES if verdicts.get(duty.writes, "PASS") != "PASS")
    reason = msg(
        "Not done: step {step} ({duty}) was {verdict}.",
        step=first.step,
        duty=first.name,
        verdict=verdicts[first.writes],
    )
    return Result("INCONCLUSIVE", {"skipped": True, "reason": cast("JSON", reason.json())})


def stored_results(context: RunContext) -> dict[str, JSON]:
    """All results of a run that reached the hold point, from its result files."""
    from gonogo_graph.reseed import seed  # noqa: PLC0415 - reseed reads what this module wrote

    return results_so_far(context, seed(context, whole=True))

"""Playing a duty: the role's view in, the body, one result out, stored under the name of the role's own field."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, cast

import orjson

from gonogo_agents.duty import Result, View
from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import FULL
from gonogo_evidence.text import Text, msg
from gonogo_graph.context import Progress, RunContext, load_result, store_result
from gonogo_graph.table import DUTIES, Duty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.duty import Ask, DutyBody, Role
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict
    from gonogo_graph.state import Ref, Run

SEALING = "pack"
"""The duty that must end with a result: without a pack nothing can be signed, so its faults stop the leg."""


class Log(Protocol):
    """The run's log."""

    def info(self, event: str, **values: object) -> object:
        """Write one line."""

    def warning(self, event: str, **values: object) -> object:
        """Write one line that somebody should read."""


class Player:
    """Plays duties for one run. ``ask_for`` gives a duty its door to the world."""

    def __init__(
        self,
        context: RunContext,
        *,
        bodies: Mapping[str, DutyBody],
        ask_for: Callable[[Duty, Mapping[str, JSON]], Ask],
        reads: Callable[[Role], frozenset[str]],
        after: Mapping[str, Callable[[Mapping[str, JSON]], None]],
        log: Log,
        progress: Progress,
    ) -> None:
        self._context = context
        self._bodies = bodies
        self._ask_for = ask_for
        self._reads = reads
        self._after = after
        self.log = log
        self._progress = progress
        self.committed = False
        """Whether it was on this player's leg that the decision was committed."""
        self._known: dict[str, bytes] = {}
        """Results by digest: bytes, so that every view is a copy of its own."""

    def __call__(self, duty: Duty, state: Run) -> tuple[Verdict, Ref]:
        """Do the duty. A failing body is a verdict with evidence; only a full disk and the like stop the leg."""
        self._progress.started(duty.step, duty.role, duty.name)
        began = time.monotonic()
        results = results_so_far(self._context, state, known=self._known)
        result, data = self._perform(duty, results)
        ref = store_result(self._context, duty.writes, data)
        self._known[ref["sha256"]] = data
        if finish := self._after.get(duty.writes):
            finish({**results, duty.writes: _read(data)})
        spent = round((time.monotonic() - began) * 1000)
        self.log.info("duty", number=duty.number, step=duty.step, role=duty.role, verdict=result.verdict, ms=spent)
        self._progress.finished(duty.step, duty.role, duty.name, result.verdict, spent)
        return result.verdict, ref

    def _view(self, duty: Duty, results: Mapping[str, JSON]) -> View:
        allowed = self._reads(duty.role)
        everything: dict[str, JSON] = {"inputs": self._context.inputs, **results}
        return {name: value for name, value in everything.items() if name in allowed}

    def _perform(self, duty: Duty, results: Mapping[str, JSON]) -> tuple[Result, bytes]:
        view, ask = self._view(duty, results), self._ask_for(duty, results)
        try:
            result = self._bodies[duty.writes](view, ask)
            return result, _record(duty, result)
        except GonogoError as error:
            if duty.writes == SEALING or error.code in {"DISK_FULL", "CANNOT_WRITE"}:
                raise
            self.log.info("duty failed", number=duty.number, code=error.code, what=str(error.what))
            failed = _could_not(error.what, error.code)
        except Exception as error:  # a duty's crash is a verdict with evidence, never an exception in the graph
            if duty.writes == SEALING or (isinstance(error, OSError) and error.errno in FULL):
                raise
            kind = type(error).__name__
            self.log.info("duty crashed", number=duty.number, kind=kind, text=str(error)[:500])
            failed = _could_not(msg("The duty ended with an unexpected error ({kind}).", kind=kind), "DUTY_CRASHED")
        return failed, _record(duty, failed)


def results_so_far(context: RunContext, state: Run, *, known: Mapping[str, bytes] | None = None) -> dict[str, JSON]:
    """Every duty's result by field; what a failure skipped says so instead of being absent.

    ``known`` holds results by digest that this process wrote itself; all others are read from their files.
    """
    verdicts, results = state["verdicts"], dict[str, "JSON"]()
    for duty in DUTIES:
        if duty.writes not in verdicts:
            continue
        ref = cast("Ref | None", state.get(duty.writes))
        if ref is None:
            results[duty.writes] = _public(_skipped(verdicts))
        else:
            data = (known or {}).get(ref["sha256"])
            results[duty.writes] = _read(load_result(context, ref) if data is None else data)
    return results


def _record(duty: Duty, result: Result) -> bytes:
    return canonical.dumps({"schema": "gonogo/result/v1", "field": duty.writes, "role": duty.role, **_public(result)})


def _read(data: bytes) -> JSONObject:
    stored = orjson.loads(data)
    return {name: stored[name] for name in ("verdict", "value", "observed")}


def _public(result: Result) -> dict[str, JSON]:
    return {"verdict": result.verdict, "value": result.value, "observed": result.observed}


def _could_not(what: Text, code: str) -> Result:
    return Result("INCONCLUSIVE", {"skipped": True, "reason": cast("JSON", what.json()), "code": code})


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

"""Getting one answer: from the models in their order, within the budget, each attempt on the record."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, cast

from gonogo_agents.models.interface import FALLS_BACK, RETRIED, CallFailed
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.transcripts import Exchange, plain
from gonogo_policies.layer_run.money import Counted, Price, count, dollars, estimate_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gonogo_agents.models.ledger import Ledger
    from gonogo_agents.models.recordings import Recordings
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.transcripts import Source
    from gonogo_policies.layer_run.money import Budget

TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
MINUTE: Final = 60.0
MOST_WAIT: Final = 120.0
UNASKED: Final = frozenset({"no-key", "keyring", "not-installed", "unreachable", "refused", "rate-limited"})
"""After these nothing was generated, and nothing is counted."""
FREE: Final = Counted(0, 0, "none")


class Reach(Protocol):
    """Gets one answer from one model, once. It raises :class:`CallFailed`."""

    def __call__(self, model: JSONObject, request: JSONObject, seconds: float) -> tuple[JSONObject, Source]:
        """Ask, for at most so many seconds. Returns the answer, and who gave it."""
        ...


class Note(Protocol):
    """Takes each attempt to the log of calls."""

    def __call__(self, exchange: Exchange, attempt: JSONObject, model: JSONObject) -> None:
        """Write one line."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What asking for an answer came to."""

    exchange: Exchange
    """The last one: answered, or what stood at the end."""
    model_id: str
    """The registry's model that was asked last."""
    others: tuple[str, ...]
    """Models that were asked before it and gave no answer."""


@dataclass(slots=True)
class Caller:
    """Asks models for one run.

    Args:
        world: the clock.
        models: the run's models by id, as frozen into its inputs.
        retries: ``max_retries_per_model`` and ``retry_delay_seconds``.
        budget: the limits.
        ledger: what was spent.
        reach: calls a model; unused in a replay.
        replay: where answers come from in a replay; None: models are called.
        kept: exchanges that this run recorded before (a crash, another leg): they are not asked for again.
        keep: records an exchange.
        note: logs an attempt.
        sleep: waits seconds.
    """

    world: World
    models: Mapping[str, JSONObject]
    retries: Mapping[str, int]
    budget: Budget
    ledger: Ledger
    reach: Reach
    replay: Recordings | None
    kept: Callable[[JSONObject], Exchange | None]
    keep: Callable[[Exchange], None]
    note: Note
    sleep: Callable[[float], None] = time.sleep
    _asked: dict[str, deque[float]] = field(default_factory=dict[str, "deque[float]"])
    """When a model was asked: so many times as its rate allows in a minute."""
    _asked_to_wait: float = 0.0
    """Seconds that an endpoint asked for."""
    _counted: Counted = FREE
    """What the last attempt counted with."""

    def call(self, candidates: Sequence[str], request_for: Callable[[str], JSONObject]) -> Outcome:
        """Ask the candidates in their order until one answers. There is at least one."""
        asked: list[str] = []
        exchange: Exchange | None = None
        for model_id in candidates:
            exchange = self._one(model_id, request_for(model_id))
            if exchange.failure is None or exchange.failure["kind"] not in FALLS_BACK:
                return Outcome(exchange, model_id, tuple(asked))
            asked.append(model_id)
        return Outcome(cast("Exchange", exchange), asked[-1], tuple(asked[:-1]))

    def _one(self, model_id: str, request: JSONObject) -> Exchange:
        known = self.kept(request)
        if known is not None and known.answer is not None:
            return known
        model = self.models[model_id]
        made = self._replayed(model, request) if self.replay is not None else self._live(model, request)
        self.keep(made)
        return made

    def _replayed(self, model: JSONObject, request: JSONObject) -> Exchange:
        try:
            found = cast("Recordings", self.replay).find(request)
        except Inconclusive as error:
            failure: JSONObject = {"kind": "not-recorded", "status": None, "text": str(error.what)}
            found = Exchange(request, None, failure)
        self._counted = FREE
        attempt = self._attempt(0, 0, found.failure)
        self.note(found, attempt, model)
        return Exchange(request, found.answer, found.failure, found.source, [attempt])

    def _live(self, model: JSONObject, request: JSONObject) -> Exchange:
        attempts: list[JSONObject] = []
        while True:
            began = time.monotonic()
            made = self._try(model, request)
            ms = round((time.monotonic() - began) * 1000)
            attempts.append(self._attempt(len(attempts), ms, made.failure))
            self.note(made, attempts[-1], model)
            again = made.failure is not None and made.failure["kind"] in RETRIED
            if not again or len(attempts) > self.retries["max_retries_per_model"]:
                return Exchange(request, made.answer, made.failure, made.source, attempts)
            self._wait()

    def _try(self, model: JSONObject, request: JSONObject) -> Exchange:
        self._counted = FREE
        try:
            answer, source = self._within_budget(model, request)
        except CallFailed as error:
            failure: dict[str, JSON] = {"kind": error.kind, "status": error.status, "text": plain(error.text)[:500]}
            if error.retry_after is not None:
                self._asked_to_wait = error.retry_after
            return Exchange(request, None, failure)
        return Exchange(request, answer, None, source)

    def _within_budget(self, model: JSONObject, request: JSONObject) -> tuple[JSONObject, Source]:
        texts = [str(one["content"]) for one in cast("Sequence[JSONObject]", request["messages"])]
        most = cast("int", request["max_output_tokens"])
        asked = estimate_tokens(texts)
        if asked + most > cast("int", model["context_window"]):
            raise CallFailed("too-long", f"about {asked} tokens of prompt and {most} of answer do not fit the model")
        price = Price(str(model["cost_per_1k_input"]), str(model["cost_per_1k_output"]))
        reserved = Counted(price.of(asked, most), asked + most, "estimated")
        name = self.ledger.reserve(self.budget, reserved.cost, reserved.tokens)
        self._keep_rate(model)
        began = time.monotonic()
        rest = float(self.budget.run_seconds - self.ledger.spent().run_seconds)
        self._counted = reserved
        try:
            answer, source = self.reach(model, request, rest)
            usage = cast("Mapping[str, int | None]", answer["usage"])
            said = (usage["input_tokens"], usage["output_tokens"])
            made = source != "recording"  # which nobody generated
            self._counted = count(price, reserved, texts, str(answer["content"]), said) if made else FREE
        except CallFailed as error:
            if error.kind in UNASKED:
                self._counted = FREE
            raise
        finally:
            counted, spent_ms = self._counted, round((time.monotonic() - began) * 1000)
            self.ledger.settle(name, counted, spent_ms)
        return answer, source

    def _keep_rate(self, model: JSONObject) -> None:
        """Wait until the model's requests a minute allow another."""
        rate = cast("int", model["rate_limit_rpm"])
        if not rate:
            return
        asked = self._asked.setdefault(str(model["model_id"]), deque(maxlen=rate))
        if len(asked) == rate:
            self.sleep(max(0.0, asked[0] + MINUTE - time.monotonic()))
        asked.append(time.monotonic())

    def _wait(self) -> None:
        self.sleep(min(max(float(self.retries["retry_delay_seconds"]), self._asked_to_wait), MOST_WAIT))
        self._asked_to_wait = 0.0

    def _attempt(self, number: int, ms: int, failure: JSONObject | None) -> JSONObject:
        counted = self._counted
        near = [] if counted is FREE else [one.json() for one in self.budget.near(self.ledger.spent())]
        return {
            "number": number,
            "at": self.world.now().strftime(TIME),
            "latency_ms": ms,
            "failure": None if failure is None else failure["kind"],
            "counted": {"cost_usd": dollars(counted.cost), "tokens": counted.tokens, "basis": counted.basis},
            "near_limits": cast("JSON", near),
        }

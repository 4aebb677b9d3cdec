"""Budgets of model calls: what one may cost, and whether it still fits. Whole micro-dollars, rounded up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import JSONObject

MICRO: Final = 1_000_000
BYTES_A_TOKEN: Final = 3
"""Few tokens of any language are shorter in UTF-8, so an estimate by it is rather too high."""
A_MESSAGE: Final = 16
"""Tokens that stand around a message."""
MOST_BYTES_A_TOKEN: Final = 16
"""No text of any length has longer tokens than this on average: who reports fewer did not count."""
Limit: TypeAlias = Literal["run_cost", "layer_cost", "day_cost", "month_cost", "run_tokens", "run_seconds"]


@dataclass(frozen=True, slots=True)
class Price:
    """What 1,000 tokens cost, in micro-dollars; decimal text as the registry has it."""

    input_1k: str
    output_1k: str

    def of(self, input_tokens: int, output_tokens: int) -> int:
        """Micro-dollars, rounded up."""
        exact = Decimal(self.input_1k) * input_tokens + Decimal(self.output_1k) * output_tokens
        return int((exact * (MICRO // 1000)).to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent, or is reserved: micro-dollars by span, tokens and seconds of this run."""

    run_cost: int = 0
    layer_cost: int = 0
    day_cost: int = 0
    month_cost: int = 0
    run_tokens: int = 0
    run_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits that hold for a run, each the smallest that anybody set."""

    run_cost: int
    layer_cost: int
    day_cost: int
    month_cost: int
    run_tokens: int
    run_seconds: int
    alert_pct: int = 100
    """At so much of a limit the operator is told (the registry's ``alert_threshold_pct``)."""

    def refuses(self, spent: Spent, cost: int, tokens: int) -> Limit | None:
        """The first limit that a call of this estimated cost and size would break. At a limit is beyond it."""
        wanted: Mapping[Limit, tuple[int, int]] = {
            "run_cost": (spent.run_cost + cost, self.run_cost),
            "layer_cost": (spent.layer_cost + cost, self.layer_cost),
            "day_cost": (spent.day_cost + cost, self.day_cost),
            "month_cost": (spent.month_cost + cost, self.month_cost),
            "run_tokens": (spent.run_tokens + tokens, self.run_tokens),
        }
        if spent.run_seconds >= self.run_seconds:
            return "run_seconds"
        return next((name for name, (sum_, limit) in wanted.items() if sum_ > limit), None)

    def near(self, spent: Spent) -> tuple[Alert, ...]:
        """The limits of which at least ``alert_pct`` per cent are used up."""
        return tuple(
            Alert(name, used, limit)
            for name in get_args(Limit)
            for used, limit in [(getattr(spent, name), getattr(self, name))]
            if used * 100 >= limit * self.alert_pct
        )


@dataclass(frozen=True, slots=True)
class Alert:
    """A limit that is nearly used up: micro-dollars, tokens or seconds."""

    limit: Limit
    used: int
    most: int

    def json(self) -> JSONObject:
        """For the log of calls: money as decimal text."""
        money = self.limit.endswith("cost")
        used, most = (dollars(self.used), dollars(self.most)) if money else (self.used, self.most)
        return {"limit": self.limit, "used": used, "most": most}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a call counts with against the budget."""

    cost: int
    """Micro-dollars."""
    tokens: int
    basis: Literal["reported", "estimated", "none"]
    """Whose numbers these are: the endpoint's, our own, or nobody's, since nothing was generated."""


def count(price: Price, reserved: Counted, prompt: list[str], answer: str, usage: Sequence[int | None]) -> Counted:
    """What an answer counts with.

    The endpoint's numbers (``usage``: tokens asked and said) hold where they are whole and could be true of these
    words. Else an endpoint that reports nothing, or zero, would make its calls free: the larger of its numbers and of
    what was reserved counts.
    """
    asked, said = usage
    if asked is not None and said is not None:
        reported = Counted(price.of(asked, said), asked + said, "reported")
        if asked >= _fewest(prompt) and said >= _fewest([answer]):
            return reported
        return Counted(max(reported.cost, reserved.cost), max(reported.tokens, reserved.tokens), "estimated")
    return reserved


def _fewest(texts: list[str]) -> int:
    return max(1, sum(len(text.encode(errors="replace")) for text in texts) // MOST_BYTES_A_TOKEN)


def estimate_tokens(texts: list[str]) -> int:
    """How many tokens these messages may be, rather too many."""
    return sum(-(-len(text.encode(errors="replace")) // BYTES_A_TOKEN) + A_MESSAGE for text in texts)


def micro(decimal: str) -> int:
    """Micro-dollars of decimal text."""
    return int((Decimal(decimal) * MICRO).to_integral_value(ROUND_CEILING))


def dollars(micros: int) -> str:
    """Decimal text of micro-dollars: evidence holds no floats."""
    return f"{micros // MICRO}.{micros % MICRO:06d}"


def over(limit: Limit) -> Text:
    """Which limit it is, in words."""
    match limit:
        case "run_seconds":
            return msg("The run's time for models is used up.")
        case "run_tokens":
            return msg("The call could go beyond the run's tokens.")
        case "run_cost":
            return msg("The call could cost more than the run may.")
        case "layer_cost":
            return msg("The call could cost more than the layer may in a day.")
        case "day_cost":
            return msg("The call could cost more than may be spent in a day.")
        case "month_cost":
            return msg("The call could cost more than may be spent in a month.")

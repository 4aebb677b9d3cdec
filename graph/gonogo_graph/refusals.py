"""What the broker refused a role: a refusal in the ledger, and from there evidence for pack, risk review and card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_graph.store import Refusal, refusal_of
from gonogo_policies.results import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.broker import Decision, Handler
    from gonogo_evidence.errors import GonogoError
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import RunContext

DENIED: Final = "SCOPE_DENIED"


def refusal_keeper(context: RunContext) -> Callable[[Decision, str], None]:
    """What takes a denial to the ledger: the rule and the reason, and who asked what in which step."""

    def keep(decision: Decision, where: str) -> None:
        what = f"{decision.rule}: {decision.reason}"
        context.store.add_refusal(Refusal(context.run_id, context.stamp(), DENIED, what, where))

    return keep


def refused_so_far(context: RunContext) -> dict[str, JSON]:
    """``refusals``, oldest first: when, what (rule and reason) and where (role, step, verb); else nothing.

    It is read from the ledger, so that what was refused before a crash is told too.
    """
    told: list[JSON] = [{"at": one.at, "what": one.what, "where": one.where} for one in _refused(context)]
    return {"refusals": told} if told else {}


def refused_roles(context: RunContext) -> tuple[int, tuple[str, ...]]:
    """How many requests were refused, and whose: role, step and verb, each once."""
    found = _refused(context)
    return len(found), tuple(dict.fromkeys(one.where for one in found))


def refusal_verbs(context: RunContext) -> dict[str, Handler]:
    """The verb ``run.refusals``: what the risk officer asks. Times are left out, for a review follows from the run."""

    def refusals(arguments: Mapping[str, JSON]) -> JSON:
        del arguments
        return [{"what": one.what, "where": one.where} for one in _refused(context)]

    return {"run.refusals": refusals}


def carry_over(context: RunContext, environment: JSONObject) -> None:
    """Take the refusals of a sealed run over into this ledger, once: what was refused elsewhere fails it here too."""
    told = environment.get("refusals")
    if not isinstance(told, list) or _refused(context):
        return
    for one in told:
        entry = as_object(one)
        at, what, where = (str(entry.get(name, "")) for name in ("at", "what", "where"))
        context.store.add_refusal(Refusal(context.run_id, at, DENIED, what, where))


def record_attempt(context: RunContext, error: GonogoError) -> None:
    """An attempt that was refused before any role asked anything: in the ledger, and no fault of a role."""
    context.store.add_refusal(refusal_of(context.run_id, context.stamp(), error))


def _refused(context: RunContext) -> list[Refusal]:
    return [one for one in context.store.refusals(context.run_id) if one.code == DENIED]

"""For whom a run waits: how many more must approve, in which roles, and who may. A look; nothing is recorded."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_graph.proof import expected_of, sealed_as_named
from gonogo_policies.signoff import Decision, decide, judge, may_approve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.text import Text
    from gonogo_graph.context import RunContext
    from gonogo_graph.proof import Sealed
    from gonogo_graph.store import Request
    from gonogo_policies.signoff import Judged
    from gonogo_policies.trust import Trust


@dataclass(frozen=True, slots=True)
class Missing:
    """What a decision to release still needs. A NO-GO needs less, and anybody who is allowed may sign it."""

    people: int
    roles: tuple[str, ...]
    """Each as often as somebody with it is missing."""
    may_sign: tuple[str, ...]
    """Whose approval would count, and has not been given; of a missing role, where nothing else is missing."""
    text: Text

    def json(self) -> JSON:
        """The form for ``--json``."""
        return {"people": self.people, "roles": list(self.roles), "may_sign": list(self.may_sign)}


def waits_for(context: RunContext, trust: Trust) -> Missing | None:
    """What is missing for the newest request; None where nothing was asked, or nothing is missing."""
    request = context.store.request(context.run_id)
    if request is None or context.store.spent(context.run_id) is not None:
        return None
    sealed = sealed_as_named(context)
    judged = list(_good(context, request, sealed, trust))
    outcome = decide(judged, trust=trust)
    if isinstance(outcome, Decision):
        return None
    done = {one.signer.principal for one in judged}
    any_role = len(outcome.roles) < outcome.missing or not outcome.roles
    helps = tuple(
        principal
        for principal in may_approve(sealed.actors, trust, context.now())
        if principal not in done and (any_role or trust.signoff.roles.get(principal) in outcome.roles)
    )
    return Missing(outcome.missing, outcome.roles, helps, outcome.text)


def _good(context: RunContext, request: Request, sealed: Sealed, trust: Trust) -> Iterator[Judged]:
    expected = expected_of(sealed, request, trust)
    for row in context.store.signoffs(context.run_id, request.request_id):
        with suppress(GonogoError):  # it does not count; resume says why, on the record
            yield judge(row.statement, row.signature, trust=trust, expected=expected, at=context.now())

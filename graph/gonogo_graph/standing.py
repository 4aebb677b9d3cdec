"""Whether a row that says "decided" is borne by signatures: the ledger is not believed either (law 1).

A commit proves before it writes its single-use row. Whoever comes later finds only the row, and a row can be written by
anybody who can open the database; so it counts only with the sign-offs that it names, judged again from their bytes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from gonogo_evidence import canonical, dsse, sshsig
from gonogo_evidence.allowed_signers import find
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.statement import SIGNOFF_NAMESPACE, SignoffStatement, parse_time
from gonogo_evidence.text import msg
from gonogo_graph.proof import expected_of, sealed_as_named
from gonogo_policies.signoff import Decision, decide, judge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gonogo_evidence.ids import JSONObject
    from gonogo_graph.context import RunContext
    from gonogo_graph.proof import Sealed
    from gonogo_graph.store import SignOff, Spent
    from gonogo_policies.trust import Trust


def check_stands(context: RunContext, spent: Spent) -> None:
    """Raise unless the sign-offs that the outcome names amount to the row's decision about this run's evidence.

    They are judged as at the time of the commit. Under another policy than today's nobody can count them again; then
    each must still be a trusted signer's, over this evidence and that policy.
    """
    outcome = _predicate(spent)
    at = parse_time(str(outcome.get("committed"))).replace(tzinfo=UTC)
    answers = context.store.signoffs(context.run_id, str(outcome.get("request_id")))
    named = [row for row in answers if row.digest in _listed(outcome)]
    sealed, trust = sealed_as_named(context), context.trust()
    count = _counted if trust.policy_digest == outcome.get("policy_digest") else _signed
    decided = count(context, sealed, named, trust, at) if len(named) == len(_listed(outcome)) else None
    if decided is None or not spent.decision == outcome.get("decision") == decided:
        raise _unborne(context)


def _counted(
    context: RunContext, sealed: Sealed, named: Sequence[SignOff], trust: Trust, at: datetime
) -> str | None:
    judged = [judge(row.statement, row.signature, trust=trust, expected=_expected(context, sealed, row, trust), at=at)
              for row in named]
    outcome = decide(judged, trust=trust)
    return outcome.decision if isinstance(outcome, Decision) else None

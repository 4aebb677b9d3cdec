"""What a duty is: a pure function from a view to a result, which asks a broker for anything from the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, get_args

from gonogo_evidence.ids import JSON, JSONObject

if TYPE_CHECKING:
    from gonogo_evidence.verdict import Verdict

Role: TypeAlias = Literal[
    "ORCHESTRATOR", "FACTS_COLLECTOR", "SCOPE_KEEPER", "CI_GUARDIAN", "EVIDENCE_SCRIBE", "RISK_OFFICER"
]
ROLES: tuple[Role, ...] = get_args(Role)

CONTRIBUTIONS = "contributions"
"""The field of a view that holds what others handed in so far: a list, in the order of the duties."""

View: TypeAlias = Mapping[str, JSON]
"""The state fields that the role may read: ``inputs``, and ``{verdict, value, observed}`` for each duty done."""


class Ask(Protocol):
    """The only door to the world. The broker decides by the role's scope, does it, and writes it down."""

    def __call__(self, verb: str, /, **arguments: JSON) -> JSON:
        """Ask for a verb, such as ``repo.read``. Raises ``Refused`` outside the scope."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """What a duty hands back."""

    verdict: Verdict
    value: JSONObject
    """What follows from the inputs alone: it goes into the pack's core and must be the same in every re-run."""
    observed: JSONObject = field(default_factory=dict[str, JSON])
    """Clock, host, versions, desk state, durations: it goes into environment.json."""


class DutyBody(Protocol):
    """The code of one duty."""

    def __call__(self, view: View, ask: Ask) -> Result:
        """Do the duty. It opens nothing, starts nothing, and knows no clock."""
        ...

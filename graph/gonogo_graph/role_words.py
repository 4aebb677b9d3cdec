"""The ``model`` driver: before a duty's own code runs, a model says what code cannot, by the door of the chat driver.

The engine asks, never the role's worker, which so needs no right to ask: what a model is shown is what the role may
read, and what counts of its answer is a contribution without an objection. Whatever goes wrong is written down as
nothing said, and the run goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError
from gonogo_graph.said import SEALING, said, store
from gonogo_policies.contribution import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import RunContext
    from gonogo_graph.model_verbs import Models
    from gonogo_graph.table import Duty

STOPS: Final = frozenset({"DISK_FULL", "CANNOT_WRITE"})
"""There is no room for evidence: the run waits and is resumed."""


def words_for(context: RunContext, duty: Duty, models: Models) -> JSONObject:
    """What a model says before the duty; asked once, and kept."""
    known = said(context, duty)
    if known is not None:
        return known
    document: dict[str, JSON] = {**_asked(duty, models), "role": duty.role, "duty": duty.number}
    if duty.number <= SEALING:
        document.pop("exchange", None)  # it lies in the pack, in data/transcripts
    store(context, duty, canonical.dumps(document))
    return document


def _asked(duty: Duty, models: Models) -> Mapping[str, JSON]:
    try:
        return models.words(duty.role, duty.writes)
    except GonogoError as error:
        if error.code in STOPS:
            raise
        by: JSON = {"asked": None, "model": None, "source": None, "failure": error.code, "basis": "absent"}
        return {"schema": SCHEMA, "verdict": "PASS", "reason": "", "claims": [], "dropped": [], "by": by}

"""The graph's state: plain JSON values. Results are files; the state holds references to them.

Annotations are values here and no strings: langgraph reads them many times when it compiles.
"""

from typing import NotRequired, TypedDict

from gonogo_evidence.verdict import Verdict


class Ref(TypedDict):
    """A file below the run's folder, by content."""

    path: str
    sha256: str
    size: int
    media_type: str


class Run(TypedDict):
    """What only grows: a field for each duty, written by the one role that owns it."""

    schema_version: int
    run_id: str
    verdicts: dict[str, Verdict]
    preflight_snapshot: NotRequired[Ref]
    inventory: NotRequired[Ref]
    scope_plan: NotRequired[Ref]
    gate_plan: NotRequired[Ref]
    execution: NotRequired[Ref]
    validation: NotRequired[Ref]
    pack: NotRequired[Ref]
    risk_review: NotRequired[Ref]
    recommendation: NotRequired[Ref]
    decision: NotRequired[str]
    outcome: NotRequired[str]

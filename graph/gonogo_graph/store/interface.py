"""The port of the stores: ``runs`` is an index and can be rebuilt; everything else is the ledger and only grows.

The ledger, not the checkpointer, is what the inbox reads and what a commit believes.
Times are ``YYYY-MM-DDTHH:MM:SSZ``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.errors import GonogoError
    from gonogo_evidence.ids import Digest, RunId
    from gonogo_graph.macs import MacKey

RunState: TypeAlias = Literal["RUNNING", "AWAITING_OPERATOR", "COMMITTED", "ABANDONED", "AMBIGUOUS", "CHANGED"]
"""CHANGED: the row is not what was written here; nobody can say what state the run is in."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the index knows it."""

    run_id: RunId
    state: RunState
    layer_id: str
    reason: str
    operator_id: str
    git_ref: str
    mode: str
    repo_root: str
    inputs: bytes
    """Canonical JSON, frozen at the start."""
    graph_version: str
    thread: str
    """The checkpointer's thread: the run id, or ``RUN/2`` after a re-seed."""
    created: str
    updated: str
    pack_id: str | None = None
    pack_digest: str | None = None
    core_digest: str | None = None
    review_digest: str | None = None
    verdict: str | None = None
    recommendation: str | None = None
    decision: str | None = None
    mac: bytes | None = None
    """Over all the rest. Who holds a row needs no look at it: the store does that."""


@dataclass(frozen=True, slots=True)
class PackNumber:
    """The name that a run's pack got: unique over phase, layer and date."""

    phase: str
    layer: str
    date: str
    number: int


@dataclass(frozen=True, slots=True)
class Request:
    """What the operator is asked to sign. A newer request supersedes the older ones of its run."""

    request_id: str
    run_id: RunId
    pack_digest: Digest
    review_digest: Digest
    policy_digest: Digest | None
    """None where no trust existed when it was asked: such a request must be renewed before anybody can sign."""
    issued: str
    expires: str
    why: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """A signed decision as it arrived: bytes, not an opinion about them."""

    digest: Digest
    """SHA-256 of the statement."""
    run_id: RunId
    request_id: str
    fingerprint: str
    principal: str
    decision: str
    statement: bytes
    signature: bytes
    received: str


@dataclass(frozen=True, slots=True)
class Spent:
    """The single-use row: one run, one outcome. INTENT before the act, DONE after it."""

    run_id: RunId
    decision: str
    state: Literal["INTENT", "DONE"]
    outcome: bytes
    """Canonical JSON of the outcome, fixed before the act."""
    at: str


@dataclass(frozen=True, slots=True)
class Close:
    """A condition of a GO-WITH-CONDITIONS that was met, signed."""

    run_id: RunId
    number: int
    principal: str
    statement: bytes
    signature: bytes
    received: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt that was refused: expired, malformed, replayed, untrusted. Evidence too."""

    run_id: RunId
    at: str
    code: str
    what: str
    where: str = ""


def refusal_of(run_id: RunId, at: str, error: GonogoError) -> Refusal:
    """A refused attempt, as the ledger keeps it."""
    return Refusal(run_id, at, error.code, str(error.what), error.where)


class Store(Protocol):
    """What every store can do. Each write is durable when the method returns."""

    @property
    def key(self) -> MacKey:
        """What authenticates the run rows, and whatever else of a run lies where others could write."""
        ...

    def add_run(self, row: RunRow) -> None:
        """Insert a new run."""
        ...

    def run(self, run_id: RunId) -> RunRow | None:
        """The run, or None. Raises :class:`IntegrityBroken` ``RUN_ROW_CHANGED`` where its MAC does not fit it."""
        ...

    def row(self, run_id: RunId) -> RunRow | None:
        """The same for who must go on all the same: a row whose MAC does not fit is in the state CHANGED."""
        ...

    def adopted(self, run_id: RunId) -> bool:
        """Whether the run is of an earlier version that wrote no MACs."""
        ...

    def runs(self, states: Sequence[RunState] = (), *, limit: int = 50) -> list[RunRow]:
        """The newest runs in these states (all states when empty), as :meth:`row` gives them."""
        ...

    def run_ids(self, prefix: str = "", *, limit: int = 20) -> list[RunId]:
        """Ids that begin with ``prefix``, newest first."""
        ...

    def update_run(self, run_id: RunId, **fields: str | None) -> None:
        """Set columns of the index row. A row whose MAC does not fit is not given one that does."""
        ...

    def number_pack(self, run_id: RunId, phase: str, layer: str, date: str) -> PackNumber:
        """The run's pack number; the next free one on the first call, the same ever after."""
        ...

    def add_request(self, request: Request, **index: str | None) -> None:
        """Record a request and, in the same transaction, what the index shows of its run."""
        ...

    def request(self, run_id: RunId) -> Request | None:
        """The newest request of the run."""
        ...

    def add_signoff(self, signoff: SignOff) -> bool:
        """Record a sign-off; False when this key already answered this request."""
        ...

    def signoffs(self, run_id: RunId, request_id: str) -> list[SignOff]:
        """All answers to one request, in order of arrival."""
        ...

    def spend(self, spent: Spent) -> Spent | None:
        """Insert the single-use row, or return the row that was there first; None when the run was abandoned."""
        ...

    def finish(self, run_id: RunId, updated: str) -> None:
        """Mark the single-use row DONE and the run COMMITTED, in one transaction."""
        ...

    def spent(self, run_id: RunId) -> Spent | None:
        """The single-use row, or None."""
        ...

    def add_close(self, close: Close) -> bool:
        """Record a met condition; False when it was closed before."""
        ...

    def closes(self, run_id: RunId) -> list[Close]:
        """The met conditions."""
        ...

    def add_refusal(self, refusal: Refusal) -> None:
        """Record a refused attempt."""
        ...

    def refusals(self, run_id: RunId) -> list[Refusal]:
        """The refused attempts of a run, oldest first."""
        ...

    def abandon(self, run_id: RunId, principal: str, reason: str, at: str) -> bool:
        """End a run on the record; False when it was ended or decided before."""
        ...

    def abandoned(self, run_id: RunId) -> tuple[str, str, str] | None:
        """Who ended the run, why and when."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...

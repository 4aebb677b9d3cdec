"""Two views of one log: equal, one the beginning of the other, or two histories (equivocation), with portable proof.

A fork's proof needs neither log: two checkpoints that the log signed, and hashes that show that the second one's
history had another root at the size of the first. Anybody who has the log's key checks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from gonogo_evidence import canonical, merkle
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.index.checkpoint import Checkpoint
    from gonogo_evidence.index.log import Log
    from gonogo_evidence.index.note import VerifierKey

SCHEMA: Final = "gonogo/index-fork/v1"
MAX_BYTES: Final = 4 * 1024 * 1024

Relation: TypeAlias = Literal["equal", "grown", "forked", "unknown"]
"""``unknown``: an empty log, or no entries of the larger one at hand to show how the two belong together."""


@dataclass(frozen=True, slots=True)
class View:
    """One side: a checkpoint, and the log behind it where it is at hand."""

    note: bytes
    log: Log | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return checkpoints.parse(self.note)


@dataclass(frozen=True, slots=True)
class Fork:
    """Proof that a log signed two histories."""

    first: bytes
    """The checkpoint of the smaller size."""
    second: bytes
    root: bytes
    """The root that the second one's history had at the first one's size."""
    hashes: tuple[bytes, ...]
    """The consistency proof from that root to the second checkpoint."""

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        value: dict[str, JSON] = {
            "schema": SCHEMA,
            "first": self.first.decode(),
            "second": self.second.decode(),
            "root": self.root.hex(),
            "hashes": [one.hex() for one in self.hashes],
        }
        return canonical.dumps(value)

    def proves(self, keys: Sequence[VerifierKey]) -> bool:
        """Whether one log signed both, and both cannot be true. Raises what :func:`checkpoint.require` raises."""
        first, second = checkpoints.require(self.first, keys), checkpoints.require(self.second, keys)
        same_log = first.origin == second.origin and first.size > 0
        leads = merkle.verify_consistency(first.size, second.size, self.root, second.root, self.hashes)
        return same_log and leads and self.root != first.root


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two views belong together."""

    relation: Relation
    fork: Fork | None = None
    first_difference: int | None = None
    """The number of the first entry that differs, where both logs are at hand."""


def compare(one: View, other: View) -> Comparison:
    """Put two views of one log beside each other. Signatures are the caller's question.

    Raises:
        BadInput: ``INDEX_NOT_COMPARABLE``: they are checkpoints of two different logs.
        IntegrityBroken: a log at hand does not have the root of its own checkpoint.
    """
    old, new = sorted((one, other), key=lambda view: view.checkpoint.size)
    first, second = old.checkpoint, new.checkpoint
    if first.origin != second.origin:
        raise BadInput(
            "INDEX_NOT_COMPARABLE",
            msg("These are two logs: {first} and {second}.", first=first.origin, second=second.origin),
            next_step=msg("Compare two copies or checkpoints of one log."),
        )
    for view in (old, new):
        if view.log is not None:
            view.log.check_root()
    if first.size == 0:
        return Comparison("unknown")
    if first.size == second.size:
        if first.root == second.root:
            return Comparison("equal")
        return Comparison("forked", Fork(old.note, new.note, second.root, ()), _difference(old, new))
    if new.log is None:
        return Comparison("unknown")
    before, path = new.log.root_at(first.size), new.log.consistency(first.size)
    if before == first.root:
        return Comparison("grown")
    return Comparison("forked", Fork(old.note, new.note, before, tuple(path)), _difference(old, new))


def parse_fork(data: bytes) -> Fork:
    """Read the proof of a fork without believing it. Raises :class:`IntegrityBroken` ``FORK_MALFORMED``."""
    value = canonical.loads_object(data, limit=MAX_BYTES)
    texts = {name: value.get(name) for name in ("first", "second", "root")}
    hashes = value.get("hashes")
    if (
        set(value) != {"schema", "hashes", *texts}
        or value["schema"] != SCHEMA
        or not all(isinstance(text, str) for text in texts.values())
        or not isinstance(hashes, list)
    ):
        raise _malformed()
    try:
        raw = [bytes.fromhex(str(one)) for one in (texts["root"], *hashes)]
    except ValueError as error:
        raise _malformed() from error
    fork = Fork(cast("str", texts["first"]).encode(), cast("str", texts["second"]).encode(), raw[0], tuple(raw[1:]))
    if fork.to_bytes() != data:
        raise _malformed()
    return fork


def _difference(old: View, new: View) -> int | None:
    """The first number at which two logs differ: their roots agree up to there, and never again."""
    if old.log is None or new.log is None:
        return None
    low, high = 0, old.log.size
    while low < high:
        middle = (low + high) // 2
        if old.log.root_at(middle + 1) == new.log.root_at(middle + 1):
            low = middle + 1
        else:
            high = middle
    return low


def _malformed() -> IntegrityBroken:
    return IntegrityBroken("FORK_MALFORMED", msg("This is not the proof of a fork of a log."))

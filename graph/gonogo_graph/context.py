"""What one run's code gets handed: its places, its inputs, the stores and the world. Nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from gonogo_evidence import canonical
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_policies.trust import Trust, base_reader, load_trust, trust_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_agents.repository import Repository
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON, RunId
    from gonogo_graph.places import Places, RunFolder
    from gonogo_graph.state import Ref
    from gonogo_graph.store import Store

TIME = "%Y-%m-%dT%H:%M:%SZ"
RESULT_LIMIT = 64 * 1024 * 1024


class Progress(Protocol):
    """Who watches a run."""

    def started(self, step: str, role: str, duty: str) -> None:
        """A duty begins."""

    def finished(self, step: str, role: str, duty: str, verdict: str, ms: int) -> None:
        """A duty is done."""

    def heard(self, model: str, characters: int) -> None:
        """A model's answer comes in; so many characters so far."""


class Quiet:
    """Nobody watches."""

    def started(self, step: str, role: str, duty: str) -> None:
        """Say nothing."""

    def finished(self, step: str, role: str, duty: str, verdict: str, ms: int) -> None:
        """Say nothing."""

    def heard(self, model: str, characters: int) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class RunContext:
    """One run, as all code on this floor sees it. What cannot change while it lives is made once."""

    world: World
    places: Places
    repository: Repository
    store: Store
    run_id: RunId
    inputs: Mapping[str, JSON]
    defaults: Path
    """The packaged configuration."""

    @cached_property
    def folder(self) -> RunFolder:
        """The run's files."""
        return self.places.run(self.run_id)

    @cached_property
    def frozen(self) -> bytes:
        """The inputs, canonical JSON."""
        return canonical.dumps(self.inputs)

    def now(self) -> datetime:
        """The clock, aware, UTC, whole seconds."""
        return self.world.now().replace(microsecond=0)

    def stamp(self, *, hours: int = 0) -> str:
        """Now, or so many hours later, as evidence writes it."""
        return (self.now() + timedelta(hours=hours)).strftime(TIME)

    def trust(self) -> Trust:
        """The trust roots as they are now, from outside the change under review. Raises ``TRUST_MISSING``."""
        return trust_of(self.places, self.repository, self.defaults)


def trust_of(places: Places, repository: Repository, defaults: Path) -> Trust:
    """The trust roots of a repository on this machine. Raises ``TRUST_MISSING`` where nobody is enrolled.

    A trust store and a state folder that were not enrolled together are refused: ``TRUST_ELSEWHERE`` and the like.
    """
    folder = trust_folder(places.config_home, places.repository_id)
    return load_trust(folder, defaults, read_base=base_reader(repository), state=places.state)


def store_result(context: RunContext, field: str, data: bytes, envelope: bytes | None = None) -> Ref:
    """Write what a duty handed back, canonical JSON, and return its reference. Not synced: the seal does that.

    Its MAC goes into a line behind it: a run that begins again from its results takes none that was edited.
    ``envelope`` is its worker's attestation, written before it, so that a result which is there is not without one.
    """
    path = context.folder.results / f"{field}.json"
    signed = context.folder.envelope(field)
    if envelope is None:
        signed.unlink(missing_ok=True)
    else:
        write_atomic(signed, envelope)
    mac = context.store.key.of("result", context.run_id, field, data)
    write_atomic(path, b"%b\n%b\n" % (data, mac.hex().encode()))
    return _ref(path, data)


def stored_result(context: RunContext, field: str) -> tuple[Ref, bytes] | None:
    """A result as it lies there, if it is whole. Raises :class:`IntegrityBroken` ``RESULT_CHANGED``."""
    path = context.folder.results / f"{field}.json"
    if not path.exists():
        return None
    data, _, mac = read_bytes(path, limit=RESULT_LIMIT).partition(b"\n")
    if not context.store.key.fits(_unhex(mac), "result", context.run_id, field, data) and not (
        mac == b"" and context.store.adopted(context.run_id)
    ):
        raise _changed(context, path.name)
    return _ref(path, data), data


def _unhex(mac: bytes) -> bytes | None:
    try:
        return bytes.fromhex(mac.decode("ascii"))
    except ValueError:
        return None


def _ref(path: Path, data: bytes) -> Ref:
    digest = canonical.digest_of(data)
    return {"path": f"results/{path.name}", "sha256": digest, "size": len(data), "media_type": "application/json"}


def load_result(context: RunContext, ref: Ref) -> bytes:
    """Read a result back; bytes that are not what the reference says are an integrity error."""
    data, _, _ = read_bytes(context.folder.root / ref["path"], limit=RESULT_LIMIT).partition(b"\n")
    if canonical.digest_of(data) != ref["sha256"]:
        raise _changed(context, ref["path"])
    return data


def _changed(context: RunContext, where: str) -> IntegrityBroken:
    return IntegrityBroken(
        "RESULT_CHANGED",
        msg("A duty's result was changed after it was handed back."),
        where=where,
        next_step=msg('gonogo abandon {run} --reason "result changed"', run=context.run_id),
    )

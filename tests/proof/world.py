"""The world that the proof explores: the stored state as it moves, and stand-ins for disk, index, clock and lock.

What decides is the product's own code, untouched: table, nodes and routing, ``advance``, ``seed``, ``Player``,
``prepare``, ``renew``, ``ask``, ``statement_for``, ``submit``, ``edit_notes``, ``prove``, ``judge``, ``decide``,
``separation``, ``commit``, ``check_stands``.
:data:`proof.ports.PORTS` lists every name that stands in for the outside.
Each write is an *effect*; the process can die before any of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gonogo_agents.world import World
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken
from gonogo_evidence.ids import Digest, RepositoryId
from gonogo_evidence.text import msg
from gonogo_graph.context import RunContext
from gonogo_graph.places import Places
from gonogo_graph.proof import Sealed
from gonogo_policies import release, signoff
from gonogo_policies.actors import actors_of
from proof.ledger import MemoryStore
from proof.state import HOURS, INPUTS, PACK, RUN, begun
from support.signoffs import DEFAULTS, NOW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gonogo_agents.workers import Seat
    from gonogo_graph.state import Ref
    from gonogo_policies.signoff import Expected, Judged
    from gonogo_policies.trust import Trust
    from proof.ledger import Ledger
    from proof.state import State


class Shelf:
    """A path in the pack's folder, as far as the product asks anything of it."""

    def __init__(self, disk: Disk, name: str = "") -> None:
        self.disk, self.name = disk, name

    def __truediv__(self, name: str) -> Shelf:
        return Shelf(self.disk, name)

    def unlink(self) -> None:
        self.disk.effect(f"take {self.name} away")
        self.disk.now = replace(self.disk.now, later=tuple(one for one in self.disk.now.later if one[0] != self.name))


def _named_once(ledger: Ledger) -> Ledger:
    (row,) = ledger.runs
    if row.thread == RUN and row.updated == row.created:
        return ledger
    return replace(ledger, runs=(replace(row, thread=RUN, updated=row.created),))


class Disk:
    """The moving world: a state, what was written since it was taken up, and the policies in force."""

    def __init__(self, policies: tuple[Trust, ...]) -> None:
        self.policies = policies
        self.now = begun()
        self.effects: list[tuple[str, State]] = []
        """Each effect, and what was stored before it: what a death before it leaves."""
        self._named: dict[object, Sealed] = {}
        self._judged: dict[object, Any] = {}
        self._judge = signoff.judge
        self.store = MemoryStore(self.now.ledger, effect=self.effect)
        self._ledgers = (self.now.ledger, self.now.ledger)
        """The ledger that was stored last, as it is and with the names that count."""
        world = World(now=lambda: NOW + timedelta(hours=HOURS[self.now.hour]), token=self._token, env={})
        places = Places(Path("/nowhere"), Path("/nowhere"), RepositoryId("0" * 12))
        self.context = RunContext(world, places, cast("Any", None), self.store, RUN, INPUTS, DEFAULTS)

    def take_up(self, state: State) -> None:
        """Make the stored state this one."""
        self.now, self.effects, self.store.ledger = state, [], state.ledger

    def stored(self) -> State:
        """What is stored now. A thread's number and the index's times are names only."""
        ledger, saved = self.store.ledger, self.now.thread
        if ledger is not self._ledgers[0]:
            self._ledgers = (ledger, _named_once(ledger))
        ledger = self._ledgers[1]
        thread = saved if saved is not None and saved.thread == self.store.ledger.runs[0].thread else None
        if thread is not None and thread.thread != RUN:
            thread = replace(thread, thread=RUN)
        if ledger is self.now.ledger and thread is self.now.thread:
            return self.now
        return replace(self.now, ledger=ledger, thread=thread)

    def effect(self, name: str) -> None:
        """A write is about to happen."""
        self.effects.append((name, self.stored()))

    def write(self, name: str, **changes: Any) -> None:  # noqa: ANN401 - any field of the state
        """Change the state outside the ledger."""
        self.effect(name)
        self.now = replace(self.now, **changes)

    def _token(self, size: int) -> str:
        return f"{len(self.store.ledger.requests) + 1:0{2 * size}x}"

    def verdicts(self) -> tuple[tuple[str, str], ...]:
        """What each duty came to, by its result."""
        return tuple((field, _verdict(data)) for field, data in self.now.results)

    # --- stand-ins, each with the signature of what it stands for ---

    def trust_of(self, *_: object) -> Trust:
        return self.policies[self.now.policy]

    def refuse_secrets(self, world: World, words: object) -> None:
        """Whether words hold a secret is asked of a program, and decides nothing."""
        del world, words

    def remember(self, context: RunContext, seat: Seat) -> None:
        """Who plays is written before what they do, and decides nothing."""
        del context, seat

    def store_result(self, context: RunContext, field: str, data: bytes, envelope: bytes | None = None) -> Ref:
        del context, envelope
        kept = {**dict(self.now.results), field: data}
        self.write(f"result {field}", results=tuple(sorted(kept.items())))
        return _ref(field, data)

    def load_result(self, context: RunContext, ref: Ref) -> bytes:
        del context
        return dict(self.now.results)[ref["path"]]

    def stored_result(self, context: RunContext, field: str) -> tuple[Ref, Any] | None:
        del context
        data = dict(self.now.results).get(field)
        return None if data is None else (_ref(field, data), _verdict(data))

    def pack_folder(self, context: RunContext) -> Shelf:
        del context
        assert self.now.core is not None, "no pack"
        return Shelf(self)

    def sealed_as_named(self, context: RunContext) -> Sealed:
        if self.now.core is None or not self.now.review:
            raise _changed()
        question = (self.now.core, self.now.review, self.now.altered)
        if question not in self._named:
            self._named[question] = self._read(context, self.now.core)
        return self._named[question]

    def _read(self, context: RunContext, core: bytes) -> Sealed:
        fields = canonical.loads_object(core)
        shown = release.shown_by(fields, canonical.loads_object(dict(self.now.review)[release.RECOMMENDATION]))
        return Sealed(
            folder=cast("Path", self.pack_folder(context)),
            run_id=RUN,
            pack_id=PACK,
            pack_digest=self.pack_digest(),
            review_digest=self.review_digest(),
            core_digest=canonical.digest_of(core),
            verdict=shown.verdict,
            inconclusive=shown.inconclusive,
            actors=actors_of(fields, {"mode": "smoke"}),
        )

    def sealed_now(self, context: RunContext) -> Sealed:
        if self.now.altered:
            raise _changed()
        return self.sealed_as_named(context)

    def pack_digest(self) -> Digest:
        return canonical.digest_of((self.now.core or b"") + (b"!" if self.now.altered == "pack" else b""))

    def review_digest(self) -> Digest:
        return _digest(self.now.review, altered=self.now.altered == "review")

    def write_review(self, folder: Shelf, files: Mapping[str, bytes]) -> Digest:
        digest = self.stage_review(folder, files)
        self.finish_review(folder, digest)
        return digest

    def stage_review(self, folder: Shelf, files: Mapping[str, bytes]) -> Digest:
        del folder
        self.write("the new review, beside the pack", staged=tuple(sorted(files.items())))
        return _digest(self.now.staged, altered=False)

    def finish_review(self, folder: Shelf, wanted: Digest) -> None:
        del folder
        staged = self.now.staged
        if staged and _digest(staged, altered=False) != wanted:
            self.write("the new review is thrown away", staged=())
        elif staged and not self.now.review:
            self.write("review", review=staged, staged=(), shown=self.verdicts())
        elif staged:
            self.write("half of the new review", altered=self.now.altered or "review")
            altered = "" if self.now.altered == "review" else self.now.altered
            self.write("the rest of it", review=staged, staged=(), altered=altered, shown=self.verdicts())

    def review_files(
        self, context: RunContext, results: Mapping[str, Any], *, notes: bytes | None = None
    ) -> dict[str, bytes]:
        del context
        said = canonical.dumps(results["recommendation"]["value"])
        return {release.RECOMMENDATION: said, "notes.md": notes or b"a draft", "card.txt": b"card"}

    def look(self, path: Shelf, *, limit: int) -> bytes:
        del limit
        found = dict((*self.now.review, *self.now.later)).get(path.name)
        if found is None:
            raise BadInput("FILE_NOT_FOUND", msg("There is no such file."))
        return found

    def add_later(self, folder: Shelf, name: str, data: bytes) -> None:
        del folder
        self.write(f"place {name}", later=(*self.now.later, (name, data)))

    def judge(self, statement: bytes, signature: bytes, *, trust: Trust, expected: Expected, at: datetime) -> Judged:
        """The product's own ``judge``, asked each question once: it is pure, and signatures are slow."""
        question = (statement, signature, trust.policy_digest, repr(expected), at)
        if question not in self._judged:
            try:
                self._judged[question] = self._judge(statement, signature, trust=trust, expected=expected, at=at)
            except GonogoError as error:
                self._judged[question] = error
        answer = self._judged[question]
        if isinstance(answer, GonogoError):
            raise answer.with_traceback(None)
        return cast("Judged", answer)

    def index(self, *_: object, **__: object) -> None:
        self.effect("evidence index")


def _ref(field: str, data: bytes) -> Ref:
    return {"path": field, "sha256": canonical.digest_of(data), "size": len(data), "media_type": "application/json"}


@cache
def _digest(review: tuple[tuple[str, bytes], ...], *, altered: bool) -> Digest:
    return canonical.digest_of(repr((review, altered)).encode())


@cache
def _verdict(result: bytes) -> str:
    return str(canonical.loads_object(result)["verdict"])


def _changed() -> IntegrityBroken:
    return IntegrityBroken("PACK_CHANGED", msg("The sealed evidence is not what was sealed: {what}", what="(proof)"))

"""The evidence index of this installation and repository: its key, and what a run writes into it.

Every function may be called again: an entry that is there already is found, not written twice. So a crash between
the ledger and the index is mended by the next call. One append is one sync.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from gonogo_evidence import canonical, dsse
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.files import read_bytes
from gonogo_evidence.ids import Digest
from gonogo_evidence.index import Entry, Log, Signed, open_log, open_writer, sign
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import seen as memory
from gonogo_evidence.index.fields import MAX_WORD, clean
from gonogo_evidence.index.placed import ENTRY, FOLDER, PROOF, place
from gonogo_evidence.seal import CORE, pack_digest
from gonogo_evidence.statement import IndexSeen
from gonogo_evidence.text import msg
from gonogo_graph.engine import engine_key
from gonogo_graph.index_key import folder_of, index_key, index_keys, known_keys, seen_file
from gonogo_graph.proof import CORE_LIMIT, pack_folder

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.index import Kind
    from gonogo_graph.context import RunContext
    from gonogo_graph.places import Places
    from gonogo_graph.store import Spent

__all__ = [
    "append", "catch_up", "folder_of", "index_key", "index_keys", "latest_checkpoint", "open_index", "record_decision",
    "record_ending", "record_intent", "record_pack", "refuse_forgotten",
]  # fmt: skip

NAME = 256
"""Characters of a name in an entry."""


@contextmanager
def open_index(places: Places) -> Generator[Log, None, None]:
    """The index, for reading. Raises ``INDEX_NOT_FOUND`` before the first run made it."""
    with open_log(folder_of(places)) as log:
        yield log


def latest_checkpoint(places: Places) -> IndexSeen | None:
    """What a sign-off says that its signer saw of the index; None where there is no index yet.

    Raises what a checkpoint raises that was changed, or that this installation did not sign.
    """
    try:
        with open_index(places) as log:
            now = checkpoints.require(log.note, known_keys(places))
    except BadInput as error:
        if error.code == "INDEX_NOT_FOUND":
            return None
        raise
    return IndexSeen(now.origin, now.size, Digest(now.root.hex()))


def append(places: Places, entries: Sequence[Entry]) -> list[int]:
    """Append what is not there yet, signed by the engine; the numbers of all, in order.

    A log that is not what was seen of it last (cut back, forked) gets nothing more: it is refused.
    """
    found = _there(places, entries)
    if None not in found:
        return cast("list[int]", found)
    signer = index_key(places)
    private = dsse.load(engine_key(places))
    seen = seen_file(places, signer.name)
    with open_writer(folder_of(places), signer, known_keys(places)) as writer:
        if seen is not None and (last := memory.recall(seen)) is not None:
            memory.check_grown(last, writer)
        numbers = writer.append([sign(entry, private) for entry in entries])
        if seen is not None:
            memory.keep(seen, writer)
    return numbers


def record_intent(context: RunContext) -> int:
    """The run begins: its inputs are frozen. Written before its first duty, so that a hidden run shows as a gap."""
    (number,) = append(context.places, [_intent(context)])
    return number


def record_pack(context: RunContext) -> dict[str, bytes]:
    """The run's pack is sealed; returns the files of ``index/``, which also lie in the pack then."""
    return _record_pack(context)


def _record_pack(context: RunContext, *then: Entry) -> dict[str, bytes]:
    """And what came then, in one append. Files that lie in the pack already stay: their proof holds for ever."""
    folder = pack_folder(context)
    _, number, *_ = append(context.places, [_intent(context), _pack(context, folder), *then])
    placed = folder / FOLDER
    if (placed / ENTRY).is_file() and (placed / PROOF).is_file():
        return {name: read_bytes(placed / name, limit=CORE_LIMIT) for name in (ENTRY, PROOF)}
    with open_index(context.places) as log:
        signed: Signed = log.entry(number)
        files = {ENTRY: signed.envelope, PROOF: log.prove(number).to_bytes()}
    place(folder, files)
    return files


def record_ending(context: RunContext, kind: Kind = "abandoned", *, reason: str = "") -> int:
    """The run ends without a decision: ``abandoned``, with the ledger's words, or ``failed``, with these."""
    *_, number = append(context.places, [_intent(context), _ending(context, kind, reason)])
    return number


def record_decision(context: RunContext) -> bool:
    """The run's committed decision, behind its pack; False where there is none."""
    spent = context.store.spent(context.run_id)
    if spent is not None:
        _record_pack(context, _decision(context, spent))
    return spent is not None


def catch_up(context: RunContext) -> None:
    """Everything that ledger and disk know of this run and the index may not: what a crash dropped."""
    if context.store.abandoned(context.run_id) is not None:
        record_ending(context)
    elif not record_decision(context):
        asked = context.store.request(context.run_id) is not None
        (record_pack if asked else record_intent)(context)


def refuse_forgotten(context: RunContext, pack: Digest) -> None:
    """Refuse to decide a run whose decision the index tells and the ledger forgot, or beside an index that was cut.

    The ledger's single-use row can be deleted by whoever can write the database; what was seen of the index is
    remembered in the trust store.

    Raises:
        IntegrityBroken: ``DECISION_FORGOTTEN``; ``INDEX_ROLLED_BACK``, ``INDEX_FORKED``, ``INDEX_OTHER_LOG``.
        BadInput: ``INDEX_NOT_FOUND``: it was seen before, and is gone.
    """
    seen = seen_file(context.places, index_key(context.places).name)
    last = memory.recall(seen) if seen is not None else None
    if last is None and not folder_of(context.places).exists():  # never seen and not there: a run of before the index
        return
    decision = Entry("decision", context.run_id, context.stamp(), context.run_id, pack)
    with open_index(context.places) as log:
        if last is not None:
            memory.check_grown(last, log)
        number = log.find(decision.identity)
    if number is not None:
        raise IntegrityBroken(
            "DECISION_FORGOTTEN",
            msg(
                "The index tells a decision of this run that the ledger no longer has: it was removed there. Restore"
                " the state folder from a copy."
            ),
            where=f"{context.run_id}, entry {number}",
            next_step=msg("gonogo index list"),
        )


def _there(places: Places, entries: Sequence[Entry]) -> list[int | None]:
    """Which entries the log has already: a look that takes no lock."""
    try:
        with open_index(places) as log:
            return [log.find(entry.identity) for entry in entries]
    except BadInput:  # there is no index yet
        return [None] * len(entries)


def _intent(context: RunContext) -> Entry:
    row, inputs = context.store.row(context.run_id), context.inputs
    details: dict[str, JSON] = {
        "layer_id": _word(inputs.get("layer_id")),
        "git_ref": _word(inputs.get("git_ref")),
        "operator_id": _word(inputs.get("operator_id")),
        "mode": _word(inputs.get("mode")),
    }
    time = row.created if row else context.stamp()
    return Entry("intent", context.run_id, time, context.run_id, _inputs_digest(context), details)


def _pack(context: RunContext, folder: Path) -> Entry:
    data = read_bytes(folder / CORE, limit=CORE_LIMIT)
    core = canonical.loads_object(data, limit=CORE_LIMIT)
    details: dict[str, JSON] = {
        "layer_id": _word(core.get("layer_id")),
        "git_ref": _word(core.get("git_ref")),
        "core_digest": canonical.digest_of(data),
        "verdict": str(core["verdict"]),
    }
    return Entry("pack", context.run_id, context.stamp(), folder.name, pack_digest(folder), details)


def _decision(context: RunContext, spent: Spent) -> Entry:
    statement = canonical.loads_object(dsse.parse(spent.outcome).payload)
    outcome = cast("Mapping[str, JSON]", statement["predicate"])
    names = cast("list[str]", outcome["principals"])
    subject = cast("list[Mapping[str, JSON]]", statement["subject"])[0]
    digest = cast("Mapping[str, str]", subject["digest"])["sha256"]
    return Entry(
        "decision",
        context.run_id,
        str(outcome["committed"]),
        str(subject["name"]),
        Digest(digest),
        {
            "decision": str(outcome["decision"]),
            "outcome_digest": canonical.digest_of(spent.outcome),
            "review_digest": outcome.get("review_digest"),
            "principals": [clean(name, limit=NAME) for name in names],
        },
    )


def _ending(context: RunContext, kind: Kind, reason: str) -> Entry:
    """About the pack that the ledger asked about, if it came to that; what lies on disk now is not asked."""
    request, row = context.store.request(context.run_id), context.store.row(context.run_id)
    about = (str(context.run_id), _inputs_digest(context))
    if request is not None and row is not None and row.pack_id is not None:
        about = (row.pack_id, request.pack_digest)
    if kind == "failed":
        return Entry(kind, context.run_id, context.stamp(), *about, {"reason": clean(reason)})
    who, why, at = context.store.abandoned(context.run_id) or ("unknown", reason, context.stamp())
    return Entry(kind, context.run_id, at, *about, {"principal": clean(who, limit=NAME), "reason": clean(why)})


def _inputs_digest(context: RunContext) -> Digest:
    return canonical.digest_of(context.frozen)


def _word(value: JSON) -> str | None:
    return clean(str(value), limit=MAX_WORD).replace("\n", " ") if value is not None else None

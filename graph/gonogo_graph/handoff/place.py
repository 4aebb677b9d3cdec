"""Placing a run that was handed over: its folder, its results under this machine's MAC, its row, and the other log.

Everything comes from the sealed pack; the file's own review, cards and request are left behind.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import attest, canonical, dsse
from gonogo_evidence.attest import duties
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.ids import RunId
from gonogo_evidence.index import Entry, parse_vkeys
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import proof as proofs
from gonogo_evidence.index.foreign import newest, refuse_older
from gonogo_evidence.index.placed import FOLDER as INDEX
from gonogo_evidence.index.placed import PROOF
from gonogo_evidence.review import FOLDER
from gonogo_evidence.seal import ENVIRONMENT
from gonogo_evidence.single_file import single_file_path
from gonogo_graph.context import RunContext, store_result
from gonogo_graph.handoff import letter
from gonogo_graph.index import append, open_index
from gonogo_graph.proof import CORE_LIMIT
from gonogo_graph.refusals import carry_over
from gonogo_graph.said import take_objections, take_over
from gonogo_graph.store import RunRow
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.index import Checkpoint, VerifierKey
    from gonogo_graph.handoff.letter import Letter
    from gonogo_graph.session import Session

SEALED_SCRIBE: Final = "pack"
"""The last field that is carried: the seal's own. The two duties of step G after it are done anew."""


def vkeys(said: Letter) -> tuple[VerifierKey, ...]:
    """The verifier keys of the log that the pack is in, as the letter has them."""
    return tuple(parse_vkeys(said.vkeys.encode()))


def place(session: Session, partial: Path, pack: Path, said: Letter) -> RunContext:
    """Make the run's folder and its row. Killed before the row, nothing is there and the next import begins anew.

    What lies in the folder's place already, of an import that was cut short or of a ledger that was lost, is moved
    aside: evidence is never removed.
    """
    context = RunContext(
        session.world,
        session.places,
        session.repository,
        session.store,
        RunId(said.run_id),
        said.inputs,
        packaged_config(),
    )
    folder, proof = context.folder, read_bytes(pack / INDEX / PROOF, limit=CORE_LIMIT)
    if folder.root.exists():
        folder.root.rename(folder.root.with_name(f"{said.run_id}.aside-{session.world.token(8)}"))
    folder.create()
    _results(context, pack)
    take_over(context, pack)
    take_objections(context, said.objections)
    carry_over(context, canonical.loads_object(read_bytes(pack / ENVIRONMENT, limit=CORE_LIMIT), limit=CORE_LIMIT))
    write_atomic(folder.root / letter.NAME, read_bytes(partial / letter.NAME, limit=letter.LIMIT))
    for name in (FOLDER, INDEX):
        shutil.rmtree(pack / name)
    single_file_path(pack).chmod(0o444)
    single_file_path(pack).rename(folder.packs / single_file_path(pack).name)
    pack.rename(folder.packs / said.pack_id)
    session.store.add_run(_row(context, said))
    _tie_in(context, said, proof)
    return context


def _results(context: RunContext, pack: Path) -> None:
    """What duties 1 to 7 handed back, put together again from the sealed files; this machine's MAC goes on it."""
    documents = {name: canonical.loads_object(read_bytes(pack / name, limit=CORE_LIMIT)) for name in attest.SOURCES}
    records = {
        field: duties.record(field, duties.DUTIES[field][1], result)
        for field, result in _begun(duties.sealed_results(documents))
    }
    records[SEALED_SCRIBE] = read_bytes(pack / FOLDER / duties.record_name(SEALED_SCRIBE), limit=CORE_LIMIT)
    for field, record in records.items():
        folder = FOLDER if field == SEALED_SCRIBE else attest.FOLDER
        path = pack / folder / duties.envelope_name(field)
        store_result(context, field, record, read_bytes(path, limit=CORE_LIMIT) if path.exists() else None)
    listed = dsse.parse(read_bytes(pack / attest.FOLDER / duties.KEYS, limit=CORE_LIMIT))
    said = cast("Mapping[str, Mapping[str, list[JSON]]]", canonical.loads_object(listed.payload))
    seats = [canonical.dumps(one) + b"\n" for one in said["predicate"]["workers"]]
    write_atomic(context.folder.seats, b"".join(seats))


def _begun(results: Mapping[str, JSONObject]) -> Iterator[tuple[str, JSONObject]]:
    """The duties up to the first that did not pass, that one too: it may have broken off, and is not begun again here.

    Those after it were skipped, and have no result of their own.
    """
    for field, result in results.items():
        yield field, result
        if result["verdict"] != "PASS":
            return


def _row(context: RunContext, said: Letter) -> RunRow:
    inputs = context.inputs
    return RunRow(
        run_id=context.run_id,
        state="RUNNING",
        layer_id=str(inputs["layer_id"]),
        reason=str(inputs["run_reason"]),
        operator_id=str(inputs["operator_id"]),
        git_ref=str(inputs["git_ref"]),
        mode=str(inputs["mode"]),
        repo_root=str(context.repository.root),
        inputs=canonical.dumps(inputs),
        graph_version=said.graph_version,
        thread=context.run_id,
        created=said.created,
        updated=context.stamp(),
    )


def _tie_in(context: RunContext, said: Letter, proof: bytes) -> None:
    """Record the other log's checkpoint in this one: it may only grow from there.

    Several runs of one night come in any order; a checkpoint that is not beyond the newest says nothing new.
    """
    data = proofs.parse(proof).checkpoint
    named = checkpoints.require(data, vkeys(said))
    used = next(key for key in vkeys(said) if key.name == named.origin)
    if not _grown(context, named):
        return
    details: dict[str, JSON] = {"checkpoint": data.decode(), "vkey": used.line}
    append(
        context.places,
        [Entry("foreign-checkpoint", None, context.stamp(), named.origin, canonical.digest_of(data), details)],
    )


def _grown(context: RunContext, named: Checkpoint) -> bool:
    """Whether this is more than is known of the other log. Raises ``INDEX_FORKED`` for another root of one size."""
    try:
        with open_index(context.places) as log:
            last = newest(log, named.origin)
            if last is not None and last.size == named.size:
                refuse_older(log, named)
            return last is None or last.size < named.size
    except BadInput as error:
        if error.code != "INDEX_NOT_FOUND":
            raise
        return True

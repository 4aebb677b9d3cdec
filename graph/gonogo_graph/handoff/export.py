"""Handing over: the run ends here, on the record, and goes on where its file is imported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical
from gonogo_evidence.attest import duties
from gonogo_evidence.errors import IntegrityBroken, Refused
from gonogo_evidence.files import no_room, walk
from gonogo_evidence.index.about import HANDED_OVER
from gonogo_evidence.review import FOLDER
from gonogo_evidence.seal import ENVIRONMENT
from gonogo_evidence.text import msg
from gonogo_evidence.verify import open_pack
from gonogo_graph.engine import signer
from gonogo_graph.handoff import archive, letter
from gonogo_graph.index import record_ending
from gonogo_graph.index_key import known_keys
from gonogo_graph.lock import single_writer
from gonogo_graph.proof import sealed_now
from gonogo_graph.said import late_objections
from gonogo_graph.signing import PATIENCE, refuse_decided
from gonogo_graph.table import graph_version

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import Digest
    from gonogo_graph.context import RunContext
    from gonogo_graph.proof import Sealed
    from gonogo_graph.store import Request

PACK: Final = "pack"


def export(context: RunContext, target: Path, *, who: str, addressee: str | None = None) -> Digest:
    """Write the run's file and end the run here; returns the digest of the file.

    Asked again, it writes the same bytes again: a file that was lost costs nothing.

    Args:
        context: a run at the hold point that nobody has signed.
        target: the new file.
        who: who hands it over.
        addressee: origin of the log of the one installation that may take it up.

    Raises:
        Refused: ``HANDOFF_NOT_WAITING``, ``HANDOFF_SIGNED``, ``HANDOFF_REDACTED``, ``ALREADY_DECIDED``.
        IntegrityBroken: evidence that changed; ``HANDOFF_CHANGED``: it is not what was handed over before.
    """
    with single_writer(context.places.lock(context.run_id), patience=PATIENCE):
        before = context.store.abandoned(context.run_id)
        if before is None or not before[1].startswith(HANDED_OVER):
            refuse_decided(context)
        request = _waits(context)
        sealed = sealed_now(context)
        _fits(context, sealed, request)
        partial = target.with_name(f".{target.name}.partial")
        partial.unlink(missing_ok=True)
        try:
            digest = archive.write(partial, _members(context, sealed, request, addressee))
            if os.path.lexists(target):
                raise archive.there(target)
            _end(context, digest, who, before)
            _place(partial, target)
        finally:
            partial.unlink(missing_ok=True)
        return digest


def _waits(context: RunContext) -> Request:
    request = context.store.request(context.run_id)
    if request is None:
        raise Refused(
            "HANDOFF_NOT_WAITING",
            msg("Only a run that waits for its operator can be handed over."),
            where=context.run_id,
            next_step=msg("gonogo resume {run}", run=context.run_id),
        )
    if context.store.signoffs(context.run_id, request.request_id):
        raise Refused(
            "HANDOFF_SIGNED",
            msg("Somebody has signed already: it is finished here."),
            where=context.run_id,
            next_step=msg("gonogo resume {run}", run=context.run_id),
        )
    return request


def _fits(context: RunContext, sealed: Sealed, request: Request) -> None:
    if (request.pack_digest, request.review_digest) != (sealed.pack_digest, sealed.review_digest):
        words = msg("The review is not the one that was asked about.")
        raise IntegrityBroken("REVIEW_CHANGED", words, where=str(sealed.folder / FOLDER))
    record = sealed.folder / FOLDER / duties.record_name("pack")
    if open_pack(sealed.folder).json(ENVIRONMENT).get("redactions") or not record.is_file():
        raise Refused(
            "HANDOFF_REDACTED",
            msg("A secret was replaced, or no worker signed the seal: what step G reads is not all in the pack."),
            where=context.run_id,
            next_step=msg('gonogo sign PACK --decision DECISION --reason "TEXT"'),
        )


def _members(
    context: RunContext, sealed: Sealed, request: Request, addressee: str | None
) -> list[tuple[str, bytes | Path]]:
    row = context.store.run(context.run_id)
    said = letter.Letter(
        run_id=context.run_id,
        pack_id=sealed.pack_id,
        pack_digest=sealed.pack_digest,
        root_commit=context.repository.root_commit,
        graph_version=graph_version(),
        created=row.created if row else request.issued,
        expires=request.expires,
        addressee=addressee,
        vkeys="".join(f"{key.line}\n" for key in known_keys(context.places)),
        inputs=canonical.loads_object(canonical.dumps(context.inputs)),
        objections=late_objections(context),
    )
    members: list[tuple[str, bytes | Path]] = [(letter.NAME, letter.write(said, signer(context.places)))]
    files = (path for path in walk(sealed.folder) if not path.is_dir())
    return members + [(f"{PACK}/{path.relative_to(sealed.folder).as_posix()}", path) for path in files]


def _end(context: RunContext, digest: Digest, who: str, before: tuple[str, str, str] | None) -> None:
    reason = f"{HANDED_OVER}{digest}"
    if before is not None:
        if before[1] != reason:
            raise IntegrityBroken(
                "HANDOFF_CHANGED",
                msg("The file would not be the one that was handed over before: {reason}.", reason=before[1]),
                where=context.run_id,
                next_step=msg("Use the file of then. For another addressee, import it there and export it again."),
            )
        return
    if not context.store.abandon(context.run_id, who, reason, context.stamp()):
        refuse_decided(context)
        raise Refused("RUN_ENDED", msg("The run has ended already."), where=context.run_id)
    context.store.update_run(context.run_id, state="ABANDONED", updated=context.stamp())
    record_ending(context)


def _place(partial: Path, target: Path) -> None:
    try:
        os.link(partial, target)
    except FileExistsError as error:
        raise archive.there(target) from error
    except OSError as error:
        raise no_room(error, target) from error

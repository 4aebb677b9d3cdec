"""The proof behind a decision, made from bytes outside the graph: pack, review, trust, signatures, clock.

It is asked twice: before a paused run is resumed, so that a refused decision never touches the graph, and again by
``commit``, which believes nobody (law 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence import canonical
from gonogo_evidence.attest.statements import SUFFIX
from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes
from gonogo_evidence.ids import Digest, PackId, RunId
from gonogo_evidence.replayed import provenance_of
from gonogo_evidence.review import FOLDER
from gonogo_evidence.seal import CORE, ENVIRONMENT
from gonogo_evidence.text import msg
from gonogo_evidence.verify import open_pack, verify_pack
from gonogo_graph.engine import engine_public_keys
from gonogo_graph.index_key import index_keys
from gonogo_graph.revoked import refuse_revoked, told_of
from gonogo_graph.store import refusal_of
from gonogo_policies.actors import ENVELOPES, actors_of
from gonogo_policies.release import RECOMMENDATION, shown_by
from gonogo_policies.remote import remote_of
from gonogo_policies.signoff import Decision, Expected, Judged, Waiting, decide, judge, sign_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.replayed import Provenance
    from gonogo_evidence.verdict import Verdict
    from gonogo_evidence.verify import Check, UnverifiedPack
    from gonogo_graph.context import RunContext
    from gonogo_graph.store import Request
    from gonogo_policies.trust import Trust

CORE_LIMIT = 64 * 1024 * 1024
RECOMMENDED = f"{FOLDER}/{RECOMMENDATION}"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed pack and review of a run, as they lie on disk at this moment."""

    folder: Path
    run_id: RunId
    pack_id: PackId
    pack_digest: Digest
    review_digest: Digest
    core_digest: Digest
    verdict: str
    """Of the whole run: core and recommendation."""
    inconclusive: tuple[str, ...]
    actors: Mapping[str, Sequence[str]]
    remote: Verdict | None = None
    """What the forge's checks came to; None where the run saw none."""
    replay: Provenance | None = None
    """Who vouches for a replay's transcripts; None where the run is none."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What the bytes prove: the sealed evidence, the request, and what the sign-offs for it amount to."""

    sealed: Sealed
    request: Request
    trust: Trust
    outcome: Decision | Waiting


def sealed_now(context: RunContext) -> Sealed:
    """Digest and verify pack and review as they are now; what it returns was read from the bytes that were verified.

    Raises ``PACK_CHANGED`` with the first check that broke.
    """
    pack, places = open_pack(pack_folder(context)), context.places
    report = verify_pack(pack, engine_keys=engine_public_keys(places), index_keys=index_keys(places))
    bad = [check for check in report.of("authentic") if check.verdict != "PASS" and not check.limit]
    if report.verdict("authentic") != "PASS":
        raise _changed(context, pack.folder, bad[0] if bad else None)
    return _of_run(context, pack)


def sealed_as_named(context: RunContext) -> Sealed:
    """What seal, review and core say they are, by their own bytes; nothing below them is verified here."""
    return _of_run(context, open_pack(pack_folder(context)))


def _of_run(context: RunContext, pack: UnverifiedPack) -> Sealed:
    if pack.review_digest is None or pack.json(ENVIRONMENT).get("run_id") != context.run_id:
        raise _changed(context, pack.folder, None)
    return sealed_in(pack, pack.review_digest)


def sealed_in(pack: UnverifiedPack, review: Digest) -> Sealed:
    """The same of any pack, for example a copy on a machine where the run does not live."""
    around, core = pack.json(ENVIRONMENT), pack.json(CORE)
    shown = shown_by(core, pack.json(RECOMMENDED) if RECOMMENDED in pack.entries else {})
    return Sealed(
        folder=pack.folder,
        run_id=RunId(str(around["run_id"])),
        pack_id=PackId(str(around["pack_id"])),
        pack_digest=pack.pack_digest,
        review_digest=review,
        core_digest=pack.core_digest,
        verdict=shown.verdict,
        inconclusive=shown.inconclusive,
        actors=actors_of(core, around, _envelopes(pack)),
        remote=remote_of(around, str(core.get("git_ref"))),
        replay=provenance_of(around),
    )


def _envelopes(pack: UnverifiedPack) -> Iterator[bytes]:
    for folder in ENVELOPES:
        yield from (pack.read(f"{folder}/{name}") for name in pack.names(folder) if name.endswith(SUFFIX))


def _changed(context: RunContext, folder: Path, broken: Check | None) -> IntegrityBroken:
    return IntegrityBroken(
        "PACK_CHANGED",
        msg("The sealed evidence is not what was sealed: {what}", what=str(broken.evidence) if broken else "review/"),
        where=str(folder / broken.where if broken and broken.where else folder),
        next_step=msg('gonogo abandon {run} --reason "evidence changed"', run=context.run_id),
    )


def run_of(folder: Path) -> JSON:
    """The run that a pack says it is of."""
    data = read_bytes(folder / ENVIRONMENT, limit=CORE_LIMIT)
    return canonical.loads_object(data, limit=CORE_LIMIT).get("run_id")


def pack_folder(context: RunContext) -> Path:
    """The one pack of the run. Raises ``NO_PACK`` before step F sealed it."""
    folders = [path for path in sorted(context.folder.packs.glob("EVP-*")) if path.is_dir() and path.suffix == ""]
    if len(folders) != 1:
        raise Inconclusive(
            "NO_PACK",
            msg("This run has no sealed pack yet."),
            where=context.run_id,
            next_step=msg("gonogo resume {run}", run=context.run_id),
        )
    return folders[0]


def expected_of(sealed: Sealed, request: Request, trust: Trust) -> Expected:
    """What a sign-off must say to be about this evidence, this request and today's policy."""
    return Expected(
        run_id=sealed.run_id,
        pack_id=sealed.pack_id,
        pack_digest=sealed.pack_digest,
        review_digest=sealed.review_digest,
        request_id=request.request_id,
        policy_digest=trust.policy_digest,
        pack_verdict=sealed.verdict,
        inconclusive=sealed.inconclusive,
        actors=sealed.actors,
        requested_at=request.issued,
        expires=request.expires,
        remote=sealed.remote,
        replay=sealed.replay,
    )


def prove(context: RunContext) -> Proven:
    """Verify what lies on disk now, whole, and judge every sign-off of the newest request against it."""
    request = context.store.request(context.run_id)
    if request is None:
        raise Refused("NO_REQUEST", msg("Nothing was asked of the operator yet."), where=context.run_id)
    sealed, trust = sealed_now(context), context.trust()
    return Proven(sealed, request, trust, answered(context, request, sealed, trust))


def answered(context: RunContext, request: Request, sealed: Sealed, trust: Trust | None = None) -> Decision | Waiting:
    """What the sign-offs of a request amount to, against this evidence. Refused ones go on the record."""
    _asked_about(request, sealed)
    roots = trust or context.trust()
    expected, judged = expected_of(sealed, request, roots), list[Judged]()
    refused: GonogoError | None = None
    said = told_of(context.places, context.run_id)
    for row in context.store.signoffs(context.run_id, request.request_id):
        try:
            refuse_revoked(said, sealed.folder, sealed.pack_digest, [row], now=context.stamp())
            judged.append(judge(row.statement, row.signature, trust=roots, expected=expected, at=context.now()))
        except GonogoError as error:
            refused = error
            record_refusal(context, error)
    if refused is not None and not judged:
        raise refused
    return decide(judged, trust=roots)


def _asked_about(request: Request, sealed: Sealed) -> None:
    if (request.pack_digest, request.review_digest) != (sealed.pack_digest, sealed.review_digest):
        raise Refused(
            "SIGNOFF_STALE_REQUEST",
            msg("The request was made for other evidence than what lies there."),
            where=sealed.run_id,
            next_step=sign_again(sealed.run_id),
        )


def record_refusal(context: RunContext, error: GonogoError) -> None:
    """A refused attempt is a ledger entry (loop.md, sign-off 7)."""
    context.store.add_refusal(refusal_of(context.run_id, context.stamp(), error))

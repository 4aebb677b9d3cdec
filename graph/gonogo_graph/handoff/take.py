"""Taking a run up that another machine handed over: checked from bytes, placed as a run of this ledger, once.

The order is the order of trust: the file's form, the letter's engine, this repository, somebody to vouch for what was
measured, the pack's own proof, time, and what this machine would have frozen for the same request.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical, dsse
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes
from gonogo_evidence.ids import RunId
from gonogo_evidence.index.about import told
from gonogo_evidence.review import ENGINE_PUB, FOLDER, OUTCOME
from gonogo_evidence.single_file import SOURCES, derive, single_file_path
from gonogo_evidence.statement import parse_time
from gonogo_evidence.text import msg
from gonogo_evidence.verify import verify_pack
from gonogo_graph.handoff import archive, letter
from gonogo_graph.handoff.export import PACK
from gonogo_graph.handoff.ground import vouched
from gonogo_graph.handoff.place import place, vkeys
from gonogo_graph.index import open_index
from gonogo_graph.index_key import index_key
from gonogo_graph.lock import single_writer
from gonogo_graph.proof import CORE_LIMIT, run_of
from gonogo_graph.reproduce import inputs_again
from gonogo_graph.signing import PATIENCE
from gonogo_graph.table import graph_version

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_graph.context import Progress, RunContext
    from gonogo_graph.handoff.ground import Ground
    from gonogo_graph.handoff.letter import Letter
    from gonogo_graph.session import Session

OTHER_WORDS: Final = frozenset({"config", "notes", "remote_checks", "replay"})
"""Inputs in which machines may differ: from which side a file came (what it says is compared), what a forge said, who
vouches for a replay's transcripts.
"""


def take_up(session: Session, file: Path, ground: Ground, progress: Progress) -> RunContext:
    """Check a file and make its run one of this ledger; the caller carries it on to its hold point.

    Raises:
        IntegrityBroken: ``HANDOFF_BROKEN``, ``HANDOFF_DIFFERS``, ``HANDOFF_LETTER``, ``PACK_CHANGED``.
        Refused: ``HANDOFF_OTHER_REPOSITORY``, ``HANDOFF_OTHER_VERSION``, ``HANDOFF_ADDRESSEE``, ``HANDOFF_UNVOUCHED``,
            ``HANDOFF_NOT_REPRODUCED``, ``HANDOFF_EXPIRED``, ``HANDOFF_INPUTS``, ``HANDOFF_KNOWN``.
        Inconclusive: ``HANDOFF_COMMIT_MISSING``.
    """
    partial = session.places.state / f"handoff-{session.world.token(8)}.partial"
    try:
        digest = archive.unpack(file, partial)
        _as_named(digest, ground, file)
        pack = partial / PACK
        if {path.name for path in partial.iterdir()} != {letter.NAME, PACK}:
            raise letter.no_letter("it is a letter and a pack, and nothing else")
        engine = _engine(pack)
        said = letter.read(read_bytes(partial / letter.NAME, limit=letter.LIMIT), engine)
        _fits_here(session, said)
        with single_writer(session.places.lock(RunId(said.run_id)), patience=PATIENCE):
            _new_here(session, said)
            pack = pack.rename(partial / said.pack_id)
            _authentic(pack, engine, said)
            _same_inputs(session, said)
            vouched(session, pack, engine, ground, said, progress)
            return place(session, partial, pack, said)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _as_named(digest: str, ground: Ground, file: Path) -> None:
    if ground.digest is not None and ground.digest.strip().lower().removeprefix("sha256:") != digest:
        raise IntegrityBroken(
            "HANDOFF_DIFFERS",
            msg("The file's digest is {digest}, not the one that you named.", digest=digest),
            where=str(file),
            next_step=msg("Do not import it. Fetch it again, or ask whoever handed it over."),
        )


def _engine(pack: Path) -> Ed25519PublicKey:
    try:
        return dsse.load_public(read_bytes(pack / FOLDER / ENGINE_PUB, limit=letter.LIMIT))
    except GonogoError as error:
        raise letter.no_letter(str(error.what)) from error


def _fits_here(session: Session, said: Letter) -> None:
    """The letter speaks of this repository, these steps, this ledger, and of a time that is not over."""
    repository, where = session.repository, said.run_id
    if said.root_commit != repository.root_commit:
        words = msg("The run is of another repository: its first commit is {root}.", root=ascii(said.root_commit))
        step = msg("Import it in a clone of that one: --repo DIR")
        raise Refused("HANDOFF_OTHER_REPOSITORY", words, where=str(repository.root), next_step=step)
    if said.graph_version != graph_version():
        words = msg("The run was made by a gonogo with other steps than this one.")
        raise Refused(
            "HANDOFF_OTHER_VERSION", words, where=where, next_step=msg("Use the same version on both machines.")
        )
    if said.addressee is not None and said.addressee != index_key(session.places).name:
        words = msg("It is addressed to another installation: {origin}.", origin=ascii(said.addressee))
        raise Refused("HANDOFF_ADDRESSEE", words, where=where, next_step=msg("Import it there."))
    if session.world.now() > parse_time(said.expires):
        words = msg("The run could be decided until {expires}.", expires=said.expires)
        raise Refused(
            "HANDOFF_EXPIRED", words, where=where, next_step=msg("Run again: what was asked then is too old.")
        )


def _new_here(session: Session, said: Letter) -> None:
    row, state = session.store.row(RunId(said.run_id)), ""
    if row is not None:
        state = row.state
    elif _in_index(session, said):  # the ledger forgot it: what lies there is not made anew
        state = "LOST"
    if state:
        raise Refused(
            "HANDOFF_KNOWN",
            msg("This ledger has the run already; its state is {state}. A run is taken up once.", state=state),
            where=said.run_id,
            next_step=msg("gonogo show {run}", run=said.run_id),
        )


def _in_index(session: Session, said: Letter) -> bool:
    """Whether the log has anything of a run of this id: nothing else of the letter chooses what is looked for."""
    try:
        with open_index(session.places) as log:
            return bool(told(log, said.run_id).of_run)
    except BadInput as error:
        if error.code != "INDEX_NOT_FOUND":
            raise
        return False


def _authentic(pack: Path, engine: Ed25519PublicKey, said: Letter) -> None:
    """The pack is what its engine sealed, attested and put into its log, and it is the letter's."""
    single_file_path(pack).write_bytes(derive({name: read_bytes(pack / name, limit=CORE_LIMIT) for name in SOURCES}))
    report = verify_pack(pack, engine_keys=[engine], index_keys=vkeys(said))
    if report.verdict("authentic") != "PASS":
        broken = next((check for check in report.of("authentic") if check.verdict != "PASS" and not check.limit), None)
        raise IntegrityBroken(
            "PACK_CHANGED",
            msg("The sealed evidence is not what was sealed: {what}", what=str(broken.evidence if broken else "")),
            where=said.pack_id,
            next_step=msg("Do not import it. Fetch it again, or ask whoever handed it over."),
        )
    if (report.pack_digest, run_of(pack)) != (said.pack_digest, said.run_id) or (pack / FOLDER / OUTCOME).exists():
        raise letter.no_letter("it speaks of another pack")


def _same_inputs(session: Session, said: Letter) -> None:
    """This machine, by its own trust files, would have asked the same of that commit: gates, guard rails, rights."""
    try:
        session.repository.resolve(str(said.inputs.get("git_ref")))
        here = inputs_again(session, session.places, said.inputs, str(said.inputs.get("mode")))
    except BadInput as error:
        raise Inconclusive(
            "HANDOFF_COMMIT_MISSING",
            msg("What the run is about cannot be found here: {reason}", reason=str(error.what)),
            where=str(said.inputs.get("git_ref")),
            next_step=msg("Fetch the commit (git fetch), then import the file again."),
        ) from error
    here = canonical.loads_object(canonical.dumps(here))
    names = sorted(name for name in {*here, *said.inputs} - OTHER_WORDS if here.get(name) != said.inputs.get(name))
    if names:
        raise Refused(
            "HANDOFF_INPUTS",
            msg("This machine would have run it with other inputs: {names}.", names=", ".join(map(ascii, names))),
            where=said.run_id,
            next_step=msg("Enrol the same gates where the run is made, with your public key, and run it again there."),
        )

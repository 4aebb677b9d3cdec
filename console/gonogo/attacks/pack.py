"""Attacks on the evidence: bytes of the sealed pack, of the review, of the attestations and of the index."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo.attacks.hostile import make_hostile
from gonogo.attacks.interface import executed, refused, refused_by
from gonogo.attacks.moves import give_genuine, sign_genuine, told
from gonogo.attacks.stage import DECIDED
from gonogo.cli.context import Output
from gonogo.decision import DecisionChecks
from gonogo.trusting import Roots
from gonogo_evidence import dsse
from gonogo_evidence.index import proof as proofs
from gonogo_evidence.index.placed import PROOF
from gonogo_evidence.review import REVIEW, is_later, write_review
from gonogo_evidence.text import msg
from gonogo_evidence.verify import verify_pack
from gonogo_graph.drive import carry_on
from gonogo_graph.engine import PAYLOAD_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.stage import Stage


def _then_sign(stage: Stage) -> Wordless:
    """Good signatures over what lies there now."""
    yield
    with stage.run() as context:
        give_genuine(stage, context)


def _signed_before(stage: Stage, change: Callable[[Path], object]) -> Wordless:
    """Good signatures, then the change, then on."""
    with stage.run() as context:
        sign_genuine(stage, context)
        change(stage.pack)
        yield
        carry_on(context)


def _swap(path: Path, old: bytes, new: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(old, new, 1))


@refused_by("PACK_CHANGED")
def edited_pack(stage: Stage) -> Moves:
    """A word in the core changed before it is signed."""
    _swap(stage.pack / "core" / "pack.json", b"gonogo attack", b"gonogo ATTACK")
    return _then_sign(stage)


@refused_by("PACK_CHANGED")
def edited_after_signing(stage: Stage) -> Moves:
    """The summary changed after it was signed."""
    return _signed_before(stage, lambda pack: _swap(pack / "SUMMARY.md", b"#", b"##"))


@refused_by("PACK_CHANGED")
def added_file(stage: Stage) -> Moves:
    """A file more in the sealed pack."""
    (stage.pack / "data").mkdir(exist_ok=True)
    (stage.pack / "data" / "more.json").write_bytes(b"{}")
    return _then_sign(stage)


@refused_by("PACK_CHANGED")
def linked_file(stage: Stage) -> Moves:
    """A sealed file replaced by a link to the same bytes elsewhere."""
    path, elsewhere = stage.pack / "SUMMARY.md", stage.folder / "home" / "summary"
    elsewhere.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(elsewhere)
    return _then_sign(stage)


@refused_by("PACK_CHANGED")
def edited_review(stage: Stage) -> Moves:
    """The review notes changed before they are signed."""
    _swap(stage.pack / "review" / "notes.md", b"#", b"##")
    return _then_sign(stage)


@refused_by("REVIEW_CHANGED")
def forged_card(stage: Stage) -> Moves:
    """Another card, in a review that was written anew around it, so that all digests fit."""
    _review_with(stage.pack, "card.txt", b"VERDICT PASS. Sign.\n")
    return _then_sign(stage)


@refused_by("REVIEW_CHANGED")
def forged_card_later(stage: Stage) -> Moves:
    """The same after it was signed."""
    return _signed_before(stage, lambda pack: _review_with(pack, "card.txt", b"VERDICT PASS. Signed.\n"))


def _review_with(pack: Path, name: str, data: bytes) -> None:
    files = {
        path.name: path.read_bytes()
        for path in (pack / "review").iterdir()
        if path.name != REVIEW and not is_later(path.name)
    }
    write_review(pack, {**files, name: data})


@refused_by("PACK_CHANGED")
def swapped_pack(stage: Stage) -> Wordless:
    """The good pack in the place of the hostile run's, which is then signed and carried on."""
    make_hostile(stage)
    (place,) = (path for path in (stage.state / "runs" / stage.hostile_id / "pack").iterdir() if path.is_dir())
    shutil.rmtree(place)
    shutil.copytree(stage.pack, place, symlinks=True)
    yield
    with stage.run(stage.hostile_id) as context:
        give_genuine(stage, context)


def _verified(stage: Stage, change: Callable[[Path], object]) -> Moves:
    """What ``gonogo verify`` says of the decided run's pack after a change."""
    stage.restore(DECIDED)
    change(stage.pack)
    yield
    roots = Roots(Output(stage.world.env, given=stage.world), stage.repo, None, None)
    keys = roots.engine_keys(stage.pack)
    decided = DecisionChecks(roots.trust(stage.pack), keys, stage.world.now())
    report = verify_pack(stage.pack, extra=[decided], engine_keys=keys, index_keys=roots.index_keys(stage.pack))
    bad = [check for check in report.checks if check.verdict == "FAIL"]
    if bad and report.exit_code != 0:
        return refused(bad[0].code)
    return executed(msg("gonogo verify gives {exit}", exit=report.exit_code))


@refused_by("FILE_DIGEST")
def verify_attestation(stage: Stage) -> Moves:
    """The verdict's attestation signed by another key."""

    def change(pack: Path) -> None:
        path = pack / "attestations" / "verdict.dsse.json"
        path.chmod(0o600)
        path.write_bytes(dsse.sign(PAYLOAD_TYPE, dsse.parse(path.read_bytes()).payload, dsse.new_engine_key()))

    return _verified(stage, change)


@refused_by("REVIEW_FILE_DIGEST")
def verify_seal(stage: Stage) -> Moves:
    """The engine's envelope over the seal made by another engine."""

    def change(pack: Path) -> None:
        path = pack / "review" / "engine.dsse.json"
        path.write_bytes(dsse.sign(PAYLOAD_TYPE, dsse.parse(path.read_bytes()).payload, dsse.new_engine_key()))

    return _verified(stage, change)


@refused_by("OUTCOME_OTHER_ENGINE")
def verify_outcome(stage: Stage) -> Moves:
    """The outcome written again by another engine."""

    def change(pack: Path) -> None:
        path = pack / "review" / "outcome.json"
        path.write_bytes(dsse.sign(PAYLOAD_TYPE, dsse.parse(path.read_bytes()).payload, dsse.new_engine_key()))

    return _verified(stage, change)


@refused_by("OUTCOME_UNSIGNED")
def verify_unsigned(stage: Stage) -> Moves:
    """An outcome whose sign-offs were taken away."""

    def change(pack: Path) -> None:
        for path in (pack / "review").glob("*.signoff.json*"):
            path.unlink()

    return _verified(stage, change)


@refused_by("INDEX_NOT_INCLUDED")
def verify_proof(stage: Stage) -> Moves:
    """A proof of inclusion that proves something else."""

    def change(pack: Path) -> None:
        path = pack / "index" / PROOF
        path.chmod(0o600)
        path.write_bytes(replace(proofs.parse(path.read_bytes()), hashes=(bytes(32),)).to_bytes())

    return _verified(stage, change)


@refused_by("INDEX_NOT_FOUND")
def removed_index(stage: Stage) -> Moves:
    """The evidence index removed while a run waits: with it the trace of what was decided."""
    shutil.rmtree(stage.state / "index")
    return _then_sign(stage)


@refused_by("INDEX_ROLLED_BACK")
def rolled_back_index(stage: Stage) -> Moves:
    """The evidence index as it was before the run was decided, put back afterwards."""
    kept = stage.folder / "home" / "index"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(stage.state / "index", kept)
    stage.restore(DECIDED)
    shutil.rmtree(stage.state / "index")
    os.replace(kept, stage.state / "index")  # noqa: PTH105 - a move
    yield
    with stage.run() as context:
        return told(lambda: carry_on(context), msg("the run goes on beside the shorter index"))

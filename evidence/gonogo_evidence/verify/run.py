"""All checks of a pack, in an order in which each may rely on those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import msg
from gonogo_evidence.verify import (
    attestations,
    digests,
    drill,
    duties,
    engine,
    fields,
    guide,
    index,
    overall,
    planned,
    replay,
    review,
    shape,
    single,
    structure,
)
from gonogo_evidence.verify.open import UnverifiedPack, open_pack
from gonogo_evidence.verify.report import AREAS, Area, Check, Report, of_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.index import VerifierKey
    from gonogo_evidence.index.witness_policy import WitnessPolicy

PackCheck: TypeAlias = Callable[[UnverifiedPack], Iterable[Check]]
"""A check that another floor supplies. It may raise any ``GonogoError``: that becomes its answer."""

OWN: tuple[tuple[str, Area, PackCheck], ...] = (
    (structure.ID, "authentic", structure.check),
    (shape.CANONICAL, "authentic", shape.check_canonical),
    (shape.DECLARED, "authentic", shape.check_declared),
    (digests.SEAL_ID, "authentic", digests.check),
    (digests.CORE_ID, "authentic", digests.check_core),
    (digests.DATA_ID, "authentic", digests.check_data),
    (single.ID, "authentic", single.check),
    (review.ID, "authentic", review.check),
    (guide.ID, "authentic", guide.check),
    (replay.ID, "authentic", replay.check),
    (review.STATEMENTS, "decision", review.check_statements),
    (shape.SCHEMA, "verdict", shape.check_schemas),
    (fields.ID, "verdict", fields.check),
    (fields.IDS, "verdict", fields.check_ids),
    (planned.ID, "verdict", planned.check),
    (overall.ID, "verdict", overall.check),
)
"""The checks of this floor: what they are called, which question they answer, and what does it."""


def verify_pack(
    folder: Path | UnverifiedPack,
    *,
    extra: Sequence[PackCheck] = (),
    engine_keys: Sequence[Ed25519PublicKey] | None = None,
    index_keys: Sequence[VerifierKey] | None = None,
    only_these_logs: bool = False,
    as_drill: bool = False,
    witnesses: WitnessPolicy | None = None,
) -> Report:
    """Check a pack from its bytes, offline, believing nothing in it.

    Args:
        folder: the pack; the single file is looked for beside it. One that was opened already is looked at as it was
            read, so that what is verified here is what its opener goes on to use.
        extra: checks of other floors (sign-off, separation of duties); they run where the documents can be read at all.
        engine_keys: the engine keys that the verifier trusts; never taken from the pack.
        index_keys: the same for the log that the pack's index entry is in.
        only_these_logs: whether the verifier named ``index_keys`` for this very pack: a checkpoint of any other log is
            then refused. Without it the keys are those that happen to be known here, and another log is a limit.
        witnesses: who must have cosigned the checkpoint that the pack's place in the index is proven against.
        as_drill: whether a drill's pack is what the verifier wants; without it one is refused (``DRILL_PACK``).

    Raises:
        BadInput: there is no pack at ``folder``.
    """
    pack = folder if isinstance(folder, UnverifiedPack) else open_pack(folder)
    checks = [check for id_, area, own in OWN for check in _guarded(id_, area, own, pack)]
    checks += _guarded(drill.ID, "verdict", lambda opened: drill.check(opened, wanted=as_drill), pack)
    known, logs = engine_keys or (), index_keys or ()
    checks += _guarded(engine.ID, "authentic", lambda opened: engine.check(opened, known), pack)
    checks += _guarded(attestations.ID, "authentic", lambda opened: attestations.check(opened, known), pack)
    checks += _guarded(duties.ID, "authentic", lambda opened: duties.check(opened, known), pack)
    placed = partial(index.check, index_keys=logs, engine_keys=known, only_these=only_these_logs, witnesses=witnesses)
    checks += _guarded(index.ID, "authentic", placed, pack)
    for number, supplied in enumerate(extra if not extra or shape.sound(pack) else [_not_readable], start=1):
        checks += _guarded(f"decision.{number}", "decision", supplied, pack)
    asked: tuple[Area, ...] = tuple(
        area for area in AREAS if area != "decision" or extra or any(c.area == area for c in checks)
    )
    return _with_digests(pack, tuple(_once(checks)), asked)


def _guarded(id_: str, area: Area, check: PackCheck, pack: UnverifiedPack) -> list[Check]:
    found: list[Check] = []
    try:
        found.extend(check(pack))
    except GonogoError as error:
        found.append(of_error(id_, error, area=area))
    return found


def _not_readable(_: UnverifiedPack) -> Iterable[Check]:
    words = msg("Not looked at: the pack's own documents cannot be read as what they should be.")
    yield Check("decision.unread", "INCONCLUSIVE", "NOT_CHECKED", words, area="decision")


def _once(checks: Iterable[Check]) -> Iterator[Check]:
    """The first to report a broken file says what is wrong; the others say that they could not look."""
    first: dict[tuple[str, str], str] = {}
    for check in checks:
        reporter = first.setdefault((check.code, check.where), check.id)
        if check.verdict == "FAIL" and check.where and reporter != check.id:
            words = msg("Not looked at, because of {code} in {where}.", code=check.code, where=check.where)
            yield Check(check.id, "INCONCLUSIVE", "NOT_CHECKED", words, check.where, check.area)
        else:
            yield check


def _with_digests(pack: UnverifiedPack, checks: tuple[Check, ...], asked: tuple[Area, ...]) -> Report:
    report = Report(checks, areas=asked)
    try:
        return Report(checks, pack.pack_id, pack.pack_digest, pack.core_digest, pack.review_digest, asked)
    except GonogoError:
        return report

"""``cosigned`` in a log's folder: the newest checkpoint that witnesses signed, with their lines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import cosignature, disk, note, seen
from gonogo_evidence.index.witness_request import join, parse_request
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_evidence.index.checkpoint import Checkpoint
    from gonogo_evidence.index.cosignature import Cosigned, WitnessKey
    from gonogo_evidence.index.log import Log
    from gonogo_evidence.index.note import VerifierKey

NAME: Final = "cosigned"


def read_cosigned(where: Path) -> bytes | None:
    """The note in a log's folder; None where no witness was asked yet."""
    path = where / NAME
    return read_bytes(path, limit=note.MAX_BYTES) if os.path.lexists(path) else None


def require_own(log: Log, data: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """The checkpoint in a note, if this log's key signed it and it is one of this log's own.

    Raises:
        IntegrityBroken: what :func:`begins_with` raises.
        Refused: ``NOTE_UNSIGNED``, ``INDEX_KEY_UNKNOWN``.
    """
    checkpoints.require(data, keys)
    return begins_with(log, data)


def begins_with(log: Log, data: bytes) -> Checkpoint:
    """The checkpoint in a note, if this log is what it grew to; who signed it is another question.

    Raises:
        IntegrityBroken: ``INDEX_OTHER_LOG``, ``INDEX_ROLLED_BACK``, ``INDEX_FORKED``; a malformed note.
    """
    try:
        named = checkpoints.parse(data)
    except IntegrityBroken as error:
        error.where = str(log.where / NAME)
        raise
    seen.check_grown(named, log)
    if named.size and log.root_at(named.size) != named.root:
        raise seen.forked(named.size, str(log.where))
    return named


def take(
    log: Log, request: bytes, answer: bytes, witnesses: Sequence[WitnessKey], keys: Sequence[VerifierKey]
) -> tuple[Cosigned, ...]:
    """Keep a witness's answer beside the log; all of ``witnesses`` that have cosigned this checkpoint by now.

    Args:
        log: the log that asked.
        request: what was asked, as it was sent.
        answer: signature lines, as they came back.
        witnesses: keys of witnesses; lines of others are left out.
        keys: of the log itself.

    Raises:
        BadInput: ``WITNESS_REQUEST``, ``WITNESS_ANSWER``; ``COSIGNED_OLDER``: a newer checkpoint was cosigned already.
        IntegrityBroken: ``COSIGNATURE_BAD``, or what :func:`require_own` raises.
        Refused: ``COSIGNATURE_NONE``.
    """
    asked = parse_request(request).note
    named = require_own(log, asked, keys)
    with disk.held(log.where):  # so that of two answers at once both are kept
        before = read_cosigned(log.where)
        if before is not None and _text(before) != _text(asked):
            size = checkpoints.parse(before).size
            if size >= named.size:
                raise _older(size, named.size, str(log.where / NAME))
            before = None
        whole = join(before or asked, answer, witnesses)
        write_atomic(log.where / NAME, whole, mode=0o600, lasting=True)
    return cosignature.cosigned(note.parse(whole), witnesses)


def _text(data: bytes) -> str:
    return note.parse(data).text


def _older(size: int, older: int, where: str) -> BadInput:
    words = msg("Witnesses have signed {size} entries already; this answer is about {older}.", size=size, older=older)
    return BadInput("COSIGNED_OLDER", words, where=where, next_step=msg("gonogo index request"))

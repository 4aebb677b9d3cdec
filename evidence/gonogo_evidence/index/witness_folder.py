"""A witness's own folder: its key, the logs that it looks at, the newest checkpoint of each that it signed.

It signs no smaller log after a larger one and no second history, also after a restart: what it signs is on the disk
before anybody sees the signature. Whatever would have been a second history is kept: the log's key signed it.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_evidence import dsse
from gonogo_evidence.errors import BadInput, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.files import no_room, read_bytes, sync, write_atomic
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import disk, note, seen
from gonogo_evidence.index.cosignature import Witness
from gonogo_evidence.index.witness_request import parse_request
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from gonogo_evidence.index.checkpoint import Checkpoint
    from gonogo_evidence.index.cosignature import WitnessKey
    from gonogo_evidence.index.note import VerifierKey
    from gonogo_evidence.index.witness_request import Request

KEY: Final = "witness.key"
PUBLIC: Final = "witness.vkey"
LOGS: Final = "logs.vkey"
SEEN: Final = "seen"
REFUSED: Final = "refused"
LIMIT: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Granted:
    """What a witness signed."""

    line: str
    """The cosignature: the whole answer, with its line end."""
    checkpoint: Checkpoint
    before: int
    """Entries that it had seen before; 0 where it sees the log for the first time."""


def make(where: Path, name: str, logs: Sequence[VerifierKey]) -> WitnessKey:
    """Make a witness in a new or empty folder (0700; the key 0600).

    Raises:
        BadInput: ``WITNESS_NAME``, ``WITNESS_THERE``: something lies there already.
        Inconclusive: no room, or no right to write.
    """
    if not note.is_name(name) or not name.isprintable():
        words = msg("A witness's name has neither white space nor a plus, and nothing that does not show.")
        raise BadInput("WITNESS_NAME", words, where=ascii(name))
    try:
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(where.iterdir()):
            words = msg("Something lies in this folder already; a witness gets one of its own.")
            raise BadInput("WITNESS_THERE", words, where=str(where), next_step=msg("Name another folder."))
        pem = dsse.new_engine_key()
        key = Witness(name, dsse.load(pem)).verifier
        where.chmod(0o700)
        (where / SEEN).mkdir(mode=0o700)
        write_atomic(where / LOGS, _lines(logs), lasting=True)
        write_atomic(where / PUBLIC, _lines([key]), lasting=True)
        write_atomic(where / KEY, pem, mode=disk.PRIVATE, lasting=True)
        sync(where.parent)
    except OSError as error:
        raise no_room(error, where) from error
    return key


def trust(where: Path, logs: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Look at these logs too: all that the witness looks at from now on. A log has as many keys as it had over time."""
    with _held(where):
        known = _logs(where)
        more = [one for one in logs if one.line not in {other.line for other in known}]
        write_atomic(where / LOGS, _lines((*known, *more)), lasting=True)
        return (*known, *more)


def witness(where: Path) -> Witness:
    """The witness of a folder. Raises ``WITNESS_NOT_FOUND``, ``WITNESS_KEY_OPEN``, and what a broken key raises."""
    path = where / KEY
    try:
        pem = read_bytes(path, limit=LIMIT)
    except BadInput as error:
        if error.code != "FILE_NOT_FOUND":
            raise
        words, step = msg("There is no witness in this folder."), msg("gonogo witness init --help")
        raise BadInput("WITNESS_NOT_FOUND", words, where=str(where), next_step=step) from error
    if path.stat().st_mode & 0o077:
        step = msg("chmod 600 {path}", path=str(path))
        raise Refused("WITNESS_KEY_OPEN", msg("Others can read the witness's key."), where=str(path), next_step=step)
    found = Witness(_name(where), dsse.load(pem))
    if read_bytes(where / PUBLIC, limit=LIMIT).decode(errors="replace").strip() != found.verifier.line:
        words = msg("The witness's public line is not that of its key.")
        raise IntegrityBroken("WITNESS_KEY_DIFFERS", words, where=str(where / PUBLIC))
    return found


def grant(where: Path, data: bytes, *, time: int) -> Granted:
    """Sign the checkpoint of a request, if it continues what was seen of the log. ``time``: POSIX seconds.

    Raises:
        BadInput: ``WITNESS_REQUEST``: no request; ``WITNESS_NOT_FOUND``.
        Refused: ``WITNESS_LOG_UNKNOWN``, ``NOTE_UNSIGNED``; ``WITNESS_SEEN_OTHER``: the log believes that another size
            was seen: it asks again with the one that is named.
        IntegrityBroken: ``INDEX_FORKED``, ``WITNESS_NOT_CONTINUED``: it does not continue what was seen. The request
            is kept. ``WITNESS_SEEN_LOST``: what was seen is gone or cannot be read: nothing is signed any more.
    """
    with _held(where):
        signer = witness(where)
        request = parse_request(data)
        now = request.checkpoint
        _known(where, request)
        place = where / SEEN / f"{hashlib.sha256(now.origin.encode()).hexdigest()}.checkpoint"
        last = _recall(place)
        if request.old != (last.size if last else 0):
            raise _other_size(now.origin, last.size if last else 0, request.old)
        if last is not None and not request.continues(last):
            raise _kept(where, data, now, last)
        if last is None and request.hashes:
            raise BadInput("WITNESS_REQUEST", msg("Of a log that nobody has seen no hashes can be right."))
        write_atomic(place, request.note, mode=disk.PRIVATE, lasting=True)
        return Granted(signer.line(note.parse(request.note).text, time), now, last.size if last else 0)


def _name(where: Path) -> str:
    """The name in the public line, as far as there is one."""
    return read_bytes(where / PUBLIC, limit=LIMIT).decode(errors="replace").partition("+")[0]


def _known(where: Path, request: Request) -> None:
    """The log is one that this witness looks at, and signed the checkpoint."""
    place, step = str(where / LOGS), msg("gonogo witness trust --help")
    logs = [key for key in _logs(where) if key.name == request.checkpoint.origin]
    if not logs:
        words = msg("This witness does not look at the log {origin}.", origin=request.checkpoint.origin)
        raise Refused("WITNESS_LOG_UNKNOWN", words, where=place, next_step=step)
    try:
        checkpoints.require(request.note, logs)
    except Refused as error:
        words = msg("No key that this witness has of the log signed the checkpoint: was it rotated?")
        raise Refused("NOTE_UNSIGNED", words, where=place, next_step=step) from error


def _logs(where: Path) -> tuple[VerifierKey, ...]:
    return note.parse_vkeys(read_bytes(where / LOGS, limit=LIMIT))


def _other_size(origin: str, size: int, said: int) -> Refused:
    return Refused(
        "WITNESS_SEEN_OTHER",
        msg("The request begins at {said} entries; this witness has seen {size}.", said=said, size=size),
        where=origin,
        next_step=msg("gonogo index request --since {number}", number=size),
    )


def _kept(where: Path, data: bytes, now: Checkpoint, last: Checkpoint) -> IntegrityBroken:
    """What may be a second history, signed by the log's key: kept beside the checkpoint that it does not continue."""
    path = where / REFUSED / f"{hashlib.sha256(data).hexdigest()}.request"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomic(path, data, mode=disk.PRIVATE, lasting=True)
    except (OSError, Inconclusive):  # no room: what was found is said all the same
        path = where
    if now.size == last.size:
        return seen.forked(last.size, str(path))
    return IntegrityBroken(
        "WITNESS_NOT_CONTINUED",
        msg("The hashes do not show that the log begins with the {size} entries that were seen of it.", size=last.size),
        where=str(path),
        next_step=msg("gonogo index compare A B"),
    )


def _recall(place: Path) -> Checkpoint | None:
    """What was seen of the log; None of one that is new here. The folder is there since the witness was made."""
    try:
        os.close(disk.open_folder(place.parent))
        return seen.recall(place)
    except (BadInput, IntegrityBroken) as error:
        raise IntegrityBroken(
            "WITNESS_SEEN_LOST",
            msg("What this witness has seen is gone or cannot be read: it could sign a second history."),
            where=error.where or str(place),
            next_step=msg("gonogo explain WITNESS_SEEN_LOST"),
        ) from error


def _lines(keys: Sequence[VerifierKey | WitnessKey]) -> bytes:
    return "".join(f"{one.line}\n" for one in keys).encode()


@contextmanager
def _held(where: Path) -> Generator[None, None, None]:
    """One at a time: what is compared is what is replaced."""
    if not os.path.lexists(where / KEY):
        witness(where)  # says that there is none
    with disk.held(where):
        yield

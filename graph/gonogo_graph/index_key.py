"""The key that signs the index's checkpoints, the public lines by which others know it, and its rotation."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from gonogo_evidence import dsse
from gonogo_evidence.errors import BadInput, IntegrityBroken, Refused
from gonogo_evidence.files import no_room, read_brought, read_bytes, write_atomic
from gonogo_evidence.ids import Digest
from gonogo_evidence.index import Entry, Signer, VerifierKey, open_writer, origin_of, parse_vkeys, sign
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index.fields import clean
from gonogo_evidence.index.log import read_checkpoint
from gonogo_evidence.text import msg
from gonogo_graph.engine import KEY_LIMIT, engine_key
from gonogo_policies.trust import trust_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_evidence.index import Checkpoint
    from gonogo_graph.places import Places

PUBLIC = "index.vkey"
LINES_LIMIT = 1024 * 1024
KEPT_LIMIT = 64 * 1024


def folder_of(places: Places) -> Path:
    """Where the log lies."""
    return places.state / "index"


def index_key(places: Places) -> Signer:
    """The key of this installation's log, made on first use. The public line goes to the trust store.

    Raises:
        IntegrityBroken: ``INDEX_REPLACED``: there was a log here, and its key is gone. A new one would hide the old.
        Refused: ``INDEX_KEY_OPEN``.
    """
    path = _key_file(places)
    if not path.exists():
        if origins := sorted({key.name for key in known_keys(places)} | {one.origin for one in _seen_here(places)}):
            raise _replaced(origins[0], path)
        _make(path)
    if path.stat().st_mode & 0o077:
        raise Refused(
            "INDEX_KEY_OPEN",
            msg("Others can read the index's key."),
            where=str(path),
            next_step=msg("chmod 600 {path}", path=str(path)),
        )
    signer = _signer(places, read_bytes(path, limit=KEY_LIMIT))
    refuse_replaced(places, signer.name)
    _publish(places, signer.verifier)
    return signer


def index_keys(places: Places) -> tuple[VerifierKey, ...]:
    """The log keys that a verifier on this machine trusts: from the trust store, else those of the state folder."""
    published = _trust(places) / PUBLIC
    if os.path.lexists(published):
        return parse_vkeys(read_bytes(published, limit=LINES_LIMIT))
    return known_keys(places)


def known_keys(places: Places) -> tuple[VerifierKey, ...]:
    """All keys that this installation's log ever had, from the state folder."""
    own = places.state / PUBLIC
    return parse_vkeys(read_bytes(own, limit=LINES_LIMIT)) if os.path.lexists(own) else ()


def seen_file(places: Places, origin: str) -> Path | None:
    """Where the last checkpoint that was seen of a log is kept, outside the state folder; None before enrolment."""
    folder = _trust(places)
    return folder / f"index-{origin.split('/')[1]}.seen" if folder.is_dir() else None


def refuse_replaced(places: Places, origin: str) -> None:
    """Raise ``INDEX_REPLACED`` where this machine has seen another log of the repository than ``origin``."""
    for seen in _seen_here(places):
        if seen.origin != origin:
            raise _replaced(seen.origin, folder_of(places))


def rotate(places: Places, *, reason: str, time: str) -> VerifierKey:
    """Give the log a new key: the old one signs the entry that names it, the new one signs from then on.

    May be called again after a crash: a new key that was made and not yet used is taken up.
    """
    old, path = index_key(places), _key_file(places)
    following = path.with_suffix(".key.next")
    if not following.exists():
        _make(following)
    fresh = Signer(old.name, dsse.load(read_bytes(following, limit=KEY_LIMIT)))
    entry = Entry(
        "key-rotation",
        None,
        time,
        old.name,
        Digest(hashlib.sha256(fresh.verifier.public.public_bytes_raw()).hexdigest()),
        {"role": "index", "vkey": fresh.verifier.line, "reason": clean(reason)},
    )
    with open_writer(folder_of(places), old, known_keys(places)) as writer:
        writer.append([sign(entry, dsse.load(engine_key(places)))])
    _publish(places, fresh.verifier, rotated=True)
    try:
        os.replace(following, path)  # noqa: PTH105 - atomic, as in files.py
    except OSError as error:
        raise no_room(error, path) from error
    with open_writer(folder_of(places), fresh, known_keys(places)) as writer:
        writer.resign()
    return fresh.verifier


def _seen_here(places: Places) -> list[Checkpoint]:
    """The checkpoints of this installation's own logs that are kept outside the state folder, one a log."""
    return [
        checkpoints.parse(read_bytes(path, limit=KEPT_LIMIT)) for path in sorted(_trust(places).glob("index-*.seen"))
    ]


def _replaced(origin: str, where: Path) -> IntegrityBroken:
    return IntegrityBroken(
        "INDEX_REPLACED",
        msg("This machine knows the log {origin} of this repository, and it is not the one here.", origin=origin),
        where=str(where),
        next_step=msg("gonogo explain INDEX_REPLACED"),
    )


def _signer(places: Places, pem: bytes) -> Signer:
    """The key under the log's name: that of the log that lies there, else a new one from the key itself."""
    private = dsse.load(pem)
    raw = private.public_key().public_bytes_raw()
    for known in known_keys(places):
        if known.public.public_bytes_raw() == raw:
            return Signer(known.name, private)
    try:
        origin = checkpoints.parse(read_checkpoint(folder_of(places))).origin
    except BadInput:  # no log yet
        origin = origin_of(VerifierKey("-", private.public_key()), places.repository_id)
    return Signer(origin, private)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    write_atomic(fresh, dsse.new_engine_key(), mode=0o600)
    try:
        os.link(fresh, path)  # two first runs at once: one key wins, never two
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _publish(places: Places, key: VerifierKey, *, rotated: bool = False) -> None:
    """Add the key's line; lines that stand there stay. A second key of a log is added by its rotation alone."""
    folders = [places.state, _trust(places)]
    for path in (folder / PUBLIC for folder in folders if folder.is_dir()):
        data = read_bytes(path, limit=LINES_LIMIT) if os.path.lexists(path) else b""
        lines = parse_vkeys(data)
        if key.line not in {other.line for other in lines} and (
            rotated or key.name not in {other.name for other in lines}
        ):
            gap = b"" if not data or data.endswith(b"\n") else b"\n"
            write_atomic(path, data + gap + key.line.encode() + b"\n", mode=0o600)


def _trust(places: Places) -> Path:
    return trust_folder(places.config_home, places.repository_id)


def _key_file(places: Places) -> Path:
    return places.state / "index.key"


def keys_from(path: Path) -> Sequence[VerifierKey]:
    """The lines of a file that the operator names. Raises ``VKEY_NONE`` where there are none: nobody means nobody."""
    keys = parse_vkeys(read_brought(path, limit=LINES_LIMIT))
    if not keys:
        raise BadInput("VKEY_NONE", msg("The file names no verifier key."), where=str(path))
    return keys

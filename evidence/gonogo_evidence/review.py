"""The review folder: what was added to a pack after its seal, and what may lie there.

``review/review.json`` names every review file by digest and the pack it belongs to; its own SHA-256 is the review
digest, which people sign beside the pack digest. Request, sign-offs, closes and outcome come later still: they are not
in ``review.json``, and nothing else may lie there.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, cast

from gonogo_evidence.canonical import MAX_BYTES, digest_of, dumps, loads_object
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import SEGMENT, no_room, read_bytes, sync, sync_tree
from gonogo_evidence.seal import pack_digest
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_evidence.ids import Digest, JSONObject

FOLDER = "review"
REVIEW = "review.json"
OUTCOME = "outcome.json"
REQUEST = "request.json"
"""What the operators are asked, attested by the engine: whoever has a copy of the pack can answer it."""
ENGINE = "engine.dsse.json"
ENGINE_PUB = "engine.pub"
HANDOFF = "handoff.dsse.json"
"""The letter of the engine that handed the run over to the one whose review this is."""
SCHEMA = "gonogo/review/v1"

_LATER = re.compile(r"[A-Za-z0-9_@+=][A-Za-z0-9._@+=-]*\.(signoff|close-[1-9][0-9]{0,3})\.json(\.sig)?")


def is_later(name: str) -> bool:
    """Whether ``name`` was written after ``review.json``: request, sign-off, close, a signature of one, or outcome."""
    return name in {OUTCOME, REQUEST} or _LATER.fullmatch(name) is not None


def write_review(pack_folder: Path, files: Mapping[str, bytes]) -> Digest:
    """Write ``review/`` and ``review/review.json``; returns the review digest. Calling it again replaces the review.

    A first review appears at once, by a rename; a later one file by file, ``review.json`` last: a torn one never
    verifies. What is not among ``files`` is removed from the folder; sign-offs, closes and the outcome stay.

    Raises:
        BadInput: no file, or a name that is reserved or not safe.
        Inconclusive: no room, or no right to write.
    """
    digest = stage_review(pack_folder, files)
    finish_review(pack_folder, digest)
    return digest


def stage_review(pack_folder: Path, files: Mapping[str, bytes]) -> Digest:
    """Make a review ready beside the pack, flushed to the disk; returns its digest. Raises as :func:`write_review`.

    Whoever writes down that digest first, and calls :func:`finish_review` then, can be killed anywhere: what was
    written down says whether the new review counts.
    """
    if not files:
        raise BadInput("REVIEW_EMPTY", msg("A review without a file reviews nothing."))
    for name in files:
        _check_name(name)
    listed: JSONObject = {name: {"sha256": digest_of(data), "size": len(data)} for name, data in files.items()}
    review = dumps({"files": listed, "pack_digest": pack_digest(pack_folder), "schema": SCHEMA})
    ready = _ready(pack_folder)
    try:
        _make(ready, {**files, REVIEW: review})
        sync_tree(ready)
    except OSError as error:
        raise no_room(error, pack_folder / FOLDER) from error
    return digest_of(review)


def finish_review(pack_folder: Path, wanted: Digest | None) -> None:
    """Put the review that was made ready in its place, if it is the wanted one; throw it away if it is another."""
    ready = _ready(pack_folder)
    try:
        if ready.is_dir():
            if os.path.lexists(ready / REVIEW) and digest_of(read_bytes(ready / REVIEW, limit=MAX_BYTES)) == wanted:
                _replace(ready, pack_folder)
            else:  # of no use, or all of it is in its place already
                shutil.rmtree(ready)
    except OSError as error:
        raise no_room(error, pack_folder / FOLDER) from error


def add_later(pack_folder: Path, name: str, data: bytes) -> Path:
    """Put a request, sign-off, close, signature or outcome into ``review/``, whole or not at all; returns its path.

    The half-written file lies beside the pack, never in it, so that a kill cannot leave a stranger in the closed world.
    """
    if not is_later(name):
        raise BadInput("REVIEW_NAME", msg("{name} is no name of a sign-off, a close or the outcome.", name=ascii(name)))
    partial, target = _partial(pack_folder), pack_folder / FOLDER / name
    try:
        _make(partial, {name: data})
        sync(partial / name)
        (partial / name).replace(target)
        partial.rmdir()
        sync(target.parent)
    except OSError as error:
        raise no_room(error, target) from error
    return target


def review_digest(pack_folder: Path) -> Digest | None:
    """SHA-256 of ``review/review.json`` as it lies there now, or None where there is no review."""
    path = pack_folder / FOLDER / REVIEW
    return digest_of(read_bytes(path, limit=MAX_BYTES)) if os.path.lexists(path) else None


def _check_name(name: str) -> None:
    if name == REVIEW or is_later(name) or not SEGMENT.fullmatch(name) or name.endswith("."):
        raise BadInput("REVIEW_NAME_TAKEN", msg("A review file may not be called {name}.", name=ascii(name)))


def _partial(pack_folder: Path) -> Path:
    return pack_folder.with_name(pack_folder.name + ".review.partial")


def _make(partial: Path, files: Mapping[str, bytes]) -> None:
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir()
    for name, data in files.items():
        with (partial / name).open("xb") as file:
            file.write(data)
        (partial / name).chmod(0o444)


def _ready(pack_folder: Path) -> Path:
    return pack_folder.with_name(pack_folder.name + ".review.next")


def _replace(ready: Path, pack_folder: Path) -> None:
    folder = pack_folder / FOLDER
    if not folder.exists():
        ready.rename(folder)
        sync(pack_folder)
        return
    listed = loads_object(read_bytes(ready / REVIEW, limit=MAX_BYTES))["files"]
    names = [*cast("Mapping[str, object]", listed), REVIEW]
    for path in sorted(folder.iterdir()):
        if path.name not in names and not is_later(path.name):
            path.unlink()
    for name in names:  # review.json is the last; what a kill left undone is done now
        if os.path.lexists(ready / name):
            (ready / name).replace(folder / name)
    ready.rmdir()
    sync(folder)

"""Writing the files: a line with a digest marks one as ours and untouched; others are shown and never written over."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gonogo.workflows.settings import PLACE
from gonogo.workflows.templates import REQUIRED, documents, required_list
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo.workflows.settings import Settings

Kind: TypeAlias = Literal["same", "new", "old", "foreign", "kept"]
"""As it should be; not there; ours of another version; somebody else's; the list of contexts, which its owner keeps."""

LIMIT: Final = 1 << 20
_MARK: Final = re.compile(rb"# gonogo-workflow sha256:([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Place:
    """One file: where, what it should be, and what lies there now."""

    path: Path
    data: bytes
    kind: Kind
    before: bytes = b""


def marked(text: str) -> bytes:
    """The bytes of a file of ours."""
    body = text.encode()
    return b"# gonogo-workflow sha256:%b\n%b" % (hashlib.sha256(body).hexdigest().encode(), body)


def look(root: Path, settings: Settings) -> list[Place]:
    """Every file that the settings ask for."""
    places = [_place(root, root / path, marked(text)) for path, text in documents(settings).items()]
    listed = _place(root, root / REQUIRED, required_list(settings).encode())
    if listed.kind == "foreign" and listed.before:
        listed = Place(listed.path, listed.data, "kept", listed.before)
    return [*places, listed]


def write(places: Sequence[Place]) -> list[Path]:
    """Write what is new or ours of another version; returns what was written.

    Raises:
        BadInput: ``WORKFLOW_FOREIGN``: somebody else's file lies in a place; nothing is written.
        Inconclusive: ``CANNOT_WRITE``.
    """
    foreign = [place.path for place in places if place.kind == "foreign"]
    if foreign:
        raise BadInput(
            "WORKFLOW_FOREIGN",
            msg(
                "Files that gonogo did not write, or that were changed, lie here: {paths}",
                paths=", ".join(map(str, foreign)),
            ),
            where=str(foreign[0]),
            next_step=msg(
                "Nothing was written. Move them away (git mv), or leave their gates out of {file}.", file=PLACE
            ),
        )
    todo = [place for place in places if place.kind in {"new", "old"}]
    for place in todo:
        try:
            place.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(place.path, place.data)
        except OSError as error:
            words = msg("Writing failed: {reason}.", reason=error.strerror or str(error))
            raise Inconclusive("CANNOT_WRITE", words, where=str(place.path)) from error
    return [place.path for place in todo]


def remove(places: Sequence[Place]) -> list[Path]:
    """Take our files away again, changed ones and the list of contexts not; returns what went."""
    gone = [place.path for place in places if place.kind in {"same", "old"} and place.path.suffix == ".yml"]
    for path in gone:
        path.unlink()
    return gone


def _place(root: Path, path: Path, data: bytes) -> Place:
    way = [step for step in (path, *path.parents) if step != root and step.is_relative_to(root)]
    if any(step.is_symlink() or (step != path and step.exists() and not step.is_dir()) for step in way):
        return Place(path, data, "foreign")
    if not os.path.lexists(path):
        return Place(path, data, "new")
    try:
        before = read_bytes(path, limit=LIMIT)
    except GonogoError:
        return Place(path, data, "foreign")
    if before == data:
        return Place(path, data, "same", before)
    return Place(path, data, "old" if _ours(before) else "foreign", before)


def _ours(data: bytes) -> bool:
    mark = _MARK.match(data)
    return mark is not None and hashlib.sha256(data[mark.end() :]).hexdigest() == mark[1].decode()

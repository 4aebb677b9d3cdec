"""``index/`` in a pack: the envelope of its entry and the proof that it is in the log. Written after the seal."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.files import no_room, read_bytes, write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER: Final = "index"
ENTRY: Final = "entry.json"
PROOF: Final = "entry.tlog-proof"
NAMES: Final = (ENTRY, PROOF)
SEALED_MODE: Final = 0o444


def place(pack_folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the files of :data:`NAMES` into ``index/``, all at once by a rename; what lies there is replaced.

    Nothing is synced: the log gives the same files again. The half-made folder lies beside the pack, never in it.

    Raises:
        Inconclusive: no room, or no right to write.
    """
    partial, folder = pack_folder.with_name(pack_folder.name + ".index.partial"), pack_folder / FOLDER
    try:
        _discard(partial)
        partial.mkdir()
        for name in NAMES:
            (partial / name).write_bytes(files[name])
            (partial / name).chmod(SEALED_MODE)
        _discard(folder)
        partial.rename(folder)
    except OSError as error:
        raise no_room(error, folder) from error


def renew(pack_folder: Path, proof: bytes) -> None:
    """Put another proof of the same entry into ``index/``, by one rename: one that holds always lies there.

    Raises:
        Inconclusive: no room, or no right to write.
    """
    fresh = pack_folder.with_name(pack_folder.name + ".proof.partial")
    try:
        write_atomic(fresh, proof, mode=SEALED_MODE)
        fresh.rename(pack_folder / FOLDER / PROOF)
    except OSError as error:
        raise no_room(error, pack_folder / FOLDER) from error


def is_about(pack_folder: Path, entry: bytes) -> bool:
    """Whether a pack lies there, no link on the last of the way, and its entry is this one."""
    folder = pack_folder / FOLDER
    if pack_folder.is_symlink() or folder.is_symlink():
        return False
    try:
        return read_bytes(folder / ENTRY, limit=len(entry)) == entry
    except (BadInput, IntegrityBroken):
        return False


def same(pack_folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether exactly these files lie there."""
    folder = pack_folder / FOLDER
    try:
        return {path.name for path in folder.iterdir()} == set(NAMES) and all(
            (folder / name).read_bytes() == files[name] for name in NAMES
        )
    except OSError:
        return False


def _discard(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)

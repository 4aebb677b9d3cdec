"""What lies in a folder, without following links; and why something in it cannot be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken
from gonogo_evidence.files import EXHAUSTED, exhausted
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

Kind: TypeAlias = Literal["file", "folder", "other"]

MOST_ENTRIES = 1_000_000
DEEPEST = 32


def lies(path: Path) -> bool:
    """Whether anything lies there. Raises ``OSError`` where that cannot be seen: a folder that may not be entered."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def list_folder(folder: Path) -> dict[str, Kind]:
    """Everything below a folder: its files in order, then the rest.

    Raises ``OSError``, or ``PACK_TOO_LARGE`` for a listing without end.
    """
    files: list[str] = []
    rest: dict[str, Kind] = {}
    todo = [""]
    while todo:
        prefix = todo.pop()
        if prefix.count("/") > DEEPEST or len(files) + len(rest) > MOST_ENTRIES:
            raise IntegrityBroken(
                "PACK_TOO_LARGE", msg("More entries or levels than a pack may have."), where=ascii(prefix)
            )
        with os.scandir(f"{folder}/{prefix}") as found:
            for entry in found:
                if entry.is_file(follow_symlinks=False):  # the listing says so: no look at each file
                    files.append(prefix + entry.name)
                elif entry.is_dir(follow_symlinks=False):
                    rest[prefix + entry.name] = "folder"
                    todo.append(f"{prefix}{entry.name}/")
                else:
                    rest[prefix + entry.name] = "other"
    return {**dict.fromkeys(sorted(files), "file"), **rest}


def unreadable(error: OSError, path: str) -> GonogoError:
    """Why something in a pack could not be read: the fault of this user, of the system at this moment, or its own."""
    if isinstance(error, PermissionError):
        return no_permission(path)
    if error.errno in EXHAUSTED:
        return exhausted(error, where=path)
    words = msg("The file cannot be read: {reason}", reason=error.strerror or str(error))
    return IntegrityBroken("PACK_FILE_UNREADABLE", words, where=path)


def no_permission(path: str) -> Inconclusive:
    """This user may not read it."""
    return Inconclusive("PACK_NOT_READABLE", msg("The file may not be read by this user."), where=path)

"""What git ignores on the desk (``.env``, ``.venv``, ``node_modules``): one mark a folder, over its files' stamps.

No content is read: a mark covers names, kinds, modes, sizes, times and inodes, ``ctime`` among them, which no program
can set back. Caches that tools write by themselves are left out; configuration names them.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gonogo_agents.objects import path_text
from gonogo_policies.globs import Globs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MOST_ENTRIES: Final = 50_000
"""Files that are looked at, those nearest the root first. What lies beyond is told as not compared."""


@dataclass(slots=True)
class Ignored:
    """Marks by path (a folder's ends with ``/`` and covers the files right in it), and whether that is all."""

    marks: dict[str, str] = field(default_factory=dict[str, str])
    whole: bool = True

    def changes(self, later: Ignored) -> tuple[str, ...]:
        """The paths whose marks differ. Beyond this look's limit only files by themselves, and what both saw.

        What was seen whole and lies beyond the limit later differs: so many new files hide nothing.
        """
        names = self.marks.keys() | later.marks.keys()
        if not self.whole:
            both = self.marks.keys() & later.marks.keys()
            names = {name for name in names if name in both or not name.endswith("/")}
        return tuple(sorted(name for name in names if self.marks.get(name) != later.marks.get(name)))


def look(root: Path, names: Iterable[bytes], left_out: Sequence[str]) -> Ignored:
    """Look at what git lists as ignored.

    Args:
        root: of the work tree.
        names: paths below it; a folder's ends with ``/``.
        left_out: globs of what is not looked at.
    """
    found, skip, count = Ignored(), Globs(left_out), 0
    folders: deque[bytes] = deque()
    base = os.fsencode(root)
    for name in sorted(names):
        if name.endswith(b"/"):
            folders.append(name)
        elif skip.index(path_text(name)) is None:
            found.marks[path_text(name)] = _sha([_stamp(base, name)])
            count += 1
    while folders:
        folder = folders.popleft()
        if skip.index(path_text(folder) + "x") is not None:
            continue
        files, below = _entries(base, folder)
        count += len(files)
        if count > MOST_ENTRIES:
            found.whole = False
            return found
        stamps = [stamp for name, stamp in files if skip.index(path_text(folder + name)) is None]
        found.marks[path_text(folder)] = _sha(stamps)
        folders.extend(below)
    return found


def _entries(base: bytes, folder: bytes) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
    """The files of a folder with their stamps, and the folders in it, both by name. Links are not followed."""
    files: list[tuple[bytes, bytes]] = []
    below: list[bytes] = []
    try:
        with os.scandir(base + b"/" + folder) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                if entry.is_dir(follow_symlinks=False):
                    below.append(folder + entry.name + b"/")
                else:
                    files.append((entry.name, _stamp(base, folder + entry.name)))
    except OSError as error:  # a folder that cannot be listed is another one than before
        files.append((b"", b"unreadable %d" % (error.errno or 0)))
    return files, below


def _stamp(base: bytes, name: bytes) -> bytes:
    try:
        seen = os.lstat(base + b"/" + name)
    except OSError:
        return b"gone %s" % name
    stamps = (seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)
    return b"%s %o %d %d %d %d" % (name, *stamps)


def _sha(stamps: Sequence[bytes]) -> str:
    return hashlib.sha256(b"\0".join(stamps)).hexdigest()[:16]

"""What a folder holds, by stamps that no program can set back (``ctime``), and what has changed in it since.

Content is only read where a stamp says too little: of files that were written within the last tick of the file system's
clock before the look (a second write in the same tick would leave no trace), and of files that were touched since. That
is how git's own index knows what is racy; but the index lies in the folder, and these stamps do not.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, TypeAlias

from gonogo_agents.objects import path_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

How: TypeAlias = Literal["new", "gone", "content", "mode", "kind"]

TICK: Final = 50_000_000
"""Nanoseconds: several ticks of a kernel's clock."""
COARSE_TICK: Final = 2_000_000_000
"""The same where the file system keeps whole seconds, or two of them."""
_SECOND: Final = 1_000_000_000
_CHUNK: Final = 1 << 20


class Stamp(NamedTuple):
    """What ``lstat`` says of one entry; of a folder its mode alone."""

    mode: int
    size: int
    modified: int
    changed: int
    inode: int


class Change(NamedTuple):
    """One difference."""

    path: str
    """Relative, with ``/``; as words (:func:`gonogo_agents.objects.path_text`)."""
    how: How


class Hasher(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None:
        """Take bytes in."""
        ...

    def hexdigest(self) -> str:
        """The digest so far."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folder at one moment."""

    folder: Path
    stamps: dict[str, Stamp]
    """By path, as the file system names it."""
    racy: dict[str, str]
    """Digests of what could be changed again without a trace in its stamp."""


def take(folder: Path) -> Snapshot:
    """Look at everything in ``folder``: files, links and folders, its git directory too. Links are not followed."""
    stamps = _look(folder)
    newest = max((stamp.changed for stamp in stamps.values()), default=0)
    since = newest - (TICK if newest % _SECOND else COARSE_TICK)
    racy = {path: _digest(folder, path) for path, stamp in stamps.items() if stamp.changed >= since}
    return Snapshot(folder, stamps, racy)


def changes(before: Snapshot, after: Snapshot, expected: Callable[[], dict[str, str]] = dict) -> tuple[Change, ...]:
    """What changed between two looks at one folder, by path.

    Args:
        before: the earlier look.
        after: the later one. What it remembers of contents is not believed where ``before`` knows nothing.
        expected: git blob ids by path, asked for only where a file was touched whose content was not read before.
    """
    known: dict[str, str] | None = None
    found: list[tuple[str, How]] = [(path, "new") for path in after.stamps.keys() - before.stamps.keys()]
    for path, was in before.stamps.items():
        now = after.stamps.get(path)
        if now is None:
            found.append((path, "gone"))
        elif now.mode != was.mode:
            found.append((path, "mode" if stat.S_IFMT(now.mode) == stat.S_IFMT(was.mode) else "kind"))
        elif now == was and path not in before.racy:
            continue
        elif path in before.racy:
            if _digest(after.folder, path) != before.racy[path]:
                found.append((path, "content"))
        elif not stat.S_ISDIR(now.mode):
            known = expected() if known is None else known
            if known.get(path) != _blob(after.folder, path):
                found.append((path, "content"))
    return tuple(Change(path_text(os.fsencode(path)), how) for path, how in sorted(found))


def _look(folder: Path) -> dict[str, Stamp]:
    stamps: dict[str, Stamp] = {}
    left = [(os.fspath(folder), "")]
    while left:
        base, prefix = left.pop()
        for entry in _entries(base):
            with suppress(FileNotFoundError):  # it went away while we looked
                seen = entry.stat(follow_symlinks=False)
                path = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    stamps[path] = Stamp(seen.st_mode, 0, 0, 0, 0)
                    left.append((entry.path, path + "/"))
                else:
                    stamps[path] = Stamp(seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)
    return stamps


def _entries(base: str) -> list[os.DirEntry[str]]:
    """What a folder holds; nothing where it cannot be listed, so that all that it held is gone."""
    try:
        with os.scandir(base) as entries:
            return list(entries)
    except OSError:
        return []


def _digest(folder: Path, path: str) -> str:
    return _hash(hashlib.sha256(), os.path.join(folder, path))  # noqa: PTH118 - names are the file system's


def _blob(folder: Path, path: str) -> str:
    """The id that git has for this content."""
    place = os.path.join(folder, path)  # noqa: PTH118 - the same
    size = os.lstat(place).st_size
    return _hash(hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False), place)


def _hash(hasher: Hasher, place: str) -> str:
    """Over a file's bytes or a link's words. What is neither, or cannot be read, has a digest that nothing else has."""
    try:
        if os.path.islink(place):  # noqa: PTH114 - the same
            hasher.update(os.fsencode(os.readlink(place)))  # noqa: PTH115 - the same
            return hasher.hexdigest()
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return "special"
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
    except OSError as error:
        return f"unreadable: {error.errno}"
    return hasher.hexdigest()

"""How the operator's own desk stands: work tree, index, HEAD, refs, hooks and configuration of git, in a few digests.

The work tree is taken as git sees it, with the stamps of what differs from the commit; of what git ignores each folder
has a mark (:mod:`gonogo_agents.watch.ignored`). Packs that gonogo itself publishes there are no part of it. Nothing is
written, no filter and no hook is run.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from gonogo_agents import objects
from gonogo_agents.broker.desk import PUBLISHED, without_filters
from gonogo_agents.watch.ignored import Ignored, look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON, JSONObject

PARTS: Final = ("head", "index", "refs", "hooks", "config", "modes")
GUARDED: Final = frozenset({"hooks", "config", "modes"})
"""What runs programs in the operator's name, and hardly changes while somebody merely works. ``modes`` are those of
hooks and configuration: path rules of the kernel do not keep a program from changing them."""
OWN: Final = tuple(f"{place}{rest}" for place in PUBLISHED for rest in ("*", "*/**"))
"""What gonogo itself publishes, where that is ignored."""
MOST_PATHS: Final = 20_000
"""Paths that are remembered one by one."""


@dataclass(frozen=True, slots=True)
class DeskPrint:
    """The desk at one moment: a digest for each of :data:`PARTS`, and a mark for each path that is not as committed."""

    parts: dict[str, str]
    paths: dict[str, str]
    ignored: Ignored = field(default_factory=Ignored)

    def changes(self, later: DeskPrint) -> tuple[str, ...]:
        """What differs: parts as ``git: hooks``, then paths, then what git ignores; a folder's name ends with ``/``."""
        parts = [f"git: {name}" for name in PARTS if self.parts.get(name) != later.parts.get(name)]
        names = self.paths.keys() | later.paths.keys()
        paths = sorted(name for name in names if self.paths.get(name) != later.paths.get(name))
        return (*parts, *paths, *self.ignored.changes(later.ignored))

    def json(self) -> JSONObject:
        """The form for the run's folder."""
        return {
            "parts": cast("JSON", self.parts),
            "paths": [[name, mark] for name, mark in sorted(self.paths.items())],
            "ignored": [[name, mark] for name, mark in sorted(self.ignored.marks.items())],
            "whole": self.ignored.whole,
        }


def read_print(stored: JSONObject) -> DeskPrint:
    """What :meth:`DeskPrint.json` wrote; an earlier version knew nothing of what is ignored."""

    def marks(name: str) -> dict[str, str]:
        return dict(cast("list[tuple[str, str]]", stored.get(name, [])))

    ignored = Ignored(marks("ignored"), stored.get("whole") is True)
    return DeskPrint(dict(cast("dict[str, str]", stored["parts"])), marks("paths"), ignored)


def desk_print(repository: Repository, left_out: Sequence[str] = ()) -> DeskPrint:
    """Look at the desk: three processes of git, a few small files, and the stamps of what is ignored.

    Args:
        repository: the operator's.
        left_out: globs of ignored files that are not looked at.

    Raises:
        GonogoError: as git does.
    """
    git = without_filters(repository.git)
    status = git(
        *("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames"),
        *("--ignored=matching", "--ignore-submodules=dirty", "--no-ahead-behind"),
        timeout=600.0,
    )
    records = [record for record in status.split(b"\0") if record]
    head = b"\0".join(record for record in records if record.startswith((b"# branch.oid", b"# branch.head")))
    parts = {
        "head": _sha(head),
        "index": _sha(git("ls-files", "--stage", "-v", "-z")),
        "refs": _sha(git("for-each-ref", "--format=%(objectname) %(symref) %(refname)")),
        "hooks": _files(_hooks(repository)),
        "config": _files(*_config(repository)),
        "modes": desk_modes(repository),
    }
    names = [record[2:] for record in records if record.startswith(b"! ")]
    return DeskPrint(parts, dict(_marks(repository.root, records)), look(repository.root, names, (*OWN, *left_out)))


def _marks(root: Path, records: list[bytes]) -> Iterator[tuple[str, str]]:
    """Each path that git lists, with what git says of it and the stamp that it has on disk."""
    columns = {b"?": 1, b"1": 8, b"u": 10}
    for record in records[: MOST_PATHS + len(columns)]:
        if (count := columns.get(record[:1])) is None:
            continue
        *said, raw = record.split(b" ", count)
        name = objects.path_text(raw)
        if not name.startswith(PUBLISHED):
            yield name, _sha(b" ".join(said) + _stamp(root, raw))[:16]


def _stamp(root: Path, raw: bytes) -> bytes:
    try:
        seen = os.lstat(os.path.join(os.fsencode(root), raw))  # noqa: PTH118 - names are bytes
    except OSError:
        return b""
    return b" %o %d %d" % (seen.st_mode, seen.st_size, seen.st_mtime_ns)


def desk_modes(repository: Repository) -> str:
    """A digest over the modes of hooks and configuration: no process, a few dozen looks."""
    hasher = hashlib.sha256()
    for path in _below(_hooks(repository), *_config(repository)):
        with suppress(OSError):
            hasher.update(b"%o %s\0" % (path.lstat().st_mode, os.fsencode(path)))
    return hasher.hexdigest()


def _hooks(repository: Repository) -> Path:
    return repository.objects.parent / "hooks"


def _config(repository: Repository) -> tuple[Path, ...]:
    """The repository's own, and the operator's for all repositories."""
    shared, world = repository.objects.parent, repository.world
    personal = (world.home("HOME", "") / ".gitconfig", world.home("XDG_CONFIG_HOME", ".config") / "git")
    return (shared / "config", repository.git_dir / "config.worktree", shared / "info", *personal)


def _files(*places: Path) -> str:
    """A digest over names and bytes of what lies at these places; an empty one where nothing does."""
    hasher = hashlib.sha256()
    for path in _below(*places):
        with suppress(OSError):
            body = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            hasher.update(b"%d %s " % (len(body), os.fsencode(path)) + body)
    return hasher.hexdigest()


def _below(*places: Path) -> Iterator[Path]:
    """The files and links at these places and in them."""
    for place in places:
        if place.is_symlink() or place.is_file():
            yield place
        elif place.is_dir():
            yield from (path for path in sorted(place.rglob("*")) if path.is_symlink() or path.is_file())


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

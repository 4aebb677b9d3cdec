"""Whether anything of the operator's moved: repository, state, trust store and keys, looked at before and after."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from gonogo_policies.trust import trust_folder

if TYPE_CHECKING:
    from gonogo.attacks.interface import Seat

Seen: TypeAlias = dict[str, tuple[int, int, int, int]]
"""Mode, inode, size and time of change (ns) by path."""


def seen_now(seat: Seat) -> Seen:
    """Every path below the operator's repository, state folder, trust store and ``~/.ssh``. Nothing is opened."""
    places = seat.places
    roots = [
        seat.repository.root,
        seat.repository.git_dir,
        places.state,
        trust_folder(places.config_home, places.repository_id),
        seat.world.home("HOME", ".") / ".ssh",
    ]
    seen: Seen = {}
    for root in roots:
        for path in _below(root):
            status = path.lstat()
            seen[str(path)] = (status.st_mode, status.st_ino, status.st_size, status.st_mtime_ns)
    return seen


def changed_since(before: Seen, seat: Seat) -> list[str]:
    """The paths that came, went or changed since."""
    now = seen_now(seat)
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


def _below(root: Path) -> list[Path]:
    found = [root] if root.exists() else []
    for folder, folders, names in os.walk(root):
        found += [Path(folder, name) for name in (*folders, *names)]
    return found

"""The desk as it stands, as a commit in a git directory of our own: what ``gonogo gates`` looks at before you commit.

The operator's repository gets no object, no reference and no new index; files that its ignore rules name stay out.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gonogo_agents.broker.git_queries import own_store
from gonogo_evidence.files import no_room

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.git import Git
    from gonogo_agents.repository import Repository

WHO = "gonogo <gonogo@localhost>"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The desk as a commit."""

    repository: Repository
    """The operator's repository, with the objects of the snapshot beside its own."""
    commit: str
    head: str
    """The commit that the desk stands on."""
    differs: bool
    """Whether the desk holds anything that ``head`` does not: staged, unstaged or untracked."""


def take(repository: Repository, folder: Path) -> Snapshot:
    """Take the desk of ``repository`` as a commit on top of HEAD, its objects below ``folder``.

    A desk without changes is HEAD itself.

    Raises:
        Inconclusive: DISK_FULL, CANNOT_WRITE, GIT_FAILED.
    """
    head = repository.resolve("HEAD")
    git = _desk_git(repository, folder)
    git("add", "--all", "--", ".", timeout=600.0)
    tree = git("write-tree", "--missing-ok").decode().strip()
    own_store(repository, folder)  # from here on with the repository's objects beside its own
    if tree == repository.tree_of(head):
        return Snapshot(repository, head, head, differs=False)
    made = git("hash-object", "-t", "commit", "-w", "--stdin", stdin=_commit(repository, head, tree))
    seen = replace(repository, objects=folder / "objects", git=git)
    return Snapshot(seen, made.decode().strip(), head, differs=True)


def _desk_git(repository: Repository, folder: Path) -> Git:
    """Git on the desk with a store of our own, as yet without the repository's objects: git renews their times."""
    git = own_store(repository, folder)
    try:
        (folder / "objects" / "info" / "alternates").unlink()
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(repository.git_dir / "index", folder / "index")  # its stat data spare reading every file
        (folder / "info").mkdir(exist_ok=True)
        (folder / "info" / "exclude").write_bytes(_excluded(repository))
    except OSError as error:
        raise no_room(error, folder) from error
    git = replace(git, folder=repository.root).with_environment(
        GIT_WORK_TREE=str(repository.root), GIT_INDEX_FILE=str(folder / "index")
    )
    return git.with_settings(("core.bare", "false"), ("core.autocrlf", "false"), ("core.safecrlf", "false"))


def _excluded(repository: Repository) -> bytes:
    """The operator's own ignore rules: the repository's, and those of all their repositories."""
    named = repository.git.attempt("config", "--type=path", "--get", "core.excludesFile").stdout.decode().strip()
    home = repository.world.env.get("XDG_CONFIG_HOME") or f"{repository.world.env.get('HOME', '')}/.config"
    found: list[bytes] = []
    for place in (repository.git_dir / "info" / "exclude", named or f"{home}/git/ignore"):
        with contextlib.suppress(OSError):
            found.append(repository.root.joinpath(place).read_bytes())
    return b"\n".join(found)


def _commit(repository: Repository, head: str, tree: str) -> bytes:
    """The snapshot's commit. Its time is that of HEAD: the same desk is the same commit."""
    stamp = f"{WHO} {int(repository.commit_time(head).timestamp())} +0000"
    return f"tree {tree}\nparent {head}\nauthor {stamp}\ncommitter {stamp}\n\nthe desk\n".encode()

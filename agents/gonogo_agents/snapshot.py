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
    tree = git("write-tree").decode().strip()
    if tree == git("rev-parse", f"{head}^{{tree}}").decode().strip():
        return Snapshot(repository, head, head, differs=False)
    made = git.with_environment(**_stamp(repository, head))("commit-tree", tree, "-p", head, "-m", "the desk")
    commit = made.decode().strip()
    seen = replace(repository, objects=folder / "objects", git=git)
    return Snapshot(seen, commit, head, differs=True)


def _desk_git(repository: Repository, folder: Path) -> Git:
    own_store(repository, folder)
    try:
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(repository.git_dir / "index", folder / "index")  # its stat data spare reading every file
        (folder / "info").mkdir(exist_ok=True)
        (folder / "info" / "exclude").write_bytes(_excluded(repository))
    except OSError as error:
        raise no_room(error, folder) from error
    git = own_store(repository, folder)
    return (
        replace(git, folder=repository.root)
        .with_environment(GIT_DIR=str(folder), GIT_WORK_TREE=str(repository.root), GIT_INDEX_FILE=str(folder / "index"))
        .with_settings(("core.bare", "false"), ("core.autocrlf", "false"), ("core.safecrlf", "false"))
    )


def _excluded(repository: Repository) -> bytes:
    """The operator's own ignore rules: the repository's, and those of all their repositories."""
    named = repository.git.attempt("config", "--type=path", "--get", "core.excludesFile").stdout.decode().strip()
    home = repository.world.env.get("XDG_CONFIG_HOME") or f"{repository.world.env.get('HOME', '')}/.config"
    found: list[bytes] = []
    for place in (repository.git_dir / "info" / "exclude", named or f"{home}/git/ignore"):
        with contextlib.suppress(OSError):
            found.append(repository.root.joinpath(place).read_bytes())
    return b"\n".join(found)


def _stamp(repository: Repository, head: str) -> dict[str, str]:
    """Name and time of the snapshot: the same desk is the same commit."""
    at = f"{int(repository.commit_time(head).timestamp())} +0000"
    name, _, mail = WHO.rstrip(">").partition(" <")
    return {
        **{f"GIT_{role}_NAME": name for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": mail for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_DATE": at for role in ("AUTHOR", "COMMITTER")},
    }

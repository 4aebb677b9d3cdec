"""The run's own work tree: a commit's files, byte for byte, in the state folder, with a git directory of its own.

Nothing of the operator's desk reaches it: objects are shared by reading; hooks, filters, templates, line-end conversion
and configuration are not. An empty ``ruff.toml`` above the tree stops the search for configuration further up. What git
would run from a configuration (filters, monitors) is looked at as bytes before git is called here again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_agents import objects
from gonogo_agents.git import Git, explain, first_line, own_git
from gonogo_evidence import canonical, files
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_agents.repository import Repository
    from gonogo_agents.world import Completed, World

SENTINEL = "ruff.toml"

_CONFIG = f"""[core]
\thooksPath = {os.devnull}
\tfsmonitor = false
\tautocrlf = false
\tprecomposeUnicode = false
\tattributesFile = {os.devnull}
\texcludesFile = {os.devnull}
\tlogAllRefUpdates = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""

_ATTRIBUTES = "* -text -eol -crlf -ident -filter -working-tree-encoding\n"
"""Highest in precedence: whatever the commit's own attributes say, its files are written as its blobs are."""

_CONTROL = ("HEAD", "config", "config.worktree", "commondir", "gitdir", "info", "hooks", "objects/info")
"""What of a git directory decides what git does there."""


@dataclass(frozen=True, slots=True)
class TreeFingerprint:
    """What a work tree was at one moment. Two are equal where nothing changed in between."""

    head: str
    index: str
    """Digest of the index's entries with their flags."""
    control: str
    """Digest of the git directory's configuration, hooks, HEAD and alternates."""
    status: tuple[str, ...]
    """Lines of ``git status --porcelain=v2 --ignored``; empty for a tree that is as its commit is."""

    def changes(self, later: TreeFingerprint) -> tuple[str, ...]:
        """What differs in ``later``: status lines that came or went, and ``HEAD``, ``index``, ``control`` by name."""
        parts = [name for name in ("head", "index", "control") if getattr(self, name) != getattr(later, name)]
        return (*parts, *sorted(set(self.status) ^ set(later.status)))


def make_tree(repository: Repository, commit: str, folder: Path) -> TreeFingerprint:
    """Make the work tree of ``commit`` at ``folder``; one that is there and untouched is kept, any other made anew.

    It is built beside its place and renamed, so that a tree that is there is whole.

    Returns:
        What it is now, to compare with later.

    Raises:
        Inconclusive: DISK_FULL, CANNOT_WRITE, OBJECT_MISSING, TREE_INCOMPLETE.
        BadInput: TREE_PATH where the commit holds a name that cannot be a file here.
    """
    if (kept := _still_good(repository.world, commit, folder)) is not None:
        return kept
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        remove_tree(folder)
        partial.mkdir(parents=True)
        with contextlib.suppress(FileExistsError):
            (folder.parent / SENTINEL).touch(exist_ok=False)
        _check_out(repository, commit, partial)
        made = canonical.dumps({"commit": commit, "control": _control(partial)})
        files.write_atomic(_record_of(folder), made)
        partial.rename(folder)
    except OSError as error:
        raise files.no_room(error, folder) from error
    fingerprint = tree_fingerprint(repository.world, folder)
    if fingerprint.status or fingerprint.head != commit:
        raise Inconclusive(
            "TREE_INCOMPLETE",
            msg("{count} files of the commit could not be written as they are.", count=len(fingerprint.status)),
            where=fingerprint.status[0] if fingerprint.status else str(folder),
            next_step=msg("Names that differ only in case need a case-sensitive file system."),
        )
    return fingerprint


def tree_fingerprint(world: World, folder: Path) -> TreeFingerprint:
    """What the work tree at ``folder`` is now: HEAD, index, git directory, and every path that differs from the commit.

    Where the git directory is not as :func:`make_tree` left it, git is not run there: its configuration could name
    programs. Then ``status`` says so and the fingerprint equals none of a tree in order.
    """
    control, head = _control(folder), _head(folder)
    if _recorded(folder) != (head, control):
        return TreeFingerprint(head, "", control, ("! the git directory was changed",))
    git = _git(world, folder)
    status = git("status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all", "--ignored=traditional")
    index = git("ls-files", "--stage", "-v", "-z")
    lines = [line for line in status.split(b"\0") if line] + list(_in_submodules(folder, index))
    words = tuple(objects.path_text(line) for line in lines)
    return TreeFingerprint(head, hashlib.sha256(index).hexdigest(), control, words)


def remove_tree(folder: Path) -> None:
    """Take the work tree and what was begun of it away; what was made unwritable in it too."""
    for path in (folder, folder.with_name(f"{folder.name}.partial")):
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.exists():
            _remove_folder(path)
    _record_of(folder).unlink(missing_ok=True)


def _still_good(world: World, commit: str, folder: Path) -> TreeFingerprint | None:
    if not folder.is_dir() or folder.is_symlink() or not (folder.parent / SENTINEL).exists():
        return None
    try:
        now = tree_fingerprint(world, folder)
    except GonogoError:
        return None
    return now if now.head == commit and not now.status else None


def _check_out(repository: Repository, commit: str, folder: Path) -> None:
    git = own_git(repository.world, folder)
    git("-c", "init.defaultBranch=run", "init", "--quiet", "--template=", str(folder))
    dot_git = folder / ".git"
    (dot_git / "objects" / "info").mkdir(exist_ok=True)
    (dot_git / "objects" / "info" / "alternates").write_bytes(objects.alternate(repository.objects))
    (dot_git / "info").mkdir(exist_ok=True)
    (dot_git / "info" / "attributes").write_text(_ATTRIBUTES, encoding="ascii")
    with (dot_git / "config").open("a", encoding="ascii") as config:
        config.write(_CONFIG)
    done = _git(repository.world, folder).attempt("checkout", "--quiet", "--force", "--detach", commit, timeout=600.0)
    if done.code != 0:
        raise _refusal(done, folder)


def _refusal(done: Completed, folder: Path) -> GonogoError:
    words = done.stderr.decode(errors="replace")
    if "No space left" in words or "Disk quota" in words:
        return Inconclusive(
            "DISK_FULL",
            msg("The work tree does not fit on the disk."),
            where=str(folder),
            next_step=msg("Make room or choose another place, then give the same command again."),
        )
    if "invalid path" in words or "unable to create" in words:
        return BadInput(
            "TREE_PATH",
            msg("The commit holds a name that cannot be a file here: {words}", words=first_line(words)),
            where=str(folder),
            next_step=msg("Rename it in the repository, or run on a file system that takes it."),
        )
    if "unable to read" in words or "missing" in words:
        return objects.missing(first_line(words))
    return explain("checkout", done, folder)


def _in_submodules(folder: Path, index: bytes) -> Iterator[bytes]:
    """What lies in the place of a submodule, where git does not look."""
    for entry in index.split(b"\0"):
        head, _, name = entry.partition(b"\t")
        if b" 160000 " in head:
            place = folder / os.fsdecode(name)
            yield from (b"? %s/%s" % (name, os.fsencode(path.relative_to(place))) for path in _below(place))


def _git(world: World, folder: Path) -> Git:
    return own_git(world, folder).with_environment(GIT_DIR=str(folder / ".git"), GIT_WORK_TREE=str(folder))


def _record_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.made")


def _recorded(folder: Path) -> tuple[str, str] | None:
    try:
        made = canonical.loads_object(files.read_bytes(_record_of(folder), limit=4096))
    except GonogoError:
        return None
    return str(made.get("commit")), str(made.get("control"))


def _head(folder: Path) -> str:
    try:
        return files.read_bytes(folder / ".git" / "HEAD", limit=4096).decode(errors="replace").strip()
    except GonogoError:
        return ""


def _control(folder: Path) -> str:
    hasher = hashlib.sha256()
    dot_git = folder / ".git"
    if dot_git.is_symlink():
        return ""
    for name in _CONTROL:
        for path in _below(dot_git / name):
            kind = b"link" if path.is_symlink() else b"file"
            data = os.fsencode(path.readlink()) if path.is_symlink() else _bytes(path)
            place = os.fsencode(path.relative_to(dot_git))
            hasher.update(b"%s %d %s %d %s" % (kind, len(place), place, len(data), data))
    return hasher.hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b"unreadable"


def _below(path: Path) -> Iterator[Path]:
    if path.is_symlink() or path.is_file():
        yield path
    elif path.is_dir():
        yield from (each for each in files.walk(path) if each.is_symlink() or each.is_file())


def _remove_folder(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except PermissionError:
        for base, folders, _ in os.walk(folder):
            for name in folders:
                place = os.path.join(base, name)  # noqa: PTH118 - os.walk hands over strings
                if not os.path.islink(place):  # noqa: PTH114 - the same
                    os.chmod(place, 0o700)  # noqa: PTH101 - the same
        shutil.rmtree(folder)

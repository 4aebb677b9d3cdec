"""``git.query``: the change under review and its log, by plumbing commands that only read.

Both are asked of a git directory of our own that shares the objects: no attribute, replacement or setting of the
operator can colour them, so that they follow from the commits alone.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING, cast

from gonogo_agents import objects
from gonogo_agents.git import own_git
from gonogo_evidence.files import no_room, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_agents.git import Git
    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""What git calls the tree without entries: the base of a change that is the whole tree."""
MAX_LOG = 1000
MAX_AUTHORED = 100_000
"""Commits of a change whose authors are looked at."""
_DIFF = (
    *("diff-tree", "-r", "-z", "--raw", "--numstat", "--no-abbrev", "-M50%", "-l1000", f"-O{os.devnull}"),
    *("--no-ext-diff", "--no-textconv", "--diff-algorithm=myers", "--no-color", "--ignore-submodules=none"),
)
_PATCH = (
    *("diff-tree", "-r", "--patch", "--text", "--full-index", "--unified=1000000", "--submodule=short", "--no-renames"),
    *(f"-O{os.devnull}", "--src-prefix=a/", "--dst-prefix=b/", "--no-ext-diff", "--no-textconv"),
    *("--diff-algorithm=myers", "--no-color", "--ignore-submodules=none", "--no-indent-heuristic"),
)
_CO_AUTHOR = re.compile(r"^co-authored-by:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_STAMPED = re.compile(r"(.*?) (-?\d+) ([+-]\d+)$")


def own_store(repository: Repository, folder: Path) -> Git:
    """A bare git directory of our own at ``folder`` that shares the repository's objects, to ask about commits."""
    try:
        (folder / "refs").mkdir(parents=True, exist_ok=True)
        (folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise no_room(error, folder) from error
    write_atomic(folder / "objects" / "info" / "alternates", objects.alternate(repository.objects))
    write_atomic(folder / "config", b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    write_atomic(folder / "HEAD", b"ref: refs/heads/none\n")
    return own_git(repository.world, folder).with_environment(GIT_DIR=str(folder))


def change(store: Git, base: str | None, commit: str, rule: str) -> JSON:
    """What ``commit`` changed since ``base``, renames followed; without a base, everything against the empty tree.

    Each file: path, old_path, status (A, M, D, R, T), added and deleted lines (None: binary), blob and mode afterwards
    (of a deleted file: None and the mode it had).
    """
    out = store(*_DIFF, base or EMPTY_TREE, commit, "--", timeout=600.0)
    tokens = iter(out.split(b"\0"))
    files: dict[bytes, dict[str, JSON]] = {}
    for token in tokens:
        if token.startswith(b":"):
            raw, fields = _raw(token, tokens)
            files[raw] = fields
        elif token:
            added, deleted, raw = token.split(b"\t", 2)
            if not raw:
                next(tokens)
                raw = next(tokens)
            files[raw] |= {"added": _count(added), "deleted": _count(deleted)}
    listed = [files[raw] for raw in sorted(files)]
    return {"base": base, "rule": rule, "commit": commit, "files": cast("JSON", listed), "count": len(listed)}


def patch(git: Git, base: str | None, commit: str) -> bytes:
    """The same change as git prints it: every touched file whole, none left out as binary, whatever attributes say."""
    return git(*_PATCH, base or EMPTY_TREE, commit, "--", timeout=600.0)


def log(git: Git, base: str | None, commit: str, limit: int) -> list[dict[str, JSON]]:
    """The commits of the change, newest first: who wrote and committed each, co-authors, time and subject."""
    until = [f"^{base}"] if base else []
    names = git("rev-list", "--topo-order", f"--max-count={limit}", commit, *until, "--").decode().split()
    blobs = objects.read_blobs(git, names)
    return [_commit(name, blobs[name]) for name in names]


def commit_authors(repository: Repository, base: str | None, commit: str) -> list[str]:
    """Everybody who wrote a commit of the change, co-authors included, as ``Name <mail>``, sorted.

    A change against the whole tree has the authors of ``commit`` alone. Of more than :data:`MAX_AUTHORED` commits
    nobody is named: half of the authors would pass for all of them, and none is not known.
    """
    found = log(repository.git, base, commit, MAX_AUTHORED + 1 if base else 1)
    if len(found) > MAX_AUTHORED:
        return []
    people = {str(entry["author"]) for entry in found}
    people.update(*(cast("list[str]", entry["coauthors"]) for entry in found))
    return sorted(people)


def _raw(token: bytes, tokens: Iterator[bytes]) -> tuple[bytes, dict[str, JSON]]:
    old_mode, new_mode, _, new_blob, status = token[1:].decode("ascii").split(" ")
    name = next(tokens)
    old = name if status[0] == "R" else None
    if old is not None:
        name = next(tokens)
    gone = status[0] == "D"
    fields: dict[str, JSON] = {
        **objects.path_fields(name),
        "old_path": None if old is None else objects.path_text(old),
        "status": status[0],
        "added": None,
        "deleted": None,
        "blob": None if gone else new_blob,
        "mode": old_mode if gone else new_mode,
    }
    return name, fields


def _count(number: bytes) -> int | None:
    return None if number == b"-" else int(number)


def _commit(name: str, data: bytes) -> dict[str, JSON]:
    head, _, body = data.partition(b"\n\n")
    fields: dict[str, str] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        fields.setdefault(key.decode("ascii", "replace"), _words(value))
    message = _words(body)
    author, _ = _who(fields.get("author", ""))
    committer, stamp = _who(fields.get("committer", ""))
    return {
        "commit": name,
        "author": author,
        "committer": committer,
        "coauthors": sorted({found[1] for found in _CO_AUTHOR.finditer(message)}),
        "time": stamp,
        "subject": message.lstrip("\n").partition("\n")[0][:500],
    }


def _who(line: str) -> tuple[str, int]:
    """Name and mail, and seconds since 1970."""
    found = _STAMPED.fullmatch(line)
    return (found[1], int(found[2])) if found else (line, 0)


def _words(data: bytes) -> str:
    return unicodedata.normalize("NFC", data.decode(errors="replace")).replace("\0", "")

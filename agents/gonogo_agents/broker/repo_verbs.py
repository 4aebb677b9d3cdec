"""``repo.list`` and ``repo.read``: the commit's files and texts, as far as the role may see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from gonogo_agents import objects
from gonogo_agents.broker.decide import may_see
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_policies.spellings import composed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.broker.decide import Rules
    from gonogo_agents.broker.interface import Arguments
    from gonogo_agents.objects import TreeFile
    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON

MAX_TEXT = 1024 * 1024
"""Bytes of one file that are handed out as text."""
MAX_BLOB = 16 * 1024 * 1024
"""Bytes of a file that is read at all."""
MAX_FILES = 200_000
"""Files that a listing names."""


@dataclass(slots=True)
class CommitFiles:
    """The files of one commit, listed once: a commit never changes."""

    repository: Repository
    commit: str
    _files: tuple[TreeFile, ...] | None = None
    _by_path: dict[str, list[TreeFile]] = field(default_factory=dict[str, "list[TreeFile]"])

    @property
    def files(self) -> tuple[TreeFile, ...]:
        """Every entry of the tree."""
        if self._files is None:
            self._files = objects.list_tree(self.repository.git, self.commit)
            for entry in self._files:
                self._by_path.setdefault(entry.path, []).append(entry)
        return self._files

    def at(self, path: str) -> list[TreeFile]:
        """The entries with this name in words; two where one is decomposed or has bytes that are not UTF-8."""
        return self._by_path.get(path, []) if self.files else []


def repo_list(files: CommitFiles, rules: Rules) -> JSON:
    """The listing: path, blob, mode and size of each file in the role's scope; how many there are beside."""
    shown = [entry for entry in files.files if may_see(rules, entry.path)]
    return {
        "commit": files.commit,
        "files": [
            {
                **objects.path_fields(entry.raw),
                "blob": entry.blob,
                "mode": entry.mode,
                "size": entry.size,
            }
            for entry in shown[:MAX_FILES]
        ],
        "count": len(shown),
        "hidden": len(files.files) - len(shown),
        "truncated": len(shown) > MAX_FILES,
    }


def repo_read(files: CommitFiles, arguments: Arguments) -> JSON:
    """The text of one ``path``, or ``{"files": [...]}`` for ``paths``, all in one process.

    ``text`` is None with its ``reason`` for what is no text: a link, a submodule, binary, not UTF-8, over 16 MiB, or a
    name that two files share. A text over 1 MiB is cut at a line's end and ``truncated`` says so.

    Raises:
        BadInput: PATH_NOT_IN_COMMIT.
    """
    if "paths" in arguments:
        paths = [composed(path) for path in cast("Sequence[str]", arguments["paths"])]
        return {"files": _read(files, paths)}
    return _read(files, [composed(cast("str", arguments["path"]))])[0]


def _read(files: CommitFiles, paths: Sequence[str]) -> list[dict[str, JSON]]:
    wanted = {path: _entry(files, path) for path in paths}
    readable = [entry.blob for entry, reason in wanted.values() if not reason]
    blobs = objects.read_blobs(files.repository.git, readable)
    return [_answer(path, *wanted[path], blobs) for path in paths]


def _entry(files: CommitFiles, path: str) -> tuple[TreeFile, str]:
    found = files.at(path)
    if not found:
        raise BadInput(
            "PATH_NOT_IN_COMMIT", msg("Commit {commit} has no file {path}.", commit=files.commit[:12], path=path)
        )
    entry = next((entry for entry in found if entry.raw == path.encode()), found[0])
    if len(found) > 1 and entry.raw != path.encode():
        return entry, "ambiguous"
    if not entry.regular:
        return entry, "link" if entry.mode == objects.LINK else "submodule"
    return entry, "too-large" if entry.size > MAX_BLOB else ""


def _answer(path: str, entry: TreeFile, reason: str, blobs: dict[str, bytes]) -> dict[str, JSON]:
    answer: dict[str, JSON] = {"path": path, "blob": entry.blob, "mode": entry.mode, "size": entry.size}
    text: str | None = None
    truncated = False
    if not reason:
        data = blobs[entry.blob]
        truncated = len(data) > MAX_TEXT
        if truncated:
            data = data[: data.rfind(b"\n", 0, MAX_TEXT) + 1]
        text, reason = _text(data)
    return {**answer, "text": text, "truncated": truncated, "reason": reason}


def _text(data: bytes) -> tuple[str | None, str]:
    if b"\0" in data:
        return None, "binary"
    try:
        return data.decode(), ""
    except UnicodeDecodeError:
        return None, "not-utf8"

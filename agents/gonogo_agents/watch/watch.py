"""The work trees, compared with before: at duty 1, around every command that could write, and at the seal.

The run's own tree is the commit and stays it: whatever a command changes there outside its allow-list fails the run.
The desk is the operator's, who may work on it meanwhile: a change there is only laid at a command's door where that
command could have made it (it ran without path rules) and where it happened while the command ran.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from gonogo_agents import objects
from gonogo_agents.duties.facts.shapes import as_object, strings_of
from gonogo_agents.git import own_git
from gonogo_agents.watch.desk import GUARDED, desk_modes, desk_print, read_print
from gonogo_agents.watch.ignored import MOST_ENTRIES
from gonogo_agents.watch.stamps import Change, changes, take
from gonogo_agents.worktree import make_tree, tree_fingerprint
from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_policies import globs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gonogo_agents.repository import Repository
    from gonogo_agents.watch.desk import DeskPrint
    from gonogo_agents.watch.stamps import Snapshot
    from gonogo_evidence.ids import JSON, JSONObject

BEFORE: Final = "desk-before.json"
"""Below the run's folder: how the desk stood at duty 1."""
LIMIT: Final = 64 * 1024 * 1024
MOST_TOLD: Final = 50
"""Changes that are named; the count is whole."""
_GIT: Final = (".git", ".git/**")


class Guards(NamedTuple):
    """What the configuration says of files beside the commit's own (``guardrails.toml``)."""

    desk: tuple[str, ...] = ()
    """Globs of files on the desk that are guarded as hooks are: what changes them acts in the operator's name later."""
    caches: tuple[str, ...] = ()
    """Globs of what tools leave behind without being asked. New files here fail nothing; in the run's tree they are
    thrown away, and a changed one does fail. Where git ignores them on the desk they are not looked at."""


UNGUARDED: Final = Guards()


def guards_of(inputs: Mapping[str, JSON]) -> Guards:
    """What a run's frozen inputs say of it."""
    frozen = as_object(inputs.get("guardrails"))
    return Guards(tuple(strings_of(frozen.get("desk"))), tuple(strings_of(frozen.get("caches"))))


class Command(NamedTuple):
    """A command, as the comparison sees it."""

    name: str
    allowed: tuple[str, ...] = ()
    """Globs of the tree's files that it may change."""
    fenced: bool = False
    """Whether path rules of the kernel kept it away from the desk."""


class Watch:
    """The comparison for one run, in one process.

    Args:
        repository: the operator's.
        run_folder: where duty 1 leaves how the desk stood.
        tree: the run's own work tree, made by the first command.
        commit: what it holds.
        guards: what the configuration guards on the desk, and what it calls a cache.
    """

    def __init__(
        self, repository: Repository, run_folder: Path, tree: Path, commit: str, guards: Guards = UNGUARDED
    ) -> None:
        self._repository = repository
        self._guards = guards
        self._kept = run_folder / BEFORE
        self._tree = tree
        self._commit = commit
        self._stood: Snapshot | None = None
        self._desk: DeskPrint | None = None
        self._modes = ""
        self._broken: list[str] = []
        self._between: tuple[Change, ...] = ()

    def begin(self) -> None:
        """Remember how the desk stands. After a crash what was remembered first stays."""
        if not self._kept.exists():
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._kept, canonical.dumps(self._look().json()))

    def before(self, command: Command) -> None:
        """Have the tree as the commit is, and look at what the command could reach.

        Raises:
            Inconclusive, BadInput: as :func:`gonogo_agents.worktree.make_tree`.
        """
        self._between = ()
        if self._stood is not None:
            self._between = self._changes(take(self._tree))
        if self._stood is None or self._between:
            self._make()
        self._desk = None if command.fenced else self._look()
        self._modes = desk_modes(self._repository)

    def after(self, command: Command) -> JSONObject:
        """What changed meanwhile: ``tree`` (outside the allow-list), ``between`` (before it began), and ``desk``."""
        found = self._changes(take(self._tree))
        outside = [change for change in found if not self._allowed(change, command.allowed)]
        if found:
            self._make()
        told: dict[str, JSON] = {"command": command.name, **_told("tree", outside), **_told("between", self._between)}
        moved = self._moved()
        guarded = self._guarded(moved)
        if outside or self._between or guarded:
            self._broken.append(command.name)
        return {**told, "desk": list(moved[:MOST_TOLD]), "desk_count": len(moved), "desk_guarded": guarded}

    def at_seal(self) -> JSONObject:
        """What is not as it was: ``tree`` against the commit, ``desk`` against duty 1 (None where that is not known).

        ``desk_beyond`` says how many ignored files were looked at where there are more. ``broken`` are the commands of
        this process that changed what they may not, told again for those whose own answer was lost.
        """
        told: dict[str, JSON] = {"command": "seal", "broken": [*self._broken], **_told("tree", self._left())}
        try:
            before = read_print(canonical.loads_object(read_bytes(self._kept, limit=LIMIT), limit=LIMIT))
            now = self._look()
            moved = before.changes(now)
        except GonogoError:  # duty 1 left nothing to compare with, or git cannot look: a seal does not hang on the desk
            return {**told, "desk": None}
        beyond: JSONObject = {} if before.ignored.whole and now.ignored.whole else {"desk_beyond": MOST_ENTRIES}
        return {**told, "desk": list(moved[:MOST_TOLD]), "desk_count": len(moved), **beyond}

    def _look(self) -> DeskPrint:
        return desk_print(self._repository, self._guards.caches)

    def _moved(self) -> tuple[str, ...]:
        """What the command could have changed on the desk, and what did change while it ran."""
        if self._desk is not None:
            return self._desk.changes(self._look())
        return () if desk_modes(self._repository) == self._modes else ("git: modes",)

    def _left(self) -> Sequence[Change]:
        """How the tree differs from the commit now. A process that made it knows its stamps; another one asks git."""
        if self._stood is not None:
            return self._changes(take(self._tree))
        if not self._tree.exists():
            return ()
        try:
            seen = tree_fingerprint(self._repository.world, self._tree)
        except GonogoError as error:
            return (Change(error.code, "kind"),)
        other = () if seen.head == self._commit else ("HEAD",)
        return [Change(line, "content") for line in (*other, *seen.status)]

    def _changes(self, now: Snapshot) -> tuple[Change, ...]:
        return () if self._stood is None else changes(self._stood, now, self._blobs)

    def _blobs(self) -> dict[str, str]:
        entries = objects.list_tree(own_git(self._repository.world, self._tree), self._commit)
        return {os.fsdecode(entry.raw): entry.blob for entry in entries}

    def _make(self) -> None:
        make_tree(self._repository, self._commit, self._tree)
        self._stood = take(self._tree)

    def _allowed(self, change: Change, allowed: Sequence[str]) -> bool:
        if globs.match(change.path, _GIT):
            return False
        return globs.match(change.path, allowed) or (
            change.how == "new" and globs.match(change.path, self._guards.caches)
        )

    def _guarded(self, moved: Iterable[str]) -> list[JSON]:
        """Of what moved, the parts of git that run programs, and the files that the configuration guards."""
        parts = {f"git: {name}" for name in GUARDED}
        return [name for name in moved if name in parts or globs.guards(_a_file(name), self._guards.desk)]


def _a_file(name: str) -> str:
    """The path itself, and for a folder's mark a file in it."""
    return f"{name}x" if name.endswith("/") else name


def _told(name: str, found: Sequence[Change]) -> dict[str, JSON]:
    listed: list[JSON] = [{"path": change.path, "how": change.how} for change in found[:MOST_TOLD]]
    return {name: listed, f"{name}_count": len(found)}

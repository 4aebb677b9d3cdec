"""The operator's repository, held to reading: what it is, which commit a name means, where a change begins."""

from __future__ import annotations

import difflib
import fnmatch
import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_agents import objects
from gonogo_agents.git import HEX, Git, bare, check_ref, explain, operator_git
from gonogo_evidence.drill import TRAILER
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.ids import RepositoryId
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_agents.world import World

BaseRule: TypeAlias = Literal["option", "upstream", "first-parent", "whole-tree"]

MAX_CONFIG = 1024 * 1024
"""Bytes of one configuration file."""

ROOTS = f"%H %(trailers:key={TRAILER},valueonly=true,unfold=true,separator=%x20)"
"""A first commit's id and its mark of a drill, on one line."""

_KIND = (
    *("--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--show-object-format"),
    "--absolute-git-dir",
)
_PLACES = (("--show-toplevel",), ("--git-path", "objects"))
"""What git is asked about a repository that is opened; where its root and its objects are, a bare one cannot say."""

LOCKS = (
    *("requirements*.txt", "constraints*.txt", "uv.lock", "poetry.lock", "pdm.lock", "pylock*.toml", "Pipfile.lock"),
    *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock"),
    *("Cargo.lock", "go.sum", "Gemfile.lock", "composer.lock", "mix.lock", "flake.lock", "conda-lock.yml"),
)
MAX_LOCKS = 200
MAX_LOCK_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Repository:
    """An opened repository. Nothing here writes to it."""

    world: World
    root: Path
    """The work tree's root."""
    git_dir: Path
    objects: Path
    """The shared object folder."""
    root_commit: str
    """The smallest root commit of HEAD's history, 40 hex digits."""
    repository_id: RepositoryId
    git: Git
    drill: str = ""
    """What a first commit of HEAD's history says of a drill; empty: this is no drill's repository."""
    _heads: dict[str, str] = field(default_factory=dict[str, str], repr=False, compare=False)
    """Commits' own lines by id, once they were read: an id is those bytes."""

    def drill_in(self, commit: str) -> str:
        """The same of another commit's history."""
        return self.drill or roots_of(self.git, commit)[1]

    def resolve(self, ref: str = "HEAD") -> str:
        """The commit that ``ref`` means, 40 hex digits.

        Raises:
            BadInput: REF_UNKNOWN with the nearest branch or tag; REF_AMBIGUOUS where two things have the name.
        """
        done = self.git.attempt("rev-parse", "--verify", "--end-of-options", f"{check_ref(ref)}^{{commit}}")
        words = done.stderr.decode(errors="replace")
        if "is ambiguous" in words:
            raise BadInput(
                "REF_AMBIGUOUS",
                msg("{ref} means more than one thing here.", ref=ref),
                next_step=msg("Write it in full: refs/heads/..., refs/tags/... or all 40 digits of the commit."),
            )
        commit = done.stdout.decode().split()[-1:] or [""]
        if done.code != 0 or not HEX.fullmatch(commit[0]):
            raise self._unknown(ref)
        return commit[0]

    def base_for(self, commit: str, option: str | None = None, *, ref: str = "HEAD") -> tuple[str | None, BaseRule]:
        """What the change up to ``commit`` is measured against, and by which rule (decisions, "Verdicts and exits").

        The option's merge-base with ``commit``, else the merge-base with the upstream of ``ref`` (where that is not
        ``commit`` itself, as in a fresh clone), else the first parent, else None: the whole tree.

        Raises:
            BadInput: REF_UNKNOWN; BASE_UNRELATED where option and commit share no history.
        """
        if option is not None:
            base = self._merge_base(self.resolve(option), commit)
            if base is None:
                raise BadInput(
                    "BASE_UNRELATED",
                    msg("{base} and the commit share no history.", base=option),
                    next_step=msg("Name another base, or leave --base out."),
                )
            return base, "option"
        upstream = self.git.attempt(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{check_ref(ref)}@{{upstream}}"
        )
        named = upstream.stdout.decode().split()[-1:]
        if upstream.code == 0 and named and HEX.fullmatch(named[0]):
            base = self._merge_base(named[0], commit)
            if base not in {None, commit}:
                return base, "upstream"
        parents = self.parents(commit)
        return (parents[0], "first-parent") if parents else (None, "whole-tree")

    def tree_of(self, commit: str) -> str:
        """The id of the commit's tree."""
        return self._header(commit, "tree")[0]

    def parents(self, commit: str) -> list[str]:
        """The commits that it stands on, as it names them itself; none for the first of a history."""
        return self._header(commit, "parent")

    def is_before(self, commit: str, later: str) -> bool:
        """Whether ``commit`` is ``later`` or one of its ancestors; False where one of them is not here."""
        return self.git.attempt("merge-base", "--is-ancestor", commit, later).code == 0

    def commit_time(self, commit: str) -> datetime:
        """The committer's time, aware, UTC. Raises BadInput COMMIT_TIME for a stamp that no calendar has."""
        stamp = self._header(commit, "committer")[0].rsplit(" ", 2)[1]
        try:
            return datetime.fromtimestamp(int(stamp), UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise BadInput("COMMIT_TIME", msg("The commit's time {stamp} is no date.", stamp=stamp[:40])) from error

    def read_blob(self, commit: str, path: str) -> bytes:
        """The bytes of one file of the commit. Raises BadInput PATH_NOT_IN_COMMIT."""
        entry = objects.blob_at(self.git, commit, path)
        if not entry.regular:
            raise BadInput("PATH_NOT_A_FILE", msg("{path} is a link or a submodule.", path=path))
        return objects.read_blobs(self.git, [entry.blob])[entry.blob]

    def config_files(self, commit: str) -> dict[str, bytes]:
        """The commit's own ``config/*.toml``, ``config/capability_scopes/*.toml`` and ``.gonogo/gates.toml``, by path.

        Sizes are asked for before anything is read. Links are left out: configuration is regular files.

        Raises:
            BadInput: CONFIG_TOO_LARGE.
        """
        places = ("config/", "config/capability_scopes/", ".gonogo/gates.toml")
        found = [
            entry
            for entry in objects.list_tree(self.git, commit, *places)
            if entry.regular and entry.path.endswith(".toml")
        ]
        for entry in found:
            if entry.size > MAX_CONFIG:
                raise BadInput(
                    "CONFIG_TOO_LARGE",
                    msg("The file has {size} bytes; {limit} are allowed.", size=entry.size, limit=MAX_CONFIG),
                    where=f"{commit[:12]}:{entry.path}",
                    next_step=msg("A configuration file holds a few kilobytes: move the data elsewhere."),
                )
        blobs = objects.read_blobs(self.git, (entry.blob for entry in found))
        return {entry.path: blobs[entry.blob] for entry in sorted(found, key=lambda entry: entry.path)}

    def lock_digests(self, commit: str) -> dict[str, str]:
        """SHA-256 of each dependency lock of the commit, by path: at most 200, those nearest the root first."""
        locks = [entry for entry in objects.list_tree(self.git, commit) if entry.regular and is_lock(entry.path)]
        locks = sorted(locks, key=lambda entry: (entry.path.count("/"), entry.path))[:MAX_LOCKS]
        blobs = objects.read_blobs(self.git, (entry.blob for entry in locks))
        return {entry.path: hashlib.sha256(blobs[entry.blob]).hexdigest() for entry in locks}

    def _merge_base(self, one: str, other: str) -> str | None:
        done = self.git.attempt("merge-base", "--all", one, other)
        if done.code not in {0, 1}:
            raise explain("merge-base", done, self.root)
        return min(done.stdout.decode().split(), default=None)

    def _header(self, commit: str, name: str) -> list[str]:
        head = self._heads.get(commit)
        if head is None:
            head = self.git("cat-file", "commit", commit).partition(b"\n\n")[0].decode(errors="replace")
            if HEX.fullmatch(commit):  # a name can mean another commit later
                self._heads[commit] = head
        lines = head.split("\n")
        return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]

    def _unknown(self, ref: str) -> BadInput:
        names = self.git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
        near = difflib.get_close_matches(ref, names.decode(errors="replace").split("\n"), n=1, cutoff=0.5)
        step = msg("Did you mean {name}?", name=near[0]) if near else msg("See what there is: git branch -a; git tag")
        return BadInput("REF_UNKNOWN", msg("{ref} is no commit of this repository.", ref=ref), next_step=step)


def is_lock(path: str) -> bool:
    """Whether the path is a dependency lock (``requirements.txt``, ``requirements/dev.txt``, ``uv.lock``, ...)."""
    folder, _, name = path.rpartition("/")
    if path.count("/") >= MAX_LOCK_DEPTH:
        return False
    if name.startswith("constraints") and {"docs", "doc"} & set(folder.split("/")):
        return False  # a page of a manual
    in_requirements = folder.rpartition("/")[2] == "requirements" and name.endswith(".txt")
    return in_requirements or any(fnmatch.fnmatchcase(name, pattern) for pattern in LOCKS)


def open_repository(world: World, start: Path) -> Repository:
    """The repository around ``start``, checked to be one that a run can read.

    Raises:
        BadInput: GIT_MISSING, FOLDER_NOT_FOUND, NOT_A_REPOSITORY, REPOSITORY_BARE, REPOSITORY_EMPTY,
            REPOSITORY_SHALLOW, REPOSITORY_OWNER, REPOSITORY_SHA256.
    """
    git = operator_git(world, start)
    is_bare, inside, shallow, object_format, git_dir, *places = _asked(git)
    if is_bare == "true":
        raise bare(start)
    if inside != "true":
        raise _not_inside(git_dir)
    if object_format != "sha1":
        raise BadInput(
            "REPOSITORY_SHA256",
            msg("The repository names its objects by {format}; runs record SHA-1 commits.", format=object_format),
            where=str(start),
            next_step=msg("Run in a clone whose object format is sha1."),
        )
    top, place = places or (git.line("rev-parse", *words) for words in _PLACES)
    root = Path(top)
    git = operator_git(world, root)
    if shallow == "true":
        raise BadInput(
            "REPOSITORY_SHALLOW",
            msg("The clone is shallow: its first commits are not here, so that the repository cannot be told apart."),
            where=str(root),
            next_step=msg("git fetch --unshallow"),
        )
    root_commit, drill = _root_commit(git)
    return Repository(
        world,
        root,
        Path(git_dir),
        Path(os.path.realpath(start / place)),
        root_commit,
        RepositoryId(root_commit[:12]),
        git,
        drill,
    )


def _asked(git: Git) -> list[str]:
    """What the repository is, its git directory, root and objects, in one call.

    Without the last two where there is no root, or where a name holds a newline and the lines cannot be told apart.
    """
    done = git.attempt("rev-parse", *_KIND, *chain(*_PLACES))
    lines = os.fsdecode(done.stdout.removesuffix(b"\n")).split("\n")
    if done.code == 0 and len(lines) == len(_KIND) + len(_PLACES):
        return lines
    return git.line("rev-parse", *_KIND).split("\n", len(_KIND) - 1)


def _not_inside(git_dir: str) -> BadInput:
    return BadInput(
        "NOT_A_REPOSITORY",
        msg("This folder is inside a git directory, not inside its work tree."),
        where=git_dir,
        next_step=msg("Go to the folder with your files, or name it: --repo DIR"),
    )


def _root_commit(git: Git) -> tuple[str, str]:
    try:
        return roots_of(git, "HEAD")
    except GonogoError:
        if git.attempt("rev-parse", "--verify", "--quiet", "HEAD^{commit}").code == 0:
            raise
        raise BadInput(
            "REPOSITORY_EMPTY",
            msg("The repository has no commit at HEAD yet."),
            where=str(git.folder),
            next_step=msg('Commit something first: git add . && git commit -m "first"'),
        ) from None


def roots_of(git: Git, commit: str) -> tuple[str, str]:
    """The smallest first commit of a history, and what any first commit there says of a drill."""
    said = git("rev-list", "--max-parents=0", f"--format={ROOTS}", commit, timeout=600.0).decode(errors="replace")
    rows = [line.partition(" ") for line in said.split("\n") if line and not line.startswith("commit ")]
    return min(row[0] for row in rows), next((row[2] for row in sorted(rows) if row[2].strip()), "")

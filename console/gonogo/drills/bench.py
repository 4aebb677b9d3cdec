"""The bench of a drill: one throw-away folder with a repository, its origin, and what the operator writes there."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_agents.git import own_git
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import hash_file, read_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from gonogo_agents.git import Git
    from gonogo_agents.world import World

NOTES = "operator_notes.md"
MOST_WORDS = 1024 * 1024
"""Bytes of a file that the operator wrote."""
_FACT = re.compile(r"[-*]?\s*([A-Za-z_ ]+?)\s*:\s*(.+?)\s*")
_STAMP = "1767225600 +0000"


@dataclass(frozen=True, slots=True)
class Bench:
    """The drill's folder: ``work/`` (the repository), ``origin.git``, and the operator's files beside them."""

    world: World
    folder: Path
    mark: str = ""
    """The trailer of the first commit, where a drill is built: every run on the repository bears it."""

    @property
    def work(self) -> Path:
        """The repository that the operator works in."""
        return self.folder / "work"

    @property
    def origin(self) -> Path:
        """What the repository is a clone of."""
        return self.folder / "origin.git"

    def git(self, folder: Path | None = None) -> Git:
        """Git in ``work`` (or another folder), apart from anybody's configuration."""
        return own_git(self.world, folder or self.work).with_environment(
            GIT_AUTHOR_NAME="Drill",
            GIT_AUTHOR_EMAIL="drill@example.org",
            GIT_AUTHOR_DATE=_STAMP,
            GIT_COMMITTER_NAME="Drill",
            GIT_COMMITTER_EMAIL="drill@example.org",
            GIT_COMMITTER_DATE=_STAMP,
        )

    def make(self, files: Mapping[str, str]) -> None:
        """Make origin and its clone with one commit of these files on main."""
        self.work.mkdir(parents=True)
        git = self.git()
        git("init", "--quiet", "--initial-branch=main")
        for name, value in (("user.name", "Drill"), ("user.email", "drill@example.org"), ("commit.gpgsign", "false")):
            git("config", name, value)
        self.write(files)
        self.commit(f"The repository as it was handed over\n\n{self.mark}")
        self.git(self.folder)("clone", "--quiet", "--bare", str(self.work), str(self.origin))
        git("remote", "add", "origin", "../origin.git")
        git("fetch", "--quiet", "origin")
        git("branch", "--quiet", "--set-upstream-to=origin/main", "main")

    def write(self, files: Mapping[str, str]) -> None:
        """Write files into the repository's work tree."""
        for name, text in files.items():
            place = self.work / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")

    def commit(self, words: str) -> str:
        """Commit everything; the commit's id."""
        git = self.git()
        git("add", "--all")
        git("commit", "--quiet", "--no-verify", "-m", words)
        return git.line("rev-parse", "HEAD")

    def blob(self, name: str) -> str:
        """The id that git gives to a file of the work tree as it is."""
        return self.git().line("hash-object", "--no-filters", "--", name)

    def kept(self, objects: Collection[str]) -> int:
        """How many of these blobs and commits are still somewhere: under a ref, a stash, or in a file of the desk."""
        listed = ("rev-list", "--objects", "--all", "--no-object-names", "--ignore-missing")
        there = set(self.git().line(*listed, *self.git().line("stash", "list", "--format=%H").split()).split())
        there |= set(self.git(self.origin).line("rev-list", "--objects", "--all", "--no-object-names").split())
        missing = set(objects) - there
        if missing:
            files = (file for file in self.work.rglob("*") if ".git" not in file.relative_to(self.work).parts)
            missing -= {_blob(file) for file in files if file.is_file() and not file.is_symlink()}
        return len(set(objects)) - len(missing)

    def dirty(self) -> list[str]:
        """What is not committed in ``work``, also where git was told to look away."""
        git = self.git().with_settings(("core.fileMode", "true"), ("status.relativePaths", "false"))
        found = git.line("status", "--porcelain", "--untracked-files=all", "--ignore-submodules=none").splitlines()
        found += [line for line in git.line("ls-files", "-v").splitlines() if line[:1].islower() or line[:1] == "S"]
        with suppress(OSError):
            text = (self.work / ".git/info/exclude").read_text(encoding="utf-8", errors="replace")
            found += [f"! {line}" for line in text.splitlines() if line.strip() and not line.startswith("#")]
        return found

    def words(self, name: str) -> str:
        """What the operator wrote into a file beside the repository; nothing where there is none that can be read."""
        try:
            return read_bytes(self.folder / name, limit=MOST_WORDS).decode("utf-8", "replace")
        except GonogoError:
            return ""

    def lines(self, name: str) -> set[str]:
        """The lines of such a file, without list marks and backticks."""
        found = (line.strip().lstrip("-* ").strip("`").strip() for line in self.words(name).splitlines())
        return {line for line in found if line and not line.startswith("#")}

    def facts(self) -> dict[str, str]:
        """The ``name: value`` lines of the operator's notes, names in lower case."""
        found = (_FACT.fullmatch(line.strip()) for line in self.words(NOTES).splitlines())
        return {fact[1].strip().lower().replace(" ", "_"): fact[2].strip("`") for fact in found if fact}

    def digests(self) -> dict[str, str]:
        """SHA-256 of the files that the operator left beside the repository, by name."""
        here = sorted(path for path in self.folder.iterdir() if path.is_file() and not path.is_symlink())
        return {path.name: str(hash_file(path)[0]) for path in here}

    def newest(self) -> float:
        """The latest time at which anything of the desk was written, in seconds: a clock set back runs behind it."""
        return max(os.lstat(path).st_mtime for path in (self.folder, *self.folder.rglob("*")))


def _blob(file: Path) -> str:
    """Git's own id of a file's bytes; they are compared with what was planted here, against nobody."""
    data = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

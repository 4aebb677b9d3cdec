r"""Real git repositories for tests, made in one ``git fast-import``, apart from the machine's own configuration.

    repo = make_repo(tmp_path / "r", {"README.md": "hello\n"}, commits=[{"src/a.py": "a = 1\n"}, {"README.md": None}])
    repo.head, repo.commits, repo.git("status", "--porcelain"), repo.commit({"b": "more\n"})

A value is text, bytes, ``None`` (the path is deleted in that commit) or an :class:`Entry` (:func:`link`,
:func:`executable`, :func:`submodule`). A path may be ``bytes``, for names that are not UTF-8.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from gonogo_agents.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FIRST_TIME = 1_767_225_600
"""2026-01-01T00:00:00Z, the committer time of the first commit; each further one is a minute later."""

AUTHOR = "Ada Example <ada@example.org>"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a path is in a commit, where it is not an ordinary file."""

    data: bytes
    mode: str


def link(target: str) -> Entry:
    """A symbolic link."""
    return Entry(target.encode(), "120000")


def executable(text: str) -> Entry:
    """A file with its executable bit."""
    return Entry(text.encode(), "100755")


def submodule(commit: str) -> Entry:
    """A gitlink to ``commit`` (40 hex digits), of which nothing is there."""
    return Entry(commit.encode(), "160000")


Content: TypeAlias = "str | bytes | Entry | None"
Files: TypeAlias = "Mapping[Any, Content]"
"""Paths are ``str`` or ``bytes``."""


def clean_env(home: Path) -> dict[str, str]:
    """An environment in which git sees nothing of the machine: HOME is ``home``, other configuration is off."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Ada Example",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": f"{FIRST_TIME} +0000",
        "GIT_COMMITTER_NAME": "Ada Example",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_COMMITTER_DATE": f"{FIRST_TIME} +0000",
    }


def make_world(home: Path, **env: str) -> World:
    """A world with a fixed clock, counted tokens and an environment of its own; programs are really run."""
    home.mkdir(parents=True, exist_ok=True)
    count = iter(range(1, 1_000_000))
    return World(
        now=lambda: datetime(2026, 1, 9, 12, 0, 0, tzinfo=UTC),
        token=lambda size: f"{next(count):0{2 * size}x}",
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), **env},
    )


@dataclass(slots=True)
class Repo:
    """A repository on disk and the commits that were made in it, oldest first."""

    path: Path
    branch: str = "main"
    commits: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The newest commit that was made here."""
        return self.commits[-1]

    def git(self, *arguments: str, stdin: bytes = b"", **env: str) -> str:
        """Run git in the repository; standard output without its last newline. A failure raises with git's words."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**clean_env(self.path.parent), **env},
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stderr.decode(errors="replace"))
        return done.stdout.decode(errors="surrogateescape").rstrip("\n")

    def commit(self, files: Files, *, message: str = "", author: str = AUTHOR, checkout: bool = True) -> str:
        """Add one commit on the branch; the work tree is set to it (``git reset --hard``) unless told otherwise."""
        return self.commit_many([files], messages=[message], author=author, checkout=checkout)[-1]

    def commit_many(
        self, changes: Sequence[Files], *, messages: Sequence[str] = (), author: str = AUTHOR, checkout: bool = True
    ) -> list[str]:
        """Add one commit for each change, in one process."""
        stream = bytearray(b"feature done\n")
        first = len(self.commits)
        for index, files in enumerate(changes):
            stamp = FIRST_TIME + 60 * (first + index)
            message = (messages[index] if index < len(messages) else "") or f"commit {first + index + 1}"
            stream += f"commit refs/heads/{self.branch}\nmark :{index + 1}\n".encode()
            stream += f"author {author} {stamp} +0000\ncommitter {author} {stamp} +0000\n".encode()
            stream += _data(message.encode())
            if index == 0 and self.commits:
                stream += f"from {self.head}\n".encode()
            for path, content in files.items():
                stream += _change(path if isinstance(path, bytes) else path.encode(), content)
            stream += f"get-mark :{index + 1}\n".encode()
        made = self.git("fast-import", "--quiet", "--force", stdin=bytes(stream) + b"done\n").split()
        self.commits += made
        if checkout:
            self.git("reset", "--quiet", "--hard", f"refs/heads/{self.branch}")
        return made

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files into the work tree without committing them."""
        for path, content in files.items():
            target = self.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)


def make_repo(
    path: Path,
    files: Files | None = None,
    commits: Sequence[Files] = (),
    *,
    branch: str = "main",
    author: str = AUTHOR,
    checkout: bool = True,
) -> Repo:
    """A repository at ``path``: ``files`` is its first commit (none gives an empty repository), ``commits`` follow."""
    dot_git = path / ".git"
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info", "hooks"):
        (dot_git / folder).mkdir(parents=True)
    (dot_git / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    (dot_git / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n")
    repo = Repo(path, branch)
    if files is not None:
        repo.commit_many([files, *commits], author=author, checkout=checkout)
    return repo


def listing(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every path below ``folder``, ``.git`` included, with mode, time of change (ns) and bytes: did anything move?"""
    seen: dict[str, tuple[int, int, bytes]] = {}
    for base, folders, names in os.walk(os.fsencode(folder)):
        for name in [*folders, *names]:
            full = os.path.join(base, name)  # noqa: PTH118 - names that are not UTF-8 stay bytes
            status = os.lstat(full)
            data = b""
            if os.path.islink(full):  # noqa: PTH114 - as above
                data = os.readlink(full)  # noqa: PTH115 - as above
            elif os.path.isfile(full):  # noqa: PTH113 - as above
                with open(full, "rb") as file:  # noqa: PTH123 - as above
                    data = file.read()
            seen[os.fsdecode(full)] = (status.st_mode, status.st_mtime_ns, data)
    return seen


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _change(path: bytes, content: Content) -> bytes:
    name = (
        b'"'
        + b"".join(b"\\%03o" % byte if byte < 32 or byte > 126 or byte in b'"\\' else bytes([byte]) for byte in path)
        + b'"'
    )
    match content:
        case None:
            return b"D %s\n" % name
        case Entry(data, "160000"):
            return b"M 160000 %s %s\n" % (data, name)
        case Entry(data, mode):
            return b"M %s inline %s\n" % (mode.encode(), name) + _data(data)
        case str():
            return b"M 100644 inline %s\n" % name + _data(content.encode())
        case _:
            return b"M 100644 inline %s\n" % name + _data(content)

"""Git by argv: plumbing commands, an environment of our own, and what git says in words for people.

Everything from outside that could redirect git is taken out of its environment (``GIT_DIR``, ``GIT_CONFIG_*``, ...),
hooks and the file-system monitor are off, objects are what they are (no replacements, no grafts), nothing is fetched
and nothing prompts. Of the operator's git, what could start a program all the same runs inside a fence.
Output is asked for with ``LC_ALL=C`` and, where git has it, ``-z``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_agents.git_fence import GitFence
    from gonogo_agents.world import Completed, World

NO_HOOKS = os.devnull
FIXED = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", NO_HOOKS),
    ("core.quotepath", "off"),
    ("core.warnAmbiguousRefs", "true"),
    ("advice.graftFileDeprecated", "false"),
)
"""Configuration that every call gets, above the operator's own."""

QUIET = frozenset({"rev-parse", "rev-list", "ls-tree", "cat-file", "merge-base", "for-each-ref", "version"})
"""What starts no program, whatever a repository's configuration, attributes and hooks name (tests/agents hold it)."""
LOUD = ("--textconv", "--filters", "--alternate-refs", "--show-signature", "(signature", "%G")
"""Words with which they would."""

HEX = re.compile(r"[0-9a-f]{40}")

_OURS = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
}


def git_environment(world: World) -> dict[str, str]:
    """The environment for git: the world's without any ``GIT_*`` and ``LANGUAGE``, and ours on top."""
    kept = {name: value for name, value in world.env.items() if not name.startswith("GIT_") and name != "LANGUAGE"}
    return {**kept, **_OURS}


def sealed_environment(world: World) -> dict[str, str]:
    """The same with the operator's and the system's configuration out of sight: for git directories of our own."""
    return {
        **git_environment(world),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "XDG_CONFIG_HOME": os.devnull,
        "HOME": os.devnull,
    }


@dataclass(frozen=True, slots=True)
class Git:
    """Git, to be called in one folder with one environment."""

    world: World
    folder: Path
    environment: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...] = FIXED

    def with_environment(self, **variables: str) -> Git:
        """The same with variables on top."""
        return replace(self, environment=(*self.environment, *variables.items()))

    def with_settings(self, *settings: tuple[str, str]) -> Git:
        """The same with configuration on top."""
        return replace(self, settings=(*self.settings, *settings))

    def attempt(self, *arguments: str, stdin: bytes = b"", timeout: float = 120.0) -> Completed:
        """Run git and hand back what it left, whatever its exit code.

        Raises:
            BadInput: GIT_MISSING, or FOLDER_NOT_FOUND where the folder to run in is gone.
            Inconclusive: GIT_TIMEOUT.
        """
        if any("\0" in argument for argument in arguments):
            raise BadInput("GIT_ARGUMENT", msg("A name holds a NUL character."))
        if not self.folder.is_dir():
            raise BadInput(
                "FOLDER_NOT_FOUND",
                msg("There is no such folder."),
                where=str(self.folder),
                next_step=msg("Name a folder that exists: --repo DIR"),
            )
        settings = [part for name, value in self.settings for part in ("-c", f"{name}={value}")]
        command = Command(
            ("git", "--no-pager", *settings, *arguments),
            cwd=self.folder,
            env=dict(self.environment),
            stdin=stdin,
            timeout=timeout,
        )
        try:
            done = self.world.run(command)
        except ProgramMissing as error:
            raise BadInput(
                "GIT_MISSING",
                msg("git is not installed, or not on PATH."),
                next_step=msg("Install git (Debian: apt-get install git; macOS: xcode-select --install)."),
            ) from error
        if done.timed_out:
            raise Inconclusive(
                "GIT_TIMEOUT",
                msg("git {command} did not end within {seconds} seconds.", command=arguments[0], seconds=int(timeout)),
                where=str(self.folder),
            )
        return done

    def __call__(self, *arguments: str, stdin: bytes = b"", timeout: float = 120.0) -> bytes:
        """Run git; its standard output. Any exit code but 0 is raised as an error in words."""
        done = self.attempt(*arguments, stdin=stdin, timeout=timeout)
        if done.code != 0:
            raise explain(arguments[0], done, self.folder)
        return done.stdout

    def line(self, *arguments: str) -> str:
        """Run git; its output without the last newline, decoded as the file system's names are."""
        return os.fsdecode(self(*arguments).removesuffix(b"\n"))


def operator_git(world: World, folder: Path) -> Git:
    """Git as the operator has it (their ``safe.directory`` counts), held to reading, without any transport."""
    return Git(_guarded(world), folder, tuple({**git_environment(world), "GIT_ALLOW_PROTOCOL": ""}.items()))


def _guarded(world: World) -> World:
    """The same, but git that is not quiet, and is in no fence yet, is put into one that writes nothing."""
    made: list[GitFence] = []

    def run(command: Command) -> Completed:
        if command.fence is not None or is_quiet(command.argv):
            return world.run(command)
        if not made:
            from gonogo_agents.git_fence import GitFence  # noqa: PLC0415 - most commands never need it

            made.append(GitFence(world))
        return made[0].run(command)

    return replace(world, run=run)


def is_quiet(argv: Sequence[str]) -> bool:
    """Whether this call of :class:`Git` is one that starts no program: reading configuration, or a quiet subcommand."""
    words = iter(argv[1:])
    for word in words:
        if word == "-c":
            next(words, None)
        elif not word.startswith("-"):
            rest = tuple(words)
            if word == "config":
                return any(later.startswith("--get") for later in rest)
            return word in QUIET and not any(loud in later for later in rest for loud in LOUD)
    return False


def own_git(world: World, folder: Path) -> Git:
    """Git for a git directory that we made: no configuration from anywhere but that directory and these settings."""
    settings = (*FIXED, ("core.attributesFile", os.devnull), ("core.excludesFile", os.devnull), ("gc.auto", "0"))
    return Git(world, folder, tuple(sealed_environment(world).items()), settings)


def check_ref(ref: str) -> str:
    """Return ``ref`` if it can be handed to git as a name and never as an option. Raises BadInput REF_UNKNOWN."""
    if not ref.strip() or ref.startswith("-") or not ref.isprintable():
        raise BadInput(
            "REF_UNKNOWN",
            msg("{ref} is no name of a commit.", ref=ascii(ref)),
            next_step=msg("Name a branch, a tag or a commit."),
        )
    return ref


def explain(command: str, done: Completed, folder: Path) -> GonogoError:
    """The error that says what git said: code, place and next step."""
    words = done.stderr.decode(errors="replace")
    where = str(folder)
    if "dubious ownership" in words:
        return BadInput(
            "REPOSITORY_OWNER",
            msg("The repository belongs to another user, and git does not trust it."),
            where=where,
            next_step=msg("If you trust it: git config --global --add safe.directory {folder}", folder=where),
        )
    if "not a git repository" in words:
        return BadInput(
            "NOT_A_REPOSITORY",
            msg("This folder is not inside a git repository."),
            where=where,
            next_step=msg("Go to your repository, or name it: --repo DIR. To begin one: git init"),
        )
    if "must be run in a work tree" in words:
        return bare(folder)
    return Inconclusive(
        "GIT_FAILED",
        msg("git {command} failed: {words}", command=command, words=first_line(words)),
        where=where,
        next_step=msg("Look at the repository with: git fsck"),
    )


def bare(folder: Path) -> BadInput:
    """A bare repository has no desk to look at."""
    return BadInput(
        "REPOSITORY_BARE",
        msg("The repository is bare: it has no work tree."),
        where=str(folder),
        next_step=msg("Clone it and run there: git clone {folder}", folder=str(folder)),
    )


def first_line(words: str) -> str:
    """The first line that says something, printable, at most 300 characters."""
    for line in words.splitlines():
        if line.strip():
            return "".join(sign if sign.isprintable() else "?" for sign in line.strip())[:300]
    return "no words"

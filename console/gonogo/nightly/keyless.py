"""A nightly run holds no key that could sign a decision, and does not start where one is in reach.

In reach are: a private key file anywhere below ``~/.ssh``, encrypted or not; a key in the ssh-agent, or an agent that
does not say what it holds; the file that enrolment remembers; git's ``user.signingkey`` where that is a file; and a
private key in an environment variable. Whether the key is an enrolled signer's is not asked: one that is not today may
be one tomorrow. What cannot be looked at counts as a key. A key file elsewhere, which nothing names, cannot be found.
The engine's own keys in the state folder sign no decision and are not meant.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo_agents.git import operator_git
from gonogo_agents.sshagent import ask_agent
from gonogo_agents.sshkeys import choice_from_file
from gonogo_evidence.errors import GonogoError, Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_agents.world import World

SIGNING_KEY: Final = "user.signingkey"
UNSET: Final = 1
"""What ``git config --get`` ends with where nothing is set."""
AGENT: Final = "SSH_AUTH_SOCK"
MARK: Final = "PRIVATE KEY-----"
HEAD: Final = 4096
"""Bytes of a file in which the mark of a private key stands."""


def refuse_keys(world: World, root: Path, enrolled: Path | None) -> None:
    """Raise ``Refused`` ``NIGHT_HOLDS_KEY`` where a key that could sign is in reach.

    Args:
        world: environment and programs.
        root: the repository.
        enrolled: the key file that enrolment remembers, if any.
    """
    for where in in_reach(world, root, enrolled):
        raise Refused(
            "NIGHT_HOLDS_KEY",
            msg("A nightly run holds no key that could sign; this one could reach one."),
            where=where,
            next_step=msg("Run it as a user without keys: with a HOME that holds none, and without SSH_AUTH_SOCK."),
        )


def in_reach(world: World, root: Path, enrolled: Path | None) -> Iterator[str]:
    """Where a key is, or where it cannot be told that there is none; never the key itself."""
    yield from _in_environment(world)
    yield from _in_agent(world)
    yield from _below(Path(world.env.get("HOME") or Path.home()) / ".ssh")
    asked = operator_git(world, root).attempt("config", "--get", SIGNING_KEY)
    if asked.code not in {0, UNSET}:
        yield f"git config {SIGNING_KEY}"  # nobody can say that there is none
    for path in filter(None, (enrolled, _git_key(world, root, asked.stdout))):
        if _usable(world, path):
            yield str(path)


def _in_environment(world: World) -> Iterator[str]:
    yield from (f"${name}" for name, value in sorted(world.env.items()) if MARK in value)


def _in_agent(world: World) -> Iterator[str]:
    if not world.env.get(AGENT):
        return
    agent = ask_agent(world)
    if agent.state != "ready" or agent.keys:
        yield f"${AGENT}"


def _below(folder: Path) -> Iterator[str]:
    """Private key files; what cannot be read is told too, and a link to a folder: it may lead anywhere."""
    if not folder.exists():
        return
    unread: list[OSError] = []
    for name, folders, files in os.walk(folder, onerror=unread.append):
        yield from (str(link) for one in sorted(folders) if (link := Path(name) / one).is_symlink())
        for path in (Path(name) / file for file in sorted(files)):
            if path.is_file() and _private(path):
                yield str(path)
    yield from (str(error.filename) for error in unread)


def _private(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(HEAD)
    except OSError:
        return True


def _git_key(world: World, root: Path, said: bytes) -> Path | None:
    """The file that ``user.signingkey`` may name, also by a bare name; a key by value is none."""
    named = said.decode("utf-8", "replace").strip()
    if not named or named.startswith(("key::", "ssh-", "ecdsa-", "sk-")):
        return None
    home = world.env.get("HOME") or str(Path.home())
    return root / (home + named[1:] if named.startswith("~/") else named)


def _usable(world: World, path: Path) -> bool:
    try:
        return choice_from_file(world, path).usable
    except GonogoError as error:
        return error.code not in {"KEY_MISSING", "PUBLIC_KEY_UNREADABLE"}

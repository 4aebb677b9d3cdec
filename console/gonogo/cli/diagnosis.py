"""What ``gonogo doctor`` looks at: programs, places, trust, gates. Looking changes nothing, and nothing is raised."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo.version import __version__
from gonogo_agents.broker.tool_verbs import tools_versions
from gonogo_agents.confine import LAYERS
from gonogo_agents.fence_proof import OWN, try_gates, try_git
from gonogo_agents.keychoice import discover
from gonogo_agents.repository import Repository, open_repository
from gonogo_agents.sshagent import ask_agent
from gonogo_agents.workers import open_crew
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg
from gonogo_graph.context import trust_of
from gonogo_graph.places import Places, places
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_agents.confine import Level
    from gonogo_agents.fence_proof import Tried
    from gonogo_agents.keychoice import KeyChoice
    from gonogo_agents.workers import Seat
    from gonogo_agents.world import World
    from gonogo_policies.trust import Trust

State: TypeAlias = Literal["ok", "missing", "limit"]
"""``missing``: needed and not there. ``limit``: works without, and what that means is said."""

LEAST_SSH = (8, 2)
"""``ssh-keygen -Y sign`` with hardware keys (OpenSSH 8.2)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at."""

    id: str
    state: State
    text: Text
    next_step: Text | None = None


@dataclass(slots=True)
class Diagnosis:
    """All of it."""

    items: list[Item] = field(default_factory=list)
    repository: Repository | None = None
    places: Places | None = None
    trust: Trust | None = None
    seat: Seat | None = None
    """A worker that was started to see what holds it."""
    fences: dict[str, Tried] = field(default_factory=dict)
    """``gates`` and ``git``: what programs inside their fences tried."""

    @property
    def complete(self) -> bool:
        """Whether nothing that is needed is missing."""
        return all(item.state != "missing" for item in self.items)


NOT_CHECKED = (
    msg("whether the CI of the remote is green: a run records what a snapshot says, and asks no server"),
    msg("whether a person or a program typed the words of the digest: the presence 'typed' is a claim"),
    msg("the clock: times are this machine's own"),
    msg("models: whether an endpoint answers, and as whom; a live run asks, this looks at no network"),
)
"""What no look at this machine can tell."""

ISOLATED: Mapping[Level, Text] = {
    "sealed": msg("isolation: sealed. Each role is a process that can open no file and reach nobody; this was tried."),
    "process": msg("isolation: process. Each role is a process of its own; that it is held was not seen."),
    "none": msg("isolation: none. No process can be started for the roles: they run with the rights of your account."),
}


def diagnose(world: World, repo: Path | None) -> Diagnosis:
    """Look at everything, in the order in which it is needed."""
    found = Diagnosis(list(_programs(world)))
    found.items += _repository(world, repo, found)
    found.items += _places(found)
    found.items += _trust(world, found)
    found.items += _isolation(world, found)
    found.items += _fences(world, found)
    return found


def _isolation(world: World, found: Diagnosis) -> Iterator[Item]:
    """A worker is started, as a run would, and says what is on."""
    with open_crew(world) as crew:
        try:
            seat = found.seat = crew.seat("ORCHESTRATOR")
        except GonogoError as error:
            yield Item("isolation", "limit", error.what, error.next_step)
            return
    on = ", ".join(layer for layer, state in seat.layers.items() if state == "on") or "-"
    off = ", ".join(layer for layer in LAYERS if seat.layers.get(layer) != "on") or "-"
    yield Item(
        "isolation",
        "ok" if seat.level == "sealed" else "limit",
        msg("roles: {level}; layers on: {on}; not on: {off}", level=seat.level, on=on, off=off),
    )


def _fences(world: World, found: Diagnosis) -> Iterator[Item]:
    """A program is started in each fence, as a run would, and tries to get out."""
    for name, look in (("gates", try_gates), ("git", try_git)):
        tried = found.fences[name] = look(world)
        yield Item(
            f"fence.{name}",
            "ok" if tried.level == "fenced" else "limit",
            msg(
                "programs of {name}: {level}; refused when tried: {refused}; layers: {layers}",
                name=name,
                level=tried.level,
                refused=", ".join(one for one, good in tried.came_out.items() if good and one != OWN) or "-",
                layers=", ".join(tried.layers) or "-",
            ),
        )


def _programs(world: World) -> Iterator[Item]:
    versions = tools_versions(world)
    known: Mapping[str, object] = versions if isinstance(versions, dict) else {}
    python = ".".join(map(str, sys.version_info[:3]))
    words = msg("Python {python} at {path}; gonogo {version}", python=python, path=sys.executable, version=__version__)
    yield Item("python", "ok", words)
    if git := known.get("git"):
        yield Item("git", "ok", msg("git {version}", version=str(git)))
    else:
        yield Item("git", "missing", msg("git is not installed, or not on PATH."), _install("git", "git"))
    yield _ssh(str(known.get("ssh") or ""))
    if ruff := known.get("ruff"):
        yield Item("ruff", "ok", msg("ruff {version}", version=str(ruff)))
    else:
        lost = msg("ruff is not there, so the Lint Gate is INCONCLUSIVE.")
        yield Item("ruff", "missing", lost, msg("Install gonogo again; ruff comes with it."))
    yield _agent(world)


def _ssh(version: str) -> Item:
    if not version:
        lost = msg("ssh-keygen is not installed, so nobody can sign here.")
        return Item("ssh-keygen", "missing", lost, _install("OpenSSH", "openssh-client"))
    numbers = tuple(int(part) for part in version.partition("p")[0].split(".")[:2] if part.isdecimal())
    if numbers < LEAST_SSH:
        old = msg("OpenSSH {version} is too old: signing needs 8.2.", version=version)
        return Item("ssh-keygen", "missing", old, msg("Install OpenSSH 8.2 or newer."))
    return Item("ssh-keygen", "ok", msg("OpenSSH {version}", version=version))


def _agent(world: World) -> Item:
    agent = ask_agent(world)
    if agent.state == "ready":
        return Item("ssh-agent", "ok", msg("ssh-agent holds keys: {count}", count=len(agent.keys)))
    if agent.state == "silent":
        return Item("ssh-agent", "limit", msg("ssh-agent does not answer; key files still work."))
    return Item("ssh-agent", "limit", msg("No ssh-agent is running; key files still work."))


def _install(name: str, package: str) -> Text:
    return msg("Install {name} (Debian: apt-get install {package}).", name=name, package=package)


def _repository(world: World, repo: Path | None, found: Diagnosis) -> Iterator[Item]:
    try:
        found.repository = open_repository(world, repo or Path.cwd())
        found.places = places(world, found.repository.repository_id)
        branch = found.repository.resolve("HEAD")[:12]
    except (GonogoError, OSError) as error:
        what, step = (error.what, error.next_step) if isinstance(error, GonogoError) else (_os(error), None)
        state: State = "missing" if repo is not None else "limit"
        yield Item("repository", state, what, step)
        return
    root, name = str(found.repository.root), found.repository.repository_id
    yield Item("repository", "ok", msg("{root}, known as {name}, HEAD {head}", root=root, name=name, head=branch))


def _os(error: OSError) -> Text:
    return msg("{reason}", reason=error.strerror or str(error))


def _places(found: Diagnosis) -> Iterator[Item]:
    if found.places is None:
        return
    state = found.places.state
    nearest = next(folder for folder in (state, *state.parents) if folder.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        yield Item("state", "ok", msg("state: {place}", place=str(state)))
    else:
        lost = msg("The state folder cannot be written: {place}", place=str(state))
        yield Item("state", "missing", lost, msg("Make it writable, or name another one in GONOGO_HOME."))


def _trust(world: World, found: Diagnosis) -> Iterator[Item]:
    if found.places is None or found.repository is None:
        return
    try:
        found.trust = trust_of(found.places, found.repository, packaged_config())
    except GonogoError as error:
        yield Item("signer", "missing", error.what, error.next_step)
        return
    names = ", ".join(f"{signer.principal} {signer.key.fingerprint}" for signer in found.trust.signers)
    yield Item("signer", "ok", msg("may sign here: {names}; trust: {label}", names=names, label=found.trust.label))
    yield _own_key(discover(world), found.trust)


def _own_key(keys: list[KeyChoice], trust: Trust) -> Item:
    """Whether one of the enrolled keys could sign from this seat."""
    enrolled = {signer.key for signer in trust.signers}
    usable = [key for key in keys if key.public in enrolled and (key.in_agent or key.private_file is not None)]
    if usable:
        key = usable[0]
        place = str(key.private_file) if key.private_file is not None else "ssh-agent"
        return Item("key", "ok", msg("an enrolled key can sign from here: {place}", place=place))
    return Item(
        "key", "limit", msg("No enrolled key was found in ~/.ssh or the ssh-agent."), msg("gonogo sign RUN --key FILE")
    )

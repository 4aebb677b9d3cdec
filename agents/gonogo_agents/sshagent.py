"""The operator's ssh-agent, asked through ``ssh-add``; an agent that never answers is given up after a few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence.sshwire import Malformed, PublicKey

if TYPE_CHECKING:
    from gonogo_agents.world import World

SECONDS: Final = 5.0
"""An agent that is there lists its keys in milliseconds."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What the agent said."""

    state: Literal["ready", "absent", "silent"]
    keys: tuple[tuple[PublicKey, str], ...] = ()
    """Keys that can sign here, with their comments."""


def tool_env(world: World, *, agent: bool) -> dict[str, str]:
    """The whole environment of an ssh tool: it never opens a window, and speaks English in UTC."""
    names = ("PATH", "HOME", *(("SSH_AUTH_SOCK",) if agent else ()))
    kept = {name: world.env[name] for name in names if world.env.get(name)}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", "SSH_ASKPASS_REQUIRE": "never"}


def ask_agent(world: World) -> Agent:
    """List the agent's keys. Never raises: no agent, no tool and no answer are answers too."""
    if not world.env.get("SSH_AUTH_SOCK"):
        return Agent("absent")
    try:
        done = world.run(Command(["ssh-add", "-L"], env=tool_env(world, agent=True), timeout=SECONDS))
    except ProgramMissing:
        return Agent("absent")
    if done.timed_out:
        return Agent("silent")
    if done.code not in {0, 1}:  # 1: it is there and has no keys
        return Agent("absent")
    return Agent("ready", tuple(_keys(done.stdout if done.code == 0 else b"")))


def _keys(listing: bytes) -> list[tuple[PublicKey, str]]:
    found: list[tuple[PublicKey, str]] = []
    for line in listing.decode("utf-8", "replace").split("\n"):
        try:
            found.append((PublicKey.from_line(line), " ".join(line.split()[2:])))
        except Malformed:
            continue  # a certificate, or a kind of key that cannot sign here
    return found

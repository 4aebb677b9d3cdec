"""Which SSH keys the operator has: files in ``~/.ssh``, keys in the agent, or a file that they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_agents.sshagent import Agent, ask_agent
from gonogo_agents.sshfiles import is_encrypted, looks_private, public_inside, read_public_file
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.sshwire import PublicKey
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.world import World


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """A key, and the ways in which it could sign."""

    public: PublicKey
    public_file: Path | None
    private_file: Path | None
    comment: str
    in_agent: bool
    encrypted: bool | None
    """Whether the private file needs a passphrase; None without a file, or where that cannot be told."""
    hardware: bool

    @property
    def usable(self) -> bool:
        """Whether its private half is in reach."""
        return self.in_agent or self.private_file is not None


def discover(world: World) -> list[KeyChoice]:
    """Return the keys in ``~/.ssh/*.pub``, by name, then those that only the agent has. Other files are passed over."""
    agent = ask_agent(world)
    found: dict[PublicKey, KeyChoice] = {}
    folder = Path(world.env.get("HOME") or Path.home()) / ".ssh"
    for path in sorted(folder.glob("*.pub")) if folder.is_dir() else ():
        try:
            choice = _from_public_file(path, agent)
        except GonogoError:
            continue
        found.setdefault(choice.public, choice)
    for key, comment in agent.keys:
        if key not in found:
            found[key] = KeyChoice(key, None, None, comment, in_agent=True, encrypted=None, hardware=key.hardware)
    return list(found.values())


def choice_from_file(world: World, path: Path) -> KeyChoice:
    """Return the key of a file that the operator names, public or private.

    Raises:
        BadInput: ``KEY_MISSING``, ``KEY_UNREADABLE``, ``PUBLIC_KEY_UNREADABLE``, ``PUBLIC_KEY_MISSING``.
    """
    path = path.expanduser().absolute()
    agent = ask_agent(world)
    if not looks_private(path):
        return _from_public_file(path, agent)
    beside, inside = path.with_name(path.name + ".pub"), public_inside(path)
    if beside.exists():
        choice = _from_public_file(beside, agent)
        if inside in {None, choice.public}:
            return replace(choice, private_file=path, encrypted=is_encrypted(path))
    if inside is None:
        raise BadInput(
            "PUBLIC_KEY_MISSING",
            msg("The public half of this key is not beside it."),
            where=str(path),
            next_step=msg("Make it: ssh-keygen -y -f {path} > {path}.pub", path=str(path)),
        )
    return KeyChoice(inside, None, path, "", _held(agent, inside), is_encrypted(path), inside.hardware)


def key_for(world: World, public: PublicKey | Sequence[PublicKey], *, hint: Path | None = None) -> KeyChoice:
    """Return the private counterpart of an enrolled public key (or of the first of several that is in reach).

    Args:
        world: Environment and programs.
        public: The enrolled key, or several.
        hint: A key file to look at first, as recorded at enrolment; it need not exist.

    Raises:
        Inconclusive: ``AGENT_SILENT``: no file has the key, and the agent does not answer.
        BadInput: ``KEY_NOT_FOUND``.
    """
    wanted = [public] if isinstance(public, PublicKey) else list(public)
    candidates = [*_hinted(world, hint), *discover(world)]
    for choice in sorted(candidates, key=_effort):
        if choice.public in wanted and choice.usable:
            return choice
    if ask_agent(world).state == "silent":
        raise Inconclusive(
            "AGENT_SILENT",
            msg("The ssh-agent does not answer, and no key file has an enrolled key."),
            where=world.env.get("SSH_AUTH_SOCK", ""),
            next_step=msg("Start it again, or name the key file: --key FILE"),
        )
    raise BadInput(
        "KEY_NOT_FOUND",
        msg("None of your keys is an enrolled one."),
        next_step=msg("Load it (ssh-add FILE), name it (--key FILE), or enrol one of yours."),
    )


def _hinted(world: World, hint: Path | None) -> list[KeyChoice]:
    try:
        return [choice_from_file(world, hint)] if hint is not None else []
    except GonogoError:
        return []


def _effort(choice: KeyChoice) -> int:
    """Without a passphrase first, then the agent, then a file that asks; the order found decides among equals."""
    if choice.private_file is not None and choice.encrypted is False:
        return 0
    return 1 if choice.in_agent else 2


def _from_public_file(path: Path, agent: Agent) -> KeyChoice:
    public, comment = read_public_file(path)
    private = path.with_suffix("") if path.suffix == ".pub" else None
    encrypted = None
    if private is not None and not private.is_file():
        private = None
    if private is not None:
        try:
            encrypted, inside = is_encrypted(private), public_inside(private)
        except BadInput:
            private, inside = None, None
        if inside is not None and inside != public:
            private, encrypted = None, None  # a file of that name, and another key
    return KeyChoice(public, path, private, comment, _held(agent, public), encrypted, public.hardware)


def _held(agent: Agent, key: PublicKey) -> bool:
    return any(key == held for held, _ in agent.keys)

"""Signing with the operator's own SSH key through ``ssh-keygen -Y sign``: file, agent or hardware key, never a hang.

The message goes in by standard input and the signature comes out by standard output: with files, an old signature file
can pass for a new one. What comes out is checked natively at once. A passphrase is asked for at a terminal or not at
all; there is no window, and every wait has an end.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gonogo_agents.keychoice import KeyChoice, choice_from_file, discover, key_for
from gonogo_agents.sshagent import ask_agent, tool_env
from gonogo_agents.sshfiles import check_private_mode, is_encrypted
from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence import sshsig
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, Refused
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Generator

    from gonogo_agents.world import World

__all__ = ["KeyChoice", "Method", "Signed", "choice_from_file", "discover", "is_encrypted", "key_for", "sign"]

Method: TypeAlias = Literal["agent", "file", "hardware"]

SECONDS: Final = 60.0
"""For a touch, or for the agent's question."""
TYPING_SECONDS: Final = 180.0
"""For a passphrase: people fetch it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was checked."""

    signature: bytes
    """Armored, in the one form that :mod:`gonogo_evidence.sshsig` reads."""
    method: Method
    passphrase_prompted: bool
    """Whether a passphrase was asked for at the terminal and typed. A claim: what typed it is not known."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How it will be signed."""

    method: Method
    file: Path | None
    """The private file; None: the agent has it."""
    terminal: bool
    """Whether ssh-keygen keeps the terminal, to ask something."""
    prompts: bool


def sign(world: World, statement: bytes, *, key: KeyChoice | Path, namespace: str, interactive: bool) -> Signed:
    """Sign ``statement`` and check the signature.

    Args:
        world: Environment and programs.
        statement: The exact bytes to sign.
        key: A key as :func:`discover` or :func:`key_for` gives it, or a key file.
        namespace: What the signature is for.
        interactive: Whether the operator may be asked something at the terminal of this process.

    Raises:
        BadInput: ``KEY_ENCRYPTED`` (no terminal to ask at), ``KEY_PASSPHRASE``, ``KEY_MISSING``, ``KEY_UNREADABLE``.
        Refused: ``KEY_MODE_OPEN``, ``KEY_WRONG``, ``AGENT_REFUSED``.
        Inconclusive: ``AGENT_MISSING``, ``AGENT_SILENT``, ``KEY_NOT_IN_AGENT``, ``HARDWARE_KEY_ABSENT``,
            ``SSH_KEYGEN_MISSING``, ``SSH_KEYGEN_TOO_OLD``, ``SIGN_TIMED_OUT``, ``SIGN_FAILED``.
        IntegrityBroken: what came out is no good signature.
    """
    choice = choice_from_file(world, key) if isinstance(key, Path) else key
    plan = _plan(world, choice, terminal=interactive and _has_terminal())
    with tempfile.TemporaryDirectory(prefix="gonogo-key-") as folder:
        file = plan.file or _public_line(Path(folder), choice)
        signature = _run(world, ["-f", str(file), "-n", namespace], statement, plan, choice)
    parsed = sshsig.parse(signature)
    if parsed.key != choice.public:
        raise Refused(
            "KEY_WRONG",
            msg(
                "{used} signed, not {wanted}: the private file does not belong to the public one.",
                used=parsed.key.fingerprint,
                wanted=choice.public.fingerprint,
            ),
            where=str(plan.file or ""),
            next_step=msg("Name the right key: --key FILE"),
        )
    sshsig.check(statement, parsed, namespace=namespace)
    return Signed(signature, plan.method, plan.prompts)


def _plan(world: World, choice: KeyChoice, *, terminal: bool) -> _Plan:
    """A file that asks nothing first, then the agent, then a passphrase at the terminal."""
    file = choice.private_file
    if file is not None and choice.encrypted is not True:
        _usable(file)
        asks = choice.hardware or choice.encrypted is None  # a PIN, or a form of key that we cannot look into
        return _Plan("hardware" if choice.hardware else "file", file, terminal and asks, prompts=False)
    if choice.in_agent:
        return _Plan("hardware" if choice.hardware else "agent", None, terminal=False, prompts=False)
    if file is None:
        raise _out_of_reach(world, choice)
    _usable(file)
    if not terminal:
        raise BadInput(
            "KEY_ENCRYPTED",
            msg("The key needs its passphrase, and there is no terminal to ask for it."),
            where=str(file),
            next_step=msg("Load it first, then sign again: ssh-add {file}", file=str(file)),
        )
    return _Plan("hardware" if choice.hardware else "file", file, terminal, prompts=True)


def _usable(file: Path) -> None:
    if not file.is_file():
        raise BadInput(
            "KEY_MISSING",
            msg("There is no such key file."),
            where=str(file),
            next_step=msg("Name a key with --key FILE, or make one: ssh-keygen -t ed25519"),
        )
    check_private_mode(file)


def _out_of_reach(world: World, choice: KeyChoice) -> GonogoError:
    where, agent = str(choice.public_file or choice.public.fingerprint), ask_agent(world)
    if agent.state == "silent":
        return Inconclusive(
            "AGENT_SILENT",
            msg("The ssh-agent does not answer."),
            where=where,
            next_step=msg("Start it again, or name the private key file: --key FILE"),
        )
    if agent.state == "absent":
        return Inconclusive(
            "AGENT_MISSING",
            msg("Only the public half of the key is here, and no ssh-agent is running."),
            where=where,
            next_step=msg('eval "$(ssh-agent)" && ssh-add KEY, or name the private key file: --key FILE'),
        )
    return Inconclusive(
        "KEY_NOT_IN_AGENT",
        msg("Only the public half of the key is here, and the ssh-agent does not hold the other."),
        where=where,
        next_step=msg("ssh-add KEY, or name the private key file: --key FILE"),
    )


def _run(world: World, options: list[str], statement: bytes, plan: _Plan, choice: KeyChoice) -> bytes:
    env = tool_env(world, agent=plan.file is None)
    command = Command(
        ["ssh-keygen", "-Y", "sign", *options],
        env=env,
        stdin=statement,
        timeout=TYPING_SECONDS if plan.prompts else SECONDS,
        own_session=not plan.terminal,
    )
    try:
        with _terminal_kept(active=plan.terminal):
            done = world.run(command)
    except ProgramMissing as error:
        raise Inconclusive(
            "SSH_KEYGEN_MISSING",
            msg("ssh-keygen is not installed, or not on PATH."),
            next_step=msg("Install OpenSSH's client (Debian: apt install openssh-client)."),
        ) from error
    if done.timed_out:
        raise Inconclusive(
            "SIGN_TIMED_OUT",
            msg("Nobody touched the key or answered within {seconds} seconds.", seconds=int(command.timeout)),
            where=choice.public.fingerprint,
            next_step=msg("Sign again; nothing was signed."),
        )
    if done.code != 0:
        raise _failure(done.stderr.decode("utf-8", "replace"), str(plan.file or choice.public.fingerprint))
    return done.stdout


@dataclass(frozen=True, slots=True)
class _Said:
    """What ssh-keygen says (in English, by LC_ALL), and what that means here."""

    words: tuple[str, ...]
    error: type[GonogoError]
    code: str
    what: Text
    next_step: Text


_FAILURES: Final = (
    _Said(
        ("incorrect passphrase",),
        BadInput,
        "KEY_PASSPHRASE",
        msg("The passphrase was not right."),
        msg("Sign again."),
    ),
    _Said(
        ("agent refused operation",),
        Refused,
        "AGENT_REFUSED",
        msg("The ssh-agent refused to sign: nobody confirmed, or the key is locked."),
        msg("Confirm when the agent asks, or unlock it: ssh-add -X"),
    ),
    _Said(
        ("No private key found",),
        Inconclusive,
        "KEY_NOT_IN_AGENT",
        msg("The ssh-agent does not hold this key any more."),
        msg("ssh-add KEY, or name the private key file: --key FILE"),
    ),
    _Said(
        ("device not found", "requested feature not supported"),
        Inconclusive,
        "HARDWARE_KEY_ABSENT",
        msg("The hardware key is not plugged in, or this OpenSSH cannot use it."),
        msg("Plug it in and sign again; on macOS use Homebrew's OpenSSH."),
    ),
    _Said(
        ("option -- Y", "option -- 'Y'"),
        Inconclusive,
        "SSH_KEYGEN_TOO_OLD",
        msg("This ssh-keygen cannot sign."),
        msg("Install OpenSSH 8.2 or newer."),
    ),
)


def _failure(said: str, where: str) -> GonogoError:
    """Turn what ssh-keygen says into a code and a next step."""
    for known in _FAILURES:
        if any(words in said for words in known.words):
            return known.error(known.code, known.what, where=where, next_step=known.next_step)
    lines = ["".join(sign for sign in line if sign.isprintable()).strip() for line in said.splitlines()]
    return Inconclusive(
        "SIGN_FAILED",
        msg("ssh-keygen did not sign: {reason}", reason=next((line for line in reversed(lines) if line), "no reason")),
        where=where,
        next_step=msg("Try it by hand: echo x | ssh-keygen -Y sign -f KEY -n test"),
    )


def _public_line(folder: Path, choice: KeyChoice) -> Path:
    """The public key in a file of its own, so that ssh-keygen asks the agent for exactly this key."""
    path = folder / "key.pub"
    path.write_text(choice.public.line + "\n", encoding="ascii")
    return path


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _terminal_kept(*, active: bool) -> Generator[None]:
    """Give the terminal back as it was: a killed ssh-keygen leaves it without echo."""
    if not active:
        yield
        return
    descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        before = termios.tcgetattr(descriptor)
        try:
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    finally:
        os.close(descriptor)

"""Attacks on who may sign and under which policy: swapped, moved, opened to others, widened."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from gonogo.attacks.interface import executed, refused_by
from gonogo.attacks.keys import ThrowAwayKey
from gonogo.attacks.moves import asked_of, give_genuine, hand_in, look, rewrite_trust, sign_genuine, statement, told
from gonogo_evidence.allowed_signers import NAMESPACES, render
from gonogo_evidence.text import msg
from gonogo_graph.drive import carry_on
from gonogo_policies.trust_pin import IN_STATE
from gonogo_policies.trust_store import SIGNERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.stage import Stage

MALLORY = "mallory@attack.invalid"
TWICE = msg("it was decided a second time")


@refused_by("POLICY_CHANGED")
def policy_swap(stage: Stage) -> Wordless:
    """Another policy between the signature and the commit."""
    with stage.run() as context:
        sign_genuine(stage, context)
    rewrite_trust(stage, "signoff.toml", lambda text: text + b"\n# another\n")
    yield
    with stage.run() as context:
        carry_on(context)


@refused_by("POLICY_CHANGED")
def signer_swap(stage: Stage) -> Wordless:
    """One signer more between the signature and the commit."""
    with stage.run() as context:
        sign_genuine(stage, context)
    line = f"{render(MALLORY, ThrowAwayKey().public)}\n".encode()
    rewrite_trust(stage, SIGNERS, lambda text: text + line)
    yield
    with stage.run() as context:
        carry_on(context)


def _widened(stage: Stage, line: Callable[[ThrowAwayKey], str], key: ThrowAwayKey | None = None) -> Wordless:
    """A line more in the list of signers, whose key then signs."""
    key = key or ThrowAwayKey()
    rewrite_trust(stage, SIGNERS, lambda text: text + f"{line(key)}\n".encode())
    yield
    with stage.run() as context:
        hand_in(stage, context, statement(stage, context, asked_of(context), MALLORY, stage.release), key)


@refused_by("SIGNER_SHARED_KEY")
def shared_key(stage: Stage) -> Moves:
    """A second principal on a signer's key, so that one person counts as two."""
    return _widened(stage, lambda key: render(MALLORY, key.public), stage.people[0].plain)


@refused_by("SIGNER_PATTERN")
def pattern_line(stage: Stage) -> Moves:
    """A pattern for a principal (``*``): ``ssh-keygen`` would take it for anybody."""
    return _widened(stage, lambda key: f'* namespaces="{NAMESPACES}" {key.public.line}')


@refused_by("SIGNER_WITHOUT_NAMESPACE")
def open_namespace(stage: Stage) -> Moves:
    """A line that does not say what its key may sign."""
    return _widened(stage, lambda key: f"{MALLORY} {key.public.line}")


@refused_by("SIGNER_CERT_AUTHORITY")
def authority_line(stage: Stage) -> Moves:
    """A certificate authority that may name any signer."""
    return _widened(stage, lambda key: f'{MALLORY} cert-authority,namespaces="{NAMESPACES}" {key.public.line}')


@refused_by("TRUST_ELSEWHERE")
def other_trust_store(stage: Stage) -> Wordless:
    """A variable of the environment that leads to a trust store with other signers."""
    key, elsewhere = ThrowAwayKey(), stage.folder / "home" / "config"
    store = elsewhere / stage.trust_store.relative_to(stage.folder / "config")
    shutil.copytree(stage.trust_store, store, ignore=shutil.ignore_patterns("*pin*"), dirs_exist_ok=True)
    (store / SIGNERS).write_text(f"{render(MALLORY, key.public)}\n")
    yield
    stage.env = {"XDG_CONFIG_HOME": str(elsewhere)}
    with stage.run() as context:
        hand_in(stage, context, statement(stage, context, asked_of(context), MALLORY, stage.release), key)


@refused_by("STATE_ELSEWHERE")
def other_ledger(stage: Stage) -> Moves:
    """A variable that leads to a ledger in which the decided run is still open."""
    elsewhere = stage.folder / "home" / "ledger"
    shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.copytree(stage.state, elsewhere / stage.repository_id)
    with stage.run() as context:
        give_genuine(stage, context)
    yield
    stage.env = {"GONOGO_HOME": str(elsewhere)}
    with stage.run() as context:
        result = told(lambda: give_genuine(stage, context, "NO-GO"), TWICE)
    return executed(TWICE) if look(stage, "SELECT 1 FROM spent", state=elsewhere / stage.repository_id) else result


@refused_by("PIN_LOST")
def lost_pin(stage: Stage) -> Wordless:
    """The ledger's pin removed, so that it no longer knows its trust store."""
    (stage.state / IN_STATE).unlink()
    yield
    with stage.run() as context:
        give_genuine(stage, context)


@refused_by("TRUST_WRITABLE")
def open_trust_store(stage: Stage) -> Wordless:
    """A list of signers that everybody on the machine can write."""
    (stage.trust_store / SIGNERS).chmod(0o666)
    yield
    with stage.run() as context:
        give_genuine(stage, context)

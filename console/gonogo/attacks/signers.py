"""Attacks by those who may sign and what sits at their desk: self-approval, a shell with their agent, one for two."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.attacks.interface import Result, allowed, executed, not_applicable, refused_by
from gonogo.attacks.moves import (
    asked_of,
    decisions,
    edit,
    hand_in,
    key_of,
    plant,
    play_run,
    rewrite_trust,
    sign_one,
    statement,
    victim,
)
from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence.statement import SIGNOFF_NAMESPACE
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.keys import ThrowAwayKey
    from gonogo.attacks.stage import Stage
    from gonogo_evidence.statement import Presence

AGENT_SECONDS = 20.0
"""For an agent that starts, takes a key and signs."""


@refused_by("SELF_APPROVAL")
def self_approval(stage: Stage) -> Moves:
    """Whoever started the run signs it, under the operator's own separation of duties."""
    level = stage.trust.separation.level
    outcome = yield from _by_starter(stage)
    return allowed("separation.level", level) if outcome and level == "formal" else outcome


@refused_by("SELF_APPROVAL")
def self_approval_strict(stage: Stage) -> Moves:
    """The same where different people are asked for."""
    level = stage.trust.separation.level.encode()
    rewrite_trust(stage, "separation.toml", lambda text: text.replace(b'level = "%b"' % level, b'level = "strict"', 1))
    return (yield from _by_starter(stage))


def _by_starter(stage: Stage) -> Moves:
    starter = stage.people[0].principal
    run_id = stage.run_id
    if stage.starter != starter:
        before, stage.starter = stage.starter, starter
        try:
            run_id = play_run(stage, "HEAD")
        finally:
            stage.starter = before
    with stage.run(run_id) as context:
        person = stage.people[0]
        for other in stage.people[1 : stage.trust.signoff.quorum]:
            sign_one(stage, context, other, stage.release)
        said = statement(stage, context, asked_of(context), person.principal, stage.release)
        yield
        hand_in(stage, context, said, key_of(person, said.presence))
    return _released(stage)


def _released(stage: Stage) -> Result | None:
    released = any(decision != "NO-GO" for _, decision, _ in decisions(stage))
    return executed(msg("the run was released")) if released else None


@refused_by("PRESENCE_TOO_WEAK")
def shell_unproven(stage: Stage) -> Moves:
    """A shell that an agent opened signs through the loaded ssh-agent, and says that nobody was there."""
    return _through_agent(stage, lambda _: "unproven")


@refused_by("PRESENCE_TOO_WEAK", "PRESENCE_FALSE")
def shell_claims(stage: Stage) -> Moves:
    """The same, and it claims the presence that policy asks for: a program can type words, too."""
    return _through_agent(stage, lambda least: least)


@refused_by("PRESENCE_FALSE")
def false_touch(stage: Stage) -> Wordless:
    """An ordinary key that claims the touch of a hardware key."""
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release, presence="touch")
        yield
        hand_in(stage, context, said, person.plain)


def _through_agent(stage: Stage, presence: Callable[[Presence], Presence]) -> Moves:
    least = stage.trust.signoff.least_presence[stage.release]
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release, presence=presence(least))
        signature = _ssh_agent(stage, person.plain, said.to_bytes())
        if signature is None:
            return not_applicable(msg("ssh-agent, ssh-add or ssh-keygen is not installed, or did not start"))
        yield
        plant(stage, context, said.to_bytes(), signature, person.plain)
    outcome = _released(stage)
    if outcome and said.presence == least:
        return allowed(f"least_presence.{stage.release}", least)
    return outcome


def _ssh_agent(stage: Stage, key: ThrowAwayKey, data: bytes) -> bytes | None:
    """What a shell gets from an agent of the copy's own that holds a signer's key, with nobody at a terminal."""
    with tempfile.TemporaryDirectory(prefix="gg-") as name:  # short: the path of a socket has 108 bytes
        folder = Path(name)
        key.write(folder / "key")
        (folder / "public").write_text(f"{key.public.line}\n")
        script = 'ssh-add -q "$0/key" && exec ssh-keygen -q -Y sign -f "$0/public" -n "$1"'
        argv = ("ssh-agent", "-a", f"{name}/s", "sh", "-c", script, name, SIGNOFF_NAMESPACE)
        try:
            done = stage.world.run(Command(argv, env=dict(stage.world.env), stdin=data, timeout=AGENT_SECONDS))
        except ProgramMissing:
            return None
    return done.stdout if done.code == 0 and done.stdout.startswith(b"-----BEGIN SSH SIGNATURE") else None


@refused_by("SIGNOFF_WAITS")
def one_key_twice(stage: Stage) -> Wordless:
    """One person answers twice where two are asked for."""
    quorum = b"quorum = %d" % stage.trust.signoff.quorum
    rewrite_trust(stage, "signoff.toml", lambda text: text.replace(quorum, b"quorum = %d" % (len(stage.people) + 1), 1))
    with stage.run() as context:
        for person in stage.people:
            sign_one(stage, context, person, stage.release)
        person, asked = stage.people[0], asked_of(context)
        said = statement(stage, context, asked, person.principal, stage.release, reason="once more")
        yield
        hand_in(stage, context, said, key_of(person, said.presence))
        edit(stage, "UPDATE signoffs SET fingerprint = digest")
        hand_in(stage, context, said, key_of(person, said.presence))

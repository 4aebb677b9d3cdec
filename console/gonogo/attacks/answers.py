"""Attacks with answers that are none: nobody's signature, somebody else's, about something else, too late, too weak.

Each is handed in at the front door, and planted in the ledger as whoever can write the database would plant it.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.attacks.interface import Result, allowed, executed, not_applicable, refused
from gonogo.attacks.keys import ThrowAwayKey
from gonogo.attacks.moves import (
    asked_of,
    decisions,
    edit,
    hand_in,
    key_of,
    plant,
    play_run,
    rewrite_trust,
    sign_genuine,
    statement,
    victim,
)
from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.statement import CLOSE_NAMESPACE, SIGNOFF_NAMESPACE, format_time
from gonogo_evidence.text import msg
from gonogo_graph.drive import carry_on
from gonogo_graph.hold import renew
from gonogo_graph.signing import submit

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo.attacks.keys import Person
    from gonogo.attacks.stage import Stage
    from gonogo_evidence.statement import Presence
    from gonogo_graph.context import RunContext

OTHER = Digest("0" * 64)
DAY = timedelta(days=1)
MARGIN = timedelta(hours=1)
AGENT_SECONDS = 20.0


def _forge(
    stage: Stage,
    *,
    namespace: str = SIGNOFF_NAMESPACE,
    key: ThrowAwayKey | None = None,
    **changes: Any,  # noqa: ANN401 - any field of the statement
) -> None:
    """The missing answer, with these differences."""
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release, **changes)
        hand_in(stage, context, said, key or key_of(person, said.presence), namespace)


def unsigned(stage: Stage) -> None:
    """A statement without a signature."""
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release)
        plant(stage, context, said.to_bytes(), b"", person.plain)


def no_statement(stage: Stage) -> None:
    """``{"approved": true}``, signed."""
    with stage.run() as context:
        person = victim(stage, context)
        hand_in(stage, context, b'{"approved":true}', person.plain)


def foreign_key(stage: Stage) -> None:
    """A statement in a signer's name, by a key that nobody enrolled."""
    _forge(stage, key=ThrowAwayKey())


def borrowed_signature(stage: Stage) -> None:
    """A signer's own signature, made over a NO-GO, beside the words of a GO."""
    with stage.run() as context:
        person, asked = victim(stage, context), asked_of(context)
        said = statement(stage, context, asked, person.principal, stage.release)
        key = key_of(person, said.presence)
        signature = key.sign(statement(stage, context, asked, person.principal, "NO-GO").to_bytes(), SIGNOFF_NAMESPACE)
        plant(stage, context, said.to_bytes(), signature, key)


def wrong_namespace(stage: Stage) -> None:
    """A signer's signature that was made for another purpose (``git``)."""
    _forge(stage, namespace="git")


def close_namespace(stage: Stage) -> None:
    """A signer's signature that was made to close a condition."""
    _forge(stage, namespace=CLOSE_NAMESPACE)


def other_principal(stage: Stage) -> None:
    """A signer who signs in another one's name."""
    _forge(stage, principal=Principal("another@attack.invalid"))


def other_run(stage: Stage) -> None:
    """The decision of another run, replayed."""
    _forge(stage, run_id=RunId("20260101-000000-abcdef"), pack_id=PackId("EVP-4BM2-L0-20260101-001"))


def stale_pack(stage: Stage) -> None:
    """A decision about an earlier pack of the run."""
    _forge(stage, pack_digest=OTHER)


def stale_review(stage: Stage) -> None:
    """A decision about an earlier review."""
    _forge(stage, review_digest=OTHER)


def stale_policy(stage: Stage) -> None:
    """A decision under another policy."""
    _forge(stage, policy_digest=OTHER)


def stale_request(stage: Stage) -> None:
    """An answer to a request that was replaced by a newer one."""
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release)
        renew(context, why="asked again", force=True)
        victim(stage, context)
        hand_in(stage, context, said, key_of(person, said.presence))


def expired_signoff(stage: Stage) -> None:
    """A good decision, carried on after its time."""
    with stage.run() as context:
        sign_genuine(stage, context)
    stage.late = timedelta(hours=stage.trust.signoff.decision_valid_hours) + MARGIN
    with stage.run() as context:
        carry_on(context)


def expired_request(stage: Stage) -> None:
    """A request that nobody answered in time decides nothing by itself."""
    with stage.run() as context:
        sign_genuine(stage, context)
    stage.late = timedelta(hours=stage.trust.signoff.request_valid_hours) + MARGIN
    with stage.run() as context:
        carry_on(context)


def endless_signoff(stage: Stage) -> None:
    """A decision that says it is good for ten years."""
    _forge(stage, not_after=format_time(stage.world.now() + 3650 * DAY))


def early_signoff(stage: Stage) -> None:
    """A decision that was signed before anybody was asked."""
    then = stage.world.now() - DAY
    _forge(stage, issued=format_time(then), not_after=format_time(then + DAY + MARGIN))


def future_signoff(stage: Stage) -> None:
    """A decision from tomorrow."""
    then = stage.world.now() + DAY
    _forge(stage, issued=format_time(then), not_after=format_time(then + MARGIN))


def expired_key(stage: Stage) -> None:
    """A key that the list of signers says was valid until yesterday."""
    until = f"{stage.world.now() - DAY:%Y%m%d%H%M%SZ}"

    def end(text: bytes) -> bytes:
        return text.replace(b" ssh-ed25519 ", b',valid-before="%b" ssh-ed25519 ' % until.encode()).replace(
            b" sk-ssh-ed25519", b',valid-before="%b" sk-ssh-ed25519' % until.encode()
        )

    rewrite_trust(stage, "allowed_signers", end)
    with stage.run() as context:
        person, asked = stage.people[0], asked_of(context)
        said = statement(stage, context, asked, person.principal, stage.release)
        hand_in(stage, context, said, key_of(person, said.presence))


def self_approval(stage: Stage) -> Result:
    """Whoever started the run signs it, under the operator's own separation of duties."""
    level = stage.trust.separation.level
    outcome = _by_starter(stage)
    return allowed("separation.level", level) if outcome.outcome == "EXECUTED" and level == "formal" else outcome


def self_approval_strict(stage: Stage) -> Result:
    """The same where different people are asked for."""
    level = stage.trust.separation.level.encode()
    rewrite_trust(stage, "separation.toml", lambda text: text.replace(b'level = "%b"' % level, b'level = "strict"', 1))
    return _by_starter(stage)


def _by_starter(stage: Stage) -> Result:
    starter = stage.people[0].principal
    run_id = stage.run_id
    if stage.starter != starter:
        before, stage.starter = stage.starter, starter
        try:
            run_id = play_run(stage, "HEAD")
        finally:
            stage.starter = before
    try:
        with stage.run(run_id) as context:
            person = stage.people[0]
            for other in stage.people[1 : stage.trust.signoff.quorum]:
                _sign(stage, context, other)
            said = statement(stage, context, asked_of(context), person.principal, stage.release)
            hand_in(stage, context, said, key_of(person, said.presence))
    except GonogoError as error:
        return refused(error.code)
    return _released(stage)


def _sign(stage: Stage, context: RunContext, person: Person) -> None:
    asked = asked_of(context)
    said = statement(stage, context, asked, person.principal, stage.release)
    data = said.to_bytes()
    submit(context, asked, data, key_of(person, said.presence).sign(data, SIGNOFF_NAMESPACE))


def _released(stage: Stage) -> Result:
    if any(decision != "NO-GO" for _, decision, _ in decisions(stage)):
        return executed(msg("the run was released"))
    return refused("SIGNOFF_WAITS")


def shell_unproven(stage: Stage) -> Result:
    """A shell that an agent opened signs through the loaded ssh-agent, and says that nobody was there."""
    return _through_agent(stage, lambda _: "unproven")


def shell_claims(stage: Stage) -> Result:
    """The same, and it claims the presence that policy asks for: a program can type words, too."""
    return _through_agent(stage, lambda least: least)


def false_touch(stage: Stage) -> None:
    """An ordinary key that claims the touch of a hardware key."""
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release, presence="touch")
        hand_in(stage, context, said, person.plain)


def _through_agent(stage: Stage, presence: Callable[[Presence], Presence]) -> Result:
    least = stage.trust.signoff.least_presence[stage.release]
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release, presence=presence(least))
        signature = _ssh_agent(stage, person.plain, said.to_bytes())
        if signature is None:
            return not_applicable(msg("ssh-agent, ssh-add or ssh-keygen is not installed, or did not start"))
        try:
            plant(stage, context, said.to_bytes(), signature, person.plain)
        except GonogoError as error:
            return refused(error.code)
    outcome = _released(stage)
    if outcome.outcome == "EXECUTED" and said.presence == least:
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


def one_key_twice(stage: Stage) -> None:
    """One person answers twice where two are asked for."""
    quorum = b"quorum = %d" % stage.trust.signoff.quorum
    rewrite_trust(stage, "signoff.toml", lambda text: text.replace(quorum, b"quorum = %d" % (len(stage.people) + 1), 1))
    with stage.run() as context:
        for person in stage.people:
            _sign(stage, context, person)
        person, asked = stage.people[0], asked_of(context)
        said = statement(stage, context, asked, person.principal, stage.release, reason="once more")
        hand_in(stage, context, said, key_of(person, said.presence))
        edit(stage, "UPDATE signoffs SET fingerprint = digest")
        hand_in(stage, context, said, key_of(person, said.presence))

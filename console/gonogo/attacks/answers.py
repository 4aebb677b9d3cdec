"""Attacks with answers that are none: nobody's signature, somebody else's, about something else, too late, too weak.

Each is handed in at the front door, and planted in the ledger as whoever can write the database would plant it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gonogo.attacks.interface import refused_by
from gonogo.attacks.keys import ThrowAwayKey
from gonogo.attacks.moves import (
    asked_of,
    hand_in,
    key_of,
    plant,
    rewrite_trust,
    sign_genuine,
    statement,
    victim,
)
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.statement import CLOSE_NAMESPACE, SIGNOFF_NAMESPACE, format_time
from gonogo_graph.drive import carry_on
from gonogo_graph.hold import renew

if TYPE_CHECKING:
    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.stage import Stage

OTHER = Digest("0" * 64)
DAY = timedelta(days=1)
MARGIN = timedelta(hours=1)


def _forge(
    stage: Stage,
    *,
    namespace: str = SIGNOFF_NAMESPACE,
    key: ThrowAwayKey | None = None,
    **changes: Any,  # noqa: ANN401 - any field of the statement
) -> Wordless:
    """The missing answer, with these differences."""
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release, **changes)
        yield
        hand_in(stage, context, said, key or key_of(person, said.presence), namespace)


@refused_by("SSHSIG_MALFORMED")
def unsigned(stage: Stage) -> Wordless:
    """A statement without a signature."""
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release)
        yield
        plant(stage, context, said.to_bytes(), b"", person.plain)


@refused_by("STATEMENT_MALFORMED")
def no_statement(stage: Stage) -> Wordless:
    """``{"approved": true}``, signed."""
    with stage.run() as context:
        person = victim(stage, context)
        yield
        hand_in(stage, context, b'{"approved":true}', person.plain)


@refused_by("SIGNER_UNTRUSTED")
def foreign_key(stage: Stage) -> Moves:
    """A statement in a signer's name, by a key that nobody enrolled."""
    return _forge(stage, key=ThrowAwayKey())


@refused_by("SSHSIG_BAD")
def borrowed_signature(stage: Stage) -> Wordless:
    """A signer's own signature, made over a NO-GO, beside the words of a GO."""
    with stage.run() as context:
        person, asked = victim(stage, context), asked_of(context)
        said = statement(stage, context, asked, person.principal, stage.release)
        key = key_of(person, said.presence)
        signature = key.sign(statement(stage, context, asked, person.principal, "NO-GO").to_bytes(), SIGNOFF_NAMESPACE)
        yield
        plant(stage, context, said.to_bytes(), signature, key)


@refused_by("SIGNATURE_NAMESPACE")
def wrong_namespace(stage: Stage) -> Moves:
    """A signer's signature that was made for another purpose (``git``)."""
    return _forge(stage, namespace="git")


@refused_by("SIGNATURE_NAMESPACE")
def close_namespace(stage: Stage) -> Moves:
    """A signer's signature that was made to close a condition."""
    return _forge(stage, namespace=CLOSE_NAMESPACE)


@refused_by("PRINCIPAL_MISMATCH")
def other_principal(stage: Stage) -> Moves:
    """A signer who signs in another one's name."""
    return _forge(stage, principal=Principal("another@attack.invalid"))


@refused_by("SIGNOFF_OTHER_RUN")
def other_run(stage: Stage) -> Moves:
    """The decision of another run, replayed."""
    return _forge(stage, run_id=RunId("20260101-000000-abcdef"), pack_id=PackId("EVP-4BM2-L0-20260101-001"))


@refused_by("SIGNOFF_STALE_PACK")
def stale_pack(stage: Stage) -> Moves:
    """A decision about an earlier pack of the run."""
    return _forge(stage, pack_digest=OTHER)


@refused_by("SIGNOFF_STALE_REVIEW")
def stale_review(stage: Stage) -> Moves:
    """A decision about an earlier review."""
    return _forge(stage, review_digest=OTHER)


@refused_by("POLICY_CHANGED")
def stale_policy(stage: Stage) -> Moves:
    """A decision under another policy."""
    return _forge(stage, policy_digest=OTHER)


@refused_by("SIGNOFF_STALE_REQUEST")
def stale_request(stage: Stage) -> Wordless:
    """An answer to a request that was replaced by a newer one."""
    with stage.run() as context:
        person = victim(stage, context)
        said = statement(stage, context, asked_of(context), person.principal, stage.release)
        renew(context, why="asked again", force=True)
        victim(stage, context)
        yield
        hand_in(stage, context, said, key_of(person, said.presence))


@refused_by("SIGNOFF_EXPIRED")
def expired_signoff(stage: Stage) -> Wordless:
    """A good decision, carried on after its time."""
    with stage.run() as context:
        sign_genuine(stage, context)
    stage.late = timedelta(hours=stage.trust.signoff.decision_valid_hours) + MARGIN
    yield
    with stage.run() as context:
        carry_on(context)


@refused_by("REQUEST_EXPIRED")
def expired_request(stage: Stage) -> Wordless:
    """A request that nobody answered in time decides nothing by itself."""
    with stage.run() as context:
        sign_genuine(stage, context)
    stage.late = timedelta(hours=stage.trust.signoff.request_valid_hours) + MARGIN
    yield
    with stage.run() as context:
        carry_on(context)


@refused_by("SIGNOFF_TOO_LONG")
def endless_signoff(stage: Stage) -> Moves:
    """A decision that says it is good for ten years."""
    return _forge(stage, not_after=format_time(stage.world.now() + 3650 * DAY))


@refused_by("SIGNOFF_BEFORE_REQUEST")
def early_signoff(stage: Stage) -> Moves:
    """A decision that was signed before anybody was asked."""
    then = stage.world.now() - DAY
    return _forge(stage, issued=format_time(then), not_after=format_time(then + DAY + MARGIN))


@refused_by("SIGNOFF_FROM_THE_FUTURE")
def future_signoff(stage: Stage) -> Moves:
    """A decision from tomorrow."""
    then = stage.world.now() + DAY
    return _forge(stage, issued=format_time(then), not_after=format_time(then + MARGIN))


@refused_by("SIGNER_EXPIRED")
def expired_key(stage: Stage) -> Wordless:
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
        yield
        hand_in(stage, context, said, key_of(person, said.presence))

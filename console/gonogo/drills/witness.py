"""Who acted and who validated, by their own SSH keys: two people, or the drill says so.

A name is asserted, a key is not. Both sign the very statement that the engine signed; and one key never stands for
both, not even where it signed for one of them in another session of this installation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gonogo_evidence import dsse, sshsig
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.text import msg
from gonogo_policies.people import people_of
from gonogo_policies.spellings import plainest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo.drills.session import Session

NAMESPACE: Final = "gonogo-drill@v1"
ROLES: Final = ("operator", "validator")


def statement_of(session: Session) -> bytes:
    """What is signed: the payload of the engine's envelope. Raises BadInput DRILL_NOT_SCORED."""
    if not session.signed:
        raise BadInput(
            "DRILL_NOT_SCORED",
            msg("This session is not scored yet."),
            where=session.session,
            next_step=msg("gonogo drill score {session}", session=session.session),
        )
    return dsse.parse(session.signed.encode()).payload


def may_sign(session: Session, role: str, fingerprint: str, known: Iterable[Session]) -> None:
    """Refuse a key that would be a second signature, or would make operator and validator one person.

    Raises:
        BadInput: DRILL_VALIDATOR: nobody was named as the validator when it was scored.
        Refused: DRILL_SIGNED, DRILL_SAME_PERSON.
    """
    card = session.scored
    if not card[role]:
        raise BadInput(
            "DRILL_VALIDATOR",
            msg("Nobody was named as the validator of this session."),
            where=session.session,
            next_step=msg("Name one when the next drill is scored: --validator NAME"),
        )
    if role in session.signatures:
        raise Refused("DRILL_SIGNED", msg("It is signed as {role} already.", role=role), where=session.session)
    ties: dict[str, list[str]] = {plainest(card[role]): [fingerprint]}
    for name, owned in (tie for one in known for tie in keys_of(one)):
        ties.setdefault(name, []).append(owned)
    if card["validator"] and people_of(ties).same(plainest(card["operator"]), plainest(card["validator"])):
        words = msg("Who validates is not who acted: {name}.", name=fingerprint)
        raise Refused("DRILL_SAME_PERSON", words, where=session.session)


def keys_of(session: Session) -> list[tuple[str, str]]:
    """Who signed it, by name and the fingerprint of their key."""
    signed = session.signatures.items()
    return [(plainest(session.scored[role]), sshsig.parse(text.encode()).key.fingerprint) for role, text in signed]


def signed_by(session: Session, role: str, signature: bytes) -> Session:
    """The session with a signature that is good for it. Raises as :func:`gonogo_evidence.sshsig.check`."""
    sshsig.check(statement_of(session), sshsig.parse(signature), namespace=NAMESPACE)
    return replace(session, signatures={**session.signatures, role: signature.decode()})

"""What several sign-offs amount to: quorum, veto and roles. Pure; nothing at all decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gonogo_evidence import statement as words
    from gonogo_evidence.allowed_signers import Signer
    from gonogo_evidence.ids import Digest, Principal
    from gonogo_evidence.statement import SignoffStatement
    from gonogo_policies.people import People
    from gonogo_policies.signoff_policy import SignoffPolicy
    from gonogo_policies.trust import Trust


@dataclass(frozen=True, slots=True)
class Judged:
    """A sign-off that counts."""

    statement: SignoffStatement
    signer: Signer
    presence: words.Presence
    """``touch`` is measured in the signature; the rest is what the signer claims."""
    digest: Digest
    """SHA-256 of the statement's bytes."""


@dataclass(frozen=True, slots=True)
class OpenCondition:
    """A condition, and the sign-off that made it."""

    signoff: Digest
    condition: words.Condition


@dataclass(frozen=True, slots=True)
class Decision:
    """What the sign-offs decided."""

    decision: words.Decision
    principals: tuple[Principal, ...]
    """Who decided it, each once, in alphabetical order."""
    digests: tuple[Digest, ...]
    """The statements that decided it, by principal."""
    conditions: tuple[OpenCondition, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is decided yet."""

    missing: int
    """So many more people must approve; 0 where only roles are missing."""
    roles: tuple[str, ...]
    """Roles that are missing among those who approved, each as often as somebody with it is missing."""
    text: Text


def decide(judged: Sequence[Judged], *, trust: Trust) -> Decision | Waiting:
    """Count the sign-offs of one request that :func:`gonogo_policies.signoff.judge` let through.

    People count once, however many keys, names or statements they have. One NO-GO decides where the policy has a veto,
    else a quorum of them. Whoever said NO-GO approves nothing beside it, so one more NO-GO never releases anything.
    """
    policy, people = trust.signoff, trust.people()
    denied = [item for item in judged if item.statement.decision == "NO-GO"]
    against = _persons(denied, people)
    if denied and (policy.veto or len(against) >= policy.quorum):
        return _decision("NO-GO", denied)
    approved = [
        item
        for item in judged
        if item.statement.decision != "NO-GO" and not any(names & people.names_of(*_names(item)) for names in against)
    ]
    persons = _persons(approved, people)
    missing, roles = max(policy.quorum - len(persons), 0), tuple(_roles(persons, policy, people))
    if missing or roles or not approved:
        missing = max(missing, 0 if approved else 1)
        return Waiting(missing, roles, _waiting(missing, roles))
    with_conditions = any(item.statement.decision == "GO-WITH-CONDITIONS" for item in approved)
    return _decision("GO-WITH-CONDITIONS" if with_conditions else "GO", approved)


def _persons(judged: Iterable[Judged], people: People) -> list[frozenset[str]]:
    """The different people among the signers: two keys of one, or one key of two, are one."""
    return people.persons(_names(item) for item in judged)


def _names(item: Judged) -> tuple[str, str]:
    return item.signer.principal, item.signer.key.fingerprint


def _roles(persons: Sequence[frozenset[str]], policy: SignoffPolicy, people: People) -> Iterator[str]:
    """The roles of which somebody is missing. Who holds two of them, under two names, fills neither."""
    held: list[str] = []
    for names in persons:
        own = {role for principal, role in policy.roles.items() if names & people.names_of(principal)}
        held += own if len(own) == 1 else ()
    for role, least in policy.by_role().items():
        yield from [role] * (least - held.count(role))


def _decision(decision: words.Decision, judged: Iterable[Judged]) -> Decision:
    chosen = sorted(
        {item.digest: item for item in judged}.values(), key=lambda item: (item.signer.principal, item.digest)
    )
    return Decision(
        decision,
        tuple(dict.fromkeys(item.signer.principal for item in chosen)),
        tuple(item.digest for item in chosen),
        tuple(OpenCondition(item.digest, condition) for item in chosen for condition in item.statement.conditions),
    )


def _waiting(missing: int, roles: Sequence[str]) -> Text:
    if missing and roles:
        words = msg("Approval by {count} more is missing, among them {roles}.", count=missing, roles=", ".join(roles))
    elif roles:
        words = msg("Approval by {roles} is missing.", roles=", ".join(roles))
    else:
        words = msg("Approval by {count} more is missing.", count=missing)
    return words

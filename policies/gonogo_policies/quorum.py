"""What several sign-offs amount to: quorum, veto and roles. Pure; nothing at all decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gonogo_evidence import statement as words
    from gonogo_evidence.allowed_signers import Signer
    from gonogo_evidence.ids import Digest, Principal
    from gonogo_evidence.statement import SignoffStatement
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
    """So many more people must approve."""
    roles: tuple[str, ...]
    """Roles that are missing among those who approved."""
    text: Text


def decide(judged: Sequence[Judged], *, trust: Trust) -> Decision | Waiting:
    """Count the sign-offs of one request that :func:`gonogo_policies.signoff.judge` let through.

    People count once, however many keys or statements they have. One NO-GO decides where the policy has a veto, else a
    quorum of them. Whoever said NO-GO approves nothing beside it, so one more NO-GO never releases anything.
    """
    policy = trust.signoff
    denied = [item for item in judged if item.statement.decision == "NO-GO"]
    against = {item.signer.principal for item in denied}
    if denied and (policy.veto or _actors(denied) >= policy.quorum):
        return _decision("NO-GO", denied)
    approved = [item for item in judged if item.statement.decision != "NO-GO" and item.signer.principal not in against]
    missing = max(policy.quorum - _actors(approved), 0)
    held = {policy.roles.get(item.signer.principal) for item in approved}
    roles = tuple(role for role in policy.require_roles if role not in held)
    if missing or roles or not approved:
        return Waiting(max(missing, 0 if approved else 1), roles, _waiting(missing, roles))
    with_conditions = any(item.statement.decision == "GO-WITH-CONDITIONS" for item in approved)
    return _decision("GO-WITH-CONDITIONS" if with_conditions else "GO", approved)


def _actors(judged: Iterable[Judged]) -> int:
    """How many different people with different keys: two keys of one, or one key of two, are one actor."""
    listed = list(judged)
    return min(len({item.signer.key for item in listed}), len({item.signer.principal for item in listed}))


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
    if roles:
        return msg("Approval by {roles} is missing.", roles=", ".join(roles))
    return msg("Approval by {count} more is missing.", count=max(missing, 1))

"""What a log says about one run: its entries, and what was revoked, so that a decision is held against both.

An entry counts here with its own signature. Whether the log is whole is another question: ``gonogo index check``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from gonogo_evidence.errors import Refused
from gonogo_evidence.ids import Digest
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.index.entry import Entry
    from gonogo_evidence.index.log import Log
    from gonogo_evidence.sshwire import PublicKey

What: TypeAlias = Literal["pack", "key", "sign-off"]
Thing: TypeAlias = "tuple[What, str]"
"""What can be revoked, as ``gonogo index append revocation`` names it."""
OF_KIND = b'"kind":"%b"'
OF_RUN = b'"run_id":"%b"'
"""As an entry's canonical bytes hold them; a quote inside a text has a backslash before it."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Somebody with this log's engine key said that a thing is not to be relied on."""

    number: int
    entry: Entry

    @property
    def thing(self) -> Thing:
        """What it is about."""
        return cast("What", self.entry.details["what"]), self.entry.digest

    @property
    def since(self) -> str | None:
        """From when on a key counts no longer; None: it never counted."""
        return cast("str | None", self.entry.details["compromised_at"])

    def refusal(self) -> Refused:
        """The error that says it."""
        words = msg(
            "The {what} was revoked on {time}, entry {number} of the index: {reason}",
            what=str(self.entry.details["what"]),
            time=self.entry.time,
            number=self.number,
            reason=str(self.entry.details["reason"]),
        )
        step = msg("gonogo index list --kind revocation")
        return Refused("REVOKED", words, where=self.entry.digest, next_step=step)


@dataclass(frozen=True, slots=True)
class Told:
    """What a log has that bears on one run."""

    of_run: tuple[tuple[int, Entry], ...] = ()
    revocations: tuple[Revocation, ...] = ()

    def newest(self, kind: str) -> tuple[int, Entry] | None:
        """The run's last entry of a kind, with its number."""
        return next(((number, one) for number, one in reversed(self.of_run) if one.kind == kind), None)

    def revoked(self, things: Iterable[Thing], *, outcome: Digest | None = None) -> Revocation | None:
        """The first revocation that bites.

        A key that was revoked from a time on leaves standing what this log had before: the decision with the digest
        ``outcome`` (without one: the pack), written before that time and before the revocation. What a pack says of
        its own times is not asked: who has the key writes what they like.
        """
        named = set(things)
        found = (one for one in self.revocations if one.thing in named)
        return next((one for one in found if not self._stood_before(one, outcome)), None)

    def _stood_before(self, revocation: Revocation, outcome: Digest | None) -> bool:
        if revocation.since is None or revocation.thing[0] != "key":
            return False
        number, entry = self.newest("decision" if outcome else "pack") or (revocation.number, revocation.entry)
        same = outcome is None or entry.details.get("outcome_digest") == outcome
        return same and number < revocation.number and entry.time < revocation.since


def told(log: Log, run_id: str) -> Told:
    """Read what bears on a run.

    Raises:
        IntegrityBroken: an entry is malformed or badly signed, or the log is shorter than its checkpoint says.
    """
    found = list(log.matching(OF_RUN % run_id.encode(), OF_KIND % b"revocation"))
    for _, one in found:
        one.check()
    return Told(
        tuple((number, one.entry) for number, one in found if one.entry.run_id == run_id),
        tuple(Revocation(number, one.entry) for number, one in found if one.entry.kind == "revocation"),
    )


def signer_key_id(key: PublicKey) -> Digest:
    """The id of a person's key as a revocation names it: the SHA-256 of its blob, the fingerprint's digest in hex."""
    return Digest(hashlib.sha256(key.blob).hexdigest())

"""What a log says about one run: its entries, and what was revoked, so that a decision is held against both.

An entry counts here with its own signature. Whether the log is whole is another question: ``gonogo index check``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from gonogo_evidence.errors import GonogoError, Inconclusive, Refused
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
Use: TypeAlias = Literal["seal", "sign-off", "close"]
"""What a thing is relied on for: for the pack itself, for a decision over it, or for a condition's close."""
HANDED_OVER: Final = "handed over: sha256:"
"""How the reason of an ending begins whose run goes on where its file was taken up; the file's digest is behind it."""
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

    def refusal(self, use: Use = "seal") -> GonogoError:
        """The error that says it. A close has no entry: with a key that was lost later, nobody says when."""
        if use == "close" and self.since is not None:
            return Inconclusive(
                "SIGNER_REVOKED_WHEN",
                msg(
                    "The key of a close was revoked since {time}, and nobody here vouches for when it closed.",
                    time=self.since,
                ),
                where=self.entry.digest,
                next_step=msg("gonogo index list --kind revocation"),
            )
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

    def refusal(
        self, things: Iterable[tuple[Thing, Use]], *, outcome: Digest | None = None, now: str
    ) -> GonogoError | None:
        """Why something of this is not to be relied on; the worst first. None: nothing was revoked that counts.

        A key that was revoked from a time on leaves standing what this log had before that time: the decision with the
        digest ``outcome``; for the engine's key, without one, the pack; and either also before the revocation. What a
        pack says of its own times is not asked: who has the key writes what they like. A sign-off without a decision
        would count from ``now`` on.
        """
        used = set(things)
        found = [
            revocation.refusal(use)
            for revocation in self.revocations
            for thing, use in sorted(used)
            if revocation.thing == thing and not self._stood_before(revocation, use, outcome, now)
        ]
        return max(found, key=lambda error: isinstance(error, Refused), default=None)

    def _stood_before(self, revocation: Revocation, use: Use, outcome: Digest | None, now: str) -> bool:
        if revocation.since is None or revocation.thing[0] != "key" or use == "close":
            return False
        if use == "sign-off" and outcome is None:
            return now < revocation.since
        number, entry = self.newest("decision" if outcome else "pack") or (revocation.number, revocation.entry)
        same = outcome is None or entry.details.get("outcome_digest") == outcome
        in_order = use == "sign-off" or number < revocation.number  # the engine's key writes the log's times, too
        return same and in_order and entry.time < revocation.since


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

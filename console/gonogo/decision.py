"""What ``gonogo verify`` says about people's decisions: the policies floor's checks over the sign-offs beside a pack.

Everything comes from the pack's bytes and from trust roots that the verifier brings. The time of a decision is the
engine's word (``review/outcome.json``); without a witness nobody can say more, and the report says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.closes import check_conditions, refuse_closes
from gonogo.decision_bytes import (
    ENGINE_PUB,
    OUTCOME,
    REQUEST,
    actors_in,
    check_card,
    expected_of,
    outcome_of,
    request_of,
    time_of,
)
from gonogo_evidence import dsse
from gonogo_evidence.errors import GonogoError, Inconclusive
from gonogo_evidence.statement import SignoffStatement
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import OK, Check, broken, limit, of_error, passed
from gonogo_policies.separation import check_separation
from gonogo_policies.signoff import SKEW, Decision, Judged, decide, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.allowed_signers import Signer
    from gonogo_evidence.ids import JSON, Digest, JSONObject
    from gonogo_evidence.verify import UnverifiedPack
    from gonogo_policies.trust import Trust

WAITS = 4
WAITING = msg("No decision is committed yet.")


@dataclass(frozen=True, slots=True)
class DecisionChecks:
    """Checks about decisions, to be handed to the evidence floor's verify."""

    trust: Trust
    engine_keys: Sequence[Ed25519PublicKey]
    now: datetime
    """As of when open decisions and keys are judged (``--at``)."""
    clock: datetime | None = None
    """What time it is; None: ``now``."""
    engine_named: bool = False
    """Whether the verifier named the engine's key: then another one is no limit."""

    def __call__(self, pack: UnverifiedPack) -> Iterable[Check]:
        """Look at sign-offs, outcome and closes. A pack without a sign-off waits: exit 4."""
        names = sorted(name for name in pack.entries if name.startswith("review/") and name.endswith(".signoff.json"))
        has_outcome = OUTCOME in pack.entries
        if not names:
            if has_outcome:
                yield broken(
                    "decision.outcome",
                    "OUTCOME_UNSIGNED",
                    msg("An outcome without a sign-off."),
                    area="decision",
                    where=OUTCOME,
                )
            yield Check("decision.signed", "INCONCLUSIVE", "SIGNOFF_WAITS", WAITING, "review/", "decision", WAITS)
        try:
            if names:
                yield from self._signed(pack, names, has_outcome=has_outcome)
            else:
                refuse_closes(pack, trust=self.trust, now=self.now, clock=self.clock or self.now)
        except GonogoError as error:
            yield of_error("decision.signed", error, area="decision")

    def _signed(self, pack: UnverifiedPack, names: Sequence[str], *, has_outcome: bool) -> Iterator[Check]:
        request = request_of(pack) if REQUEST in pack.entries else None
        outcome = outcome_of(pack) if has_outcome else None
        at = time_of(str(outcome["committed"])) if outcome else self.now
        judged: list[Judged] = []
        for name in names:
            check = self._judge(pack, name, at, judged, request)
            yield check
            if check.verdict == "FAIL":
                return
        yield from self._separate(pack, judged)
        decided = decide(judged, trust=self.trust)
        if outcome is None or not isinstance(decided, Decision):
            yield Check("decision.committed", "INCONCLUSIVE", "SIGNOFF_WAITS", WAITING, "review/", "decision", WAITS)
            if outcome is None and len(judged) == len(names):
                refuse_closes(pack, trust=self.trust, now=self.now, clock=self.clock or self.now)
            return
        signed = {one.digest: one.statement for one in judged if one.digest in decided.digests}
        yield from self._committed(pack, outcome, decided, tuple(signed.values()))
        yield from self._answer(pack, decided, signed)

    def _separate(self, pack: UnverifiedPack, judged: Sequence[Judged]) -> Iterator[Check]:
        """Who was what, of those who approve; each of them passed the matrix by themselves before."""
        signers = [one.signer.principal for one in judged if one.statement.decision != "NO-GO"]
        if not signers:
            return
        found = check_separation({**actors_in(pack), "signer": signers}, self.trust.separation, self.trust.people())
        code = OK if found.verdict == "PASS" else "SEPARATION_BROKEN"
        yield Check("decision.separation", found.verdict, code, found.text, "core/pack.json", "decision")

    def _judge(
        self, pack: UnverifiedPack, name: str, at: datetime, judged: list[Judged], request: JSONObject | None
    ) -> Check:
        try:
            data, signature = pack.read(name), pack.read(f"{name}.sig")
            statement = SignoffStatement.from_bytes(data)
            expected = expected_of(pack, statement, request)
            one = judge(data, signature, trust=self.trust, expected=expected, at=at)
            self._vouched(pack, one.signer)
            check_card(pack, statement)
        except GonogoError as error:
            return of_error(f"decision.signature.{len(judged) + 1}", error, area="decision")
        judged.append(one)
        said = msg(
            "{who} signed {decision} with {key}; presence {presence}; trust: {trust}.",
            who=one.signer.principal,
            decision=statement.decision,
            key=one.signer.key.fingerprint,
            presence=one.presence,
            trust=self.trust.label,
        )
        return passed(f"decision.signature.{len(judged)}", said, area="decision", where=name)

    def _vouched(self, pack: UnverifiedPack, signer: Signer) -> None:
        """Who has a revoked key can write any time into an outcome of their own; an engine that is known did not."""
        own = dsse.key_id(dsse.load_public(pack.read(ENGINE_PUB)))
        if OUTCOME in pack.entries and own in map(dsse.key_id, self.engine_keys):
            return
        step, who = msg("Bring the engine's key: --engine-key FILE"), signer.principal
        if signer.revoked is not None:
            words = msg("The key of {who} was revoked, and nobody here vouches for the time.", who=who)
            raise Inconclusive("SIGNER_REVOKED_WHEN", words, next_step=step)
        if not signer.valid(self.now):
            words = msg("The key of {who} is not valid now, and nobody here vouches for the time.", who=who)
            raise Inconclusive("SIGNER_VALID_WHEN", words, next_step=step)

    def _committed(
        self, pack: UnverifiedPack, outcome: JSONObject, decided: Decision, signed: Sequence[SignoffStatement]
    ) -> Iterator[Check]:
        about = {(one.request_id, one.policy_digest, one.review_digest) for one in signed}
        named = (outcome.get("request_id"), outcome.get("policy_digest"), outcome.get("review_digest"))
        same = (outcome.get("decision"), outcome.get("signoffs")) == (decided.decision, list(decided.digests))
        if not same or about != {named}:
            words = msg("The outcome is not what the sign-offs say.")
            yield broken("decision.outcome", "OUTCOME_DIFFERS", words, area="decision", where=OUTCOME)
            return
        finished = pack.json("environment.json").get("finished")
        if _earlier(str(outcome["committed"]), finished):
            words = msg("Committed {when}, before the run had finished.", when=str(outcome["committed"]))
            yield broken("decision.outcome", "OUTCOME_TOO_EARLY", words, area="decision", where=OUTCOME)
            return
        said = msg("Committed {when}, as the engine recorded it.", when=str(outcome["committed"]))
        yield passed("decision.outcome", said, area="decision", where=OUTCOME)
        own = dsse.key_id(dsse.load_public(pack.read(ENGINE_PUB)))
        if own in {dsse.key_id(key) for key in self.engine_keys}:
            return
        words = msg("The engine's key is not known here, so the time of the commit is a claim.")
        if self.engine_named:
            words = msg("The outcome is by another engine than the one whose key you brought.")
            yield Check("decision.time", "INCONCLUSIVE", "ENGINE_OTHER", words, OUTCOME, "decision")
        else:
            yield limit("decision.time", "ENGINE_UNKNOWN", words, area="decision", where=OUTCOME)

    def _answer(
        self, pack: UnverifiedPack, decided: Decision, signed: Mapping[Digest, SignoffStatement]
    ) -> Iterator[Check]:
        who, clock = ", ".join(decided.principals), self.clock or self.now
        yield from check_conditions(pack, decided, signed, trust=self.trust, now=self.now, clock=clock)
        if decided.decision == "GO":
            yield passed("decision.answer", msg("{who} decided GO.", who=who), area="decision")
        elif decided.decision == "NO-GO":
            yield Check(
                "decision.answer", "FAIL", "DECIDED_NO_GO", msg("{who} decided NO-GO.", who=who), "", "decision", 1
            )


def _earlier(committed: str, finished: JSON) -> bool:
    """Whether an outcome is older than the run that it is about, by more than clocks may differ."""
    try:
        return isinstance(finished, str) and time_of(committed) < time_of(finished) - SKEW
    except ValueError:  # what is no time is reported with the document's shape
        return False

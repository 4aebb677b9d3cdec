"""What a drill came to, as the engine signs it: an in-toto statement that says of itself that it is a drill's.

Its subject is the scorecard. It can be a reason why somebody may sign (policy), and never evidence of a run: no
verifier of packs takes it, and ``drill`` stands inside what is signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical, dsse
from gonogo_evidence.attest.parts import frame
from gonogo_evidence.drill import DRILL_ID
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.seal import PAYLOAD_TYPE, STATEMENT_TYPE
from gonogo_evidence.statement_fields import Fields, Problem, format_time, parse_time
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.ids import JSON, Digest

RESULT_TYPE: Final = "urn:gonogo:drill:v1"
SCORECARD: Final = "scorecard.json"
VERDICTS: Final = ("PASS", "PARTIAL", "FAIL")
TIMEBOXES: Final = ("WITHIN", "EXCEEDED")
MOST: Final = 64 * 1024
"""Bytes of an envelope."""
_NAMES: Final = ("drill_id", "seed", "difficulty", "session", "operator", "validator", "verdict", "timebox")


@dataclass(frozen=True, slots=True)
class DrillResult:
    """One scored drill of one person."""

    drill_id: str
    seed: int
    difficulty: int
    session: str
    operator: str
    validator: str
    """Who looked on; a dash where nobody did."""
    verdict: str
    timebox: str
    started: datetime
    ended: datetime
    scorecard: Digest
    """SHA-256 of the scorecard's bytes."""

    def to_bytes(self) -> bytes:
        """The statement in canonical bytes. Raises IntegrityBroken DRILL_RESULT for what it cannot say."""
        said: dict[str, JSON] = {"drill": True, "production": False}
        said |= {name: getattr(self, name) for name in _NAMES}
        said |= {"started": format_time(self.started), "ended": format_time(self.ended)}
        data = frame(RESULT_TYPE, [{"name": SCORECARD, "digest": {"sha256": self.scorecard}}], said)
        read(data)
        return data


def verified(envelope: bytes, keys: Iterable[Ed25519PublicKey]) -> DrillResult:
    """The result that one of these keys signed.

    Raises:
        IntegrityBroken: the signature does not fit, or what is signed is no drill's result (``DRILL_RESULT``).
        Inconclusive: ``DSSE_KEY_UNKNOWN``.
    """
    found = dsse.verify(envelope, keys)
    if found.payload_type != PAYLOAD_TYPE:
        raise _no_result("the payload's type")
    return read(found.payload)


def read(payload: bytes) -> DrillResult:
    """The statement's fields: every one is known, and has its one form. Raises IntegrityBroken DRILL_RESULT."""
    try:
        top = Fields(canonical.loads(payload, limit=MOST), "$", ("_type", "subject", "predicateType", "predicate"))
        top.one_of("_type", (STATEMENT_TYPE,))
        top.one_of("predicateType", (RESULT_TYPE,))
        (subject,) = top.each("subject", ("name", "digest"), most=1)
        subject.one_of("name", (SCORECARD,))
        said = top.fields("predicate", ("drill", "production", *_NAMES, "started", "ended"))
        said.flag("drill", wanted=True)
        said.flag("production", wanted=False)
        return DrillResult(
            said.matching("drill_id", DRILL_ID),
            said.number("seed", least=0),
            said.number("difficulty", least=1),
            said.text("session"),
            said.text("operator"),
            said.text("validator"),
            said.one_of("verdict", VERDICTS),
            said.one_of("timebox", TIMEBOXES),
            parse_time(said.time("started")),
            parse_time(said.time("ended")),
            subject.fields("digest", ("sha256",)).digest("sha256"),
        )
    except (Problem, ValueError) as error:
        raise _no_result(str(error)) from error


def _no_result(reason: str) -> IntegrityBroken:
    return IntegrityBroken("DRILL_RESULT", msg("This is no signed result of a drill: {reason}.", reason=reason))

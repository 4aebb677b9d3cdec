"""What only its writer vouches for: the time of a commit by an unknown engine, of a close, and the card shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from gonogo.decision import DecisionChecks
from gonogo_evidence import dsse, verify_pack
from gonogo_evidence.verify import verify_pack as gonogo
from support.attested import CLOSED, A, closed, committed, reviewed_pack, signed
from support.logs import ENGINE, key
from support.packs import PACK_ID
from support.signoffs import trusting
from support.whole import ALICE, BOB

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gonogo_evidence.pack import Sealed

NOW = datetime(2026, 2, 1, tzinfo=UTC)
OTHER = key(77)
IF: Final = "GO-WITH-CONDITIONS"
LAPSED = ' namespaces="gonogo-signoff@v1,gonogo-close@v1",valid-before="20260115000000Z" '
"""Of a key that ended after the decision, and before now."""


@dataclass
class Verifier:
    """What somebody brings, and what both tools tell them."""

    folder: Path
    engine: Ed25519PrivateKey = ENGINE
    lines: dict[str, str] = field(default_factory=lambda: {"alice": ALICE.line, "bob": BOB.line})
    named: bool = False
    at: datetime = NOW
    clock: datetime = NOW

    def lapse(self, name: str) -> None:
        principal, _, rest = self.lines[name].partition(" ")
        self.lines[name] = principal + LAPSED + rest.partition(" ")[2]

    def ours(self) -> tuple[int, set[str]]:
        public = [self.engine.public_key()]
        checks = DecisionChecks(trusting("".join(self.lines.values())), public, self.at, self.clock, self.named)
        report = gonogo(self.folder, extra=[checks], engine_keys=public)
        return report.exit_code, {one.code for one in report.checks if one.verdict != "PASS" and not one.limit}

    def theirs(self) -> int:
        keys = verify_pack.engine_key(dsse.public_pem(self.engine))
        signers = verify_pack.signers_of("".join(self.lines.values()).encode())
        try:
            return verify_pack.exit_of(
                verify_pack.verify(self.folder, verify_pack.Given(keys, signers, self.at, [], {}))
            )
        except verify_pack.Finding as problem:
            return problem.exit_code


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    return reviewed_pack(tmp_path / PACK_ID, ENGINE)


def test_an_outcome_before_its_own_run_decided(sealed: Sealed) -> None:
    early = signed(sealed, ALICE, issued="2026-01-09T10:05:00Z", not_after="2026-01-10T10:00:00Z")
    committed(sealed, ENGINE, "GO", early, at="2026-01-09T10:09:00Z")
    verifier = Verifier(sealed.folder)
    assert verifier.ours() == (6, {"OUTCOME_TOO_EARLY"})
    assert verifier.theirs() == 6


def test_an_expired_key_decided_by_dating_back_with_an_engine_of_its_own(sealed: Sealed) -> None:
    committed(sealed, ENGINE, "GO", signed(sealed, ALICE))
    verifier = Verifier(sealed.folder)
    verifier.lapse("alice")
    assert verifier.ours() == (0, set()), "the engine that was brought vouches for the time"
    assert verifier.theirs() == 0
    verifier.engine = OTHER
    assert verifier.ours() == (3, {"SIGNER_VALID_WHEN", "SIGNOFF_WAITS"})
    assert verifier.theirs() == 3


def test_another_engine_than_the_one_that_was_named_was_a_limit(sealed: Sealed) -> None:
    committed(sealed, ENGINE, "GO", signed(sealed, ALICE))
    verifier = Verifier(sealed.folder, engine=OTHER)
    assert verifier.ours() == (0, set()), "this machine's own store does not know every engine: a stated limit"
    verifier.named = True
    assert verifier.ours() == (3, {"ENGINE_OTHER"})
    assert verifier.theirs() == 3


@pytest.mark.parametrize("issued", ["2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2026-01-09T10:24:59Z"])
def test_a_close_counted_before_the_decision_and_in_the_future(sealed: Sealed, issued: str) -> None:
    signoff = signed(sealed, ALICE, IF)
    committed(sealed, ENGINE, IF, signoff)
    closed(sealed, BOB, signoff, issued=issued)
    verifier = Verifier(sealed.folder)
    assert verifier.ours() == (5, {"CLOSE_TIME"})
    assert verifier.theirs() == 5


def test_a_close_was_there_before_it_was_made(sealed: Sealed) -> None:
    signoff = signed(sealed, ALICE, IF)
    committed(sealed, ENGINE, IF, signoff)
    closed(sealed, BOB, signoff)
    for at, code in ((NOW, 0), (datetime(2026, 1, 12, 8, 54, tzinfo=UTC), 4)):
        verifier = Verifier(sealed.folder, at=at)
        assert verifier.ours() == (code, {"CONDITION_OPEN"} if code else set()), CLOSED
        assert verifier.theirs() == code


def test_a_close_by_a_key_that_ended_since_counted(sealed: Sealed) -> None:
    signoff = signed(sealed, ALICE, IF)
    committed(sealed, ENGINE, IF, signoff)
    closed(sealed, BOB, signoff)
    verifier = Verifier(sealed.folder)
    verifier.lapse("bob")
    assert verifier.ours() == (3, {"SIGNER_VALID_WHEN"})
    assert verifier.theirs() == 3
    verifier.at = datetime(2026, 1, 14, tzinfo=UTC)
    assert verifier.ours() == (0, set())


def test_a_card_that_no_review_has_was_signed(sealed: Sealed) -> None:
    """What the signer was shown is one of the cards of the review; else nobody knows what they saw."""
    committed(sealed, ENGINE, "GO", signed(sealed, ALICE, card=A))
    verifier = Verifier(sealed.folder)
    assert verifier.ours() == (6, {"CARD_DIFFERS"})
    assert verifier.theirs() == 6

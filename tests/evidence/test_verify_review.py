"""What verify says of the review folder: the engine's attestations, sign-offs and closes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import dsse
from gonogo_evidence.canonical import dumps
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.review import add_later
from gonogo_evidence.seal import seal_statement
from gonogo_evidence.statement import Card, CloseStatement, Evidence, SignoffStatement
from gonogo_evidence.verify import Report, verify_pack
from support.packs import FIRST_FORM, overwrite, sample_pack, sample_review

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.pack import Sealed

pytestmark = pytest.mark.fast

KEY = dsse.load(dsse.new_engine_key())
KEYS = [KEY.public_key()]
IN_TOTO = "application/vnd.in-toto+json"
RUN, A = RunId("20260109-101500-a1b2c3"), Digest("a" * 64)
SIGNOFF, CLOSE = "a@b.c-1A2b3C4d.signoff.json", "a@b.c-1A2b3C4d.close-1.json"


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    sealed = sample_pack(tmp_path / "EVP-4BM2-L0-20260109-001")
    sample_review(sealed, KEY)
    return sealed


def _verify(sealed: Sealed) -> Report:
    return verify_pack(sealed.folder, engine_keys=KEYS)


def _codes(report: Report) -> set[str]:
    return {check.code for check in report.checks} - {"OK", *FIRST_FORM}


def _signoff(sealed: Sealed) -> bytes:
    return SignoffStatement(
        run_id=RUN,
        pack_id=PackId(sealed.pack_id),
        pack_digest=sealed.pack_digest,
        review_digest=A,
        request_id="a1b2c3",
        decision="GO",
        reason="Reviewed.",
        conditions=(),
        principal=Principal("a@b.c"),
        presence="typed",
        policy_digest=A,
        card=Card("review/card.txt", A),
        issued="2026-01-09T10:20:00Z",
        not_after="2026-01-16T10:20:00Z",
    ).to_bytes()


def _statement(sealed: Sealed, **changes: Any) -> bytes:  # noqa: ANN401 - any part of the statement
    whole = json.loads(seal_statement(sealed.pack_id, pack_digest=sealed.pack_digest, core_digest=sealed.core_digest))
    return dumps({**whole, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"predicate": {"core_digest": A}},
        {"predicate": {}},
        {"predicate": None},
        {"predicateType": "urn:gonogo:outcome:v1"},
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"subject": []},
        {"subject": [{"name": "EVP-4BM2-L0-20260109-001", "digest": {"sha256": A}}]},
    ],
)
def test_a_well_signed_statement_about_something_else_is_broken(sealed: Sealed, changes: dict[str, Any]) -> None:
    sample_review(sealed, KEY, engine_dsse_json=dsse.sign(IN_TOTO, _statement(sealed, **changes), KEY))
    assert _codes(_verify(sealed)) == {"ENGINE_OTHER_SEAL"}
    assert _verify(sealed).exit_code == 6


def test_another_name_for_the_right_digest_or_another_payload_type_is_broken(sealed: Sealed) -> None:
    subject = [{"name": "EVP-4BM2-L0-20260109-002", "digest": {"sha256": sealed.pack_digest}}]
    for kind, statement in ((IN_TOTO, _statement(sealed, subject=subject)), ("text/plain", _statement(sealed))):
        sample_review(sealed, KEY, engine_dsse_json=dsse.sign(kind, statement, KEY))
        assert _codes(_verify(sealed)) == {"ENGINE_OTHER_SEAL"}


def test_a_predicate_may_say_more(sealed: Sealed) -> None:
    more = {"core_digest": sealed.core_digest, "note": "x"}
    sample_review(sealed, KEY, engine_dsse_json=dsse.sign(IN_TOTO, _statement(sealed, predicate=more), KEY))
    assert _verify(sealed).exit_code == 0


def test_an_outcome_of_another_pack_is_broken_and_one_of_this_pack_is_counted(sealed: Sealed) -> None:
    good = _statement(sealed, predicateType="urn:gonogo:outcome:v1", predicate={"decision": "GO"})
    add_later(sealed.folder, "outcome.json", dsse.sign(IN_TOTO, good, KEY))
    report = _verify(sealed)
    assert report.exit_code == 0
    assert [check.where for check in report.checks if check.id == "authentic.engine"] == [
        "review/engine.dsse.json",
        "review/outcome.json",
    ]
    subject = [{"name": sealed.pack_id, "digest": {"sha256": A}}]
    other = _statement(sealed, predicateType="urn:gonogo:outcome:v1", subject=subject)
    add_later(sealed.folder, "outcome.json", dsse.sign(IN_TOTO, other, KEY))
    assert (_verify(sealed).exit_code, _codes(_verify(sealed))) == (6, {"ENGINE_OTHER_SEAL"})


def test_sign_off_and_close_are_looked_at_and_left_to_the_policy(sealed: Sealed) -> None:
    close = CloseStatement(
        RUN, sealed.pack_digest, A, 1, Evidence("fix.txt", A, 7), Principal("a@b.c"), "2026-01-10T00:00:00Z"
    )
    for name, data in ((SIGNOFF, _signoff(sealed)), (CLOSE, close.to_bytes())):
        add_later(sealed.folder, name, data)
        add_later(sealed.folder, f"{name}.sig", b"-----BEGIN SSH SIGNATURE-----\n")
    report = _verify(sealed)
    assert (report.exit_code, report.areas) == (0, ("authentic", "verdict", "decision"))
    assert [check.id for check in report.of("decision")] == ["decision.statements"]


def test_a_sign_off_without_its_signature_is_no_decision_and_the_pack_stays_authentic(sealed: Sealed) -> None:
    """A kill between the two files leaves this: resume must be able to go on, and verify must not call it decided."""
    add_later(sealed.folder, SIGNOFF, _signoff(sealed))
    report = _verify(sealed)
    assert _codes(report) == {"SIGNATURE_MISSING"}
    assert (report.verdict("authentic"), report.verdict("decision"), report.exit_code) == ("PASS", "FAIL", 6)


@pytest.mark.parametrize("name", [SIGNOFF, CLOSE])
def test_a_statement_of_another_shape_is_broken(sealed: Sealed, name: str) -> None:
    statement = json.loads(_signoff(sealed))
    add_later(sealed.folder, name, dumps({**statement, "predicateType": "urn:gonogo:other:v1"}))
    add_later(sealed.folder, f"{name}.sig", b"x")
    report = _verify(sealed)
    assert (report.exit_code, _codes(report)) == (6, {"STATEMENT_SHAPE"})


def test_a_statement_that_is_not_canonical_is_broken(sealed: Sealed) -> None:
    path = add_later(sealed.folder, SIGNOFF, _signoff(sealed))
    add_later(sealed.folder, f"{SIGNOFF}.sig", b"x")
    overwrite(path, path.read_bytes() + b"\n")
    assert (_verify(sealed).exit_code, "JSON_NOT_CANONICAL" in _codes(_verify(sealed))) == (6, True)

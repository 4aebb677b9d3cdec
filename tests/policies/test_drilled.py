"""``drills_required``: who approves is trained, by signed results of their own alone; anything less is refused."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest

from gonogo_evidence import canonical, dsse
from gonogo_evidence.drill_result import DrillResult, read, verified
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.ids import Digest, Principal
from gonogo_evidence.seal import PAYLOAD_TYPE
from gonogo_evidence.statement import SignoffStatement
from gonogo_policies import engine_keys
from gonogo_policies.drilled import newest
from gonogo_policies.signoff_policy import parse_signoff
from support.signing import SoftKey
from support.signoffs import DEFAULTS, GO, KEYS, NOW, WITH, judged, trusting

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSONObject
    from gonogo_policies.trust import Trust

KEY, STRANGER = dsse.new_engine_key(), dsse.new_engine_key()
DAY = timedelta(days=1)
PASSED = DrillResult(
    drill_id="D01",
    seed=7,
    difficulty=2,
    session="20260108-120000-D01-beef",
    operator="alice",
    validator="-",
    verdict="PASS",
    timebox="WITHIN",
    started=NOW - DAY - timedelta(minutes=5),
    ended=NOW - DAY,
    scorecard=Digest("e" * 64),
)


def signed(result: DrillResult = PASSED, key: bytes = KEY, kind: str = PAYLOAD_TYPE, **change: Any) -> JSONObject:  # noqa: ANN401 - any field
    """The envelope of a result."""
    payload = dataclasses.replace(result, **change).to_bytes()
    return canonical.loads_object(dsse.sign(kind, payload, key))


def demanding(*drills: str, days: int = 60, keys: tuple[bytes, ...] = (KEY,)) -> Trust:
    """A policy that requires these drills."""
    trust = trusting(drills_required=drills or ("D01",), drills_max_age_days=days)
    return dataclasses.replace(trust, drill_keys=tuple(dsse.load_public(dsse.public_pem(key)) for key in keys))


def bringing(*drills: JSONObject, said: SignoffStatement = GO) -> SignoffStatement:
    """A sign-off that carries these results."""
    return dataclasses.replace(said, drills=drills)


@pytest.mark.parametrize("said", [GO, WITH], ids=["go", "with conditions"])
def test_an_approval_counts_with_the_drills_and_not_without(said: SignoffStatement) -> None:
    trust = demanding("D01", "D02")
    both = signed(), signed(drill_id="D02")
    assert judged(bringing(*both, said=said), trust=trust).statement.drills == both
    for some, missing in ((both[:1], "D02"), (both[1:], "D01"), ((), "D01, D02")):
        with pytest.raises(Refused, match="DRILLS_REQUIRED") as refused:
            judged(bringing(*some, said=said), trust=trust)
        assert str(refused.value.what).endswith(f"missing: {missing}.")
        assert str(refused.value.next_step).startswith("gonogo drill start D0")


def test_a_no_go_needs_no_drill() -> None:
    assert judged(dataclasses.replace(GO, decision="NO-GO"), trust=demanding()).statement.decision == "NO-GO"


Not: dict[str, tuple[JSONObject, ...]] = {
    "partial": (signed(verdict="PARTIAL"),),
    "failed": (signed(verdict="FAIL"),),
    "somebody else's": (signed(operator="bob"),),
    "validated by who acted": (signed(validator="Alice"),),
    "too old": (signed(started=NOW - 61 * DAY, ended=NOW - 61 * DAY),),
    "still to come": (signed(ended=NOW + DAY),),
    "ended before it began": (signed(started=NOW, ended=NOW - DAY),),
    "another drill": (signed(drill_id="D02"),),
    "another kind of payload": (signed(kind="application/json"),),
    "no envelope": ({"payload": "", "payloadType": "", "signatures": []},),
}


@pytest.mark.parametrize("why", Not)
def test_what_does_not_count(why: str) -> None:
    with pytest.raises(Refused, match="DRILLS_REQUIRED"):
        judged(bringing(*Not[why]), trust=demanding())


def test_a_result_by_a_key_that_nobody_knows_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="DRILL_KEY_UNKNOWN"):
        judged(bringing(signed(key=STRANGER)), trust=demanding())
    with pytest.raises(Inconclusive, match="DRILL_KEY_UNKNOWN"):
        judged(bringing(signed()), trust=demanding(keys=()))


@pytest.mark.parametrize(
    ("field", "value"), [("drill", False), ("production", True), ("verdict", "PASSED"), ("seed", -1)]
)
def test_a_mark_that_was_stripped_or_edited_breaks_the_signature(field: str, value: object) -> None:
    envelope = dsse.parse(canonical.dumps(signed(verdict="FAIL")))
    said = json.loads(envelope.payload)
    said["predicate"][field] = value
    payload = canonical.dumps(said)
    forged = canonical.dumps(
        {
            "payload": canonical.loads_object(dsse.sign(PAYLOAD_TYPE, payload, STRANGER))["payload"],
            "payloadType": PAYLOAD_TYPE,
            "signatures": signed(verdict="FAIL")["signatures"],
        }
    )
    with pytest.raises(IntegrityBroken, match="DSSE_BAD_SIGNATURE"):
        verified(forged, demanding().drill_keys)
    with pytest.raises(IntegrityBroken, match="DRILL_RESULT"):
        read(payload)
    with pytest.raises(IntegrityBroken, match="DRILL_RESULT"):
        verified(dsse.sign(PAYLOAD_TYPE, payload, KEY), demanding().drill_keys)


@pytest.mark.parametrize("gone", ["drill", "production", "validator", "ended"])
def test_a_result_without_a_field_is_none(gone: str) -> None:
    said = json.loads(PASSED.to_bytes())
    del said["predicate"][gone]
    with pytest.raises(IntegrityBroken, match="DRILL_RESULT"):
        read(canonical.dumps(said))


def test_a_signature_over_other_results_does_not_hold() -> None:
    statement = bringing(signed()).to_bytes()
    signature = KEYS["alice"].sign(statement, "gonogo-signoff@v1")
    assert isinstance(KEYS["alice"], SoftKey)
    other = bringing(signed(seed=8)).to_bytes()
    assert SignoffStatement.from_bytes(other).drills != SignoffStatement.from_bytes(statement).drills
    from gonogo_policies.signoff import judge
    from support.signoffs import EXPECTED

    with pytest.raises(IntegrityBroken):
        judge(other, signature, trust=demanding(), expected=EXPECTED, at=NOW)


@pytest.mark.parametrize("drills", [[], "D01", [1], [["x"]], [{}] * 101])
def test_drills_are_a_list_of_objects_that_is_not_empty(drills: object) -> None:
    said = json.loads(bringing(signed()).to_bytes())
    said["predicate"]["drills"] = drills
    with pytest.raises(IntegrityBroken, match="STATEMENT_MALFORMED"):
        SignoffStatement.from_bytes(canonical.dumps(said))


def test_of_each_required_drill_the_newest_is_brought() -> None:
    older, newer = dataclasses.replace(PASSED, ended=NOW - 3 * DAY), PASSED
    rows = [(older, signed(older)), (newer, signed(newer)), (newer, signed(drill_id="D02"))]
    assert list(newest(rows, ["D01", "D08"])) == [signed(newer)]


POLICY = (DEFAULTS / "signoff.toml").read_text()


def policy(words: str) -> bytes:
    """The packaged policy with other words about drills."""
    return POLICY.replace("drills_required = []", words).encode()


def test_the_policy_names_drills_and_how_old_they_may_be() -> None:
    read_ = parse_signoff(policy('drills_required = ["D01", "D08"]\ndrills_max_age_days = 60'), where="x")
    assert (read_.drills_required, read_.drills_max_age_days) == (("D01", "D08"), 60)
    assert parse_signoff(POLICY.encode(), where="x").drills_required == ()


@pytest.mark.parametrize(
    "words",
    [
        'drills_required = ["D1"]\ndrills_max_age_days = 60',
        'drills_required = ["d01"]\ndrills_max_age_days = 60',
        'drills_required = ["D01"]',
        'drills_required = ["D01"]\ndrills_max_age_days = 0',
        'drills_required = ["D01"]\ndrills_max_age_days = 400',
        'drills_required = "D01"\ndrills_max_age_days = 60',
        "drills_max_age_days = 60",
        "drills_required = []\ndrills_max_age_days = 60",
    ],
)
def test_a_policy_that_leaves_something_open_is_refused(words: str) -> None:
    with pytest.raises(BadInput):
        parse_signoff(policy(words), where="x")


def test_keys_are_read_one_after_the_other() -> None:
    pems = dsse.public_pem(KEY) + dsse.public_pem(STRANGER)
    ids = [dsse.key_id(key) for key in engine_keys.parse(pems, where="drill_keys")]
    assert ids == [dsse.key_id(dsse.load_public(dsse.public_pem(key))) for key in (KEY, STRANGER)]


@pytest.mark.parametrize("change", [b"", b"\n", "half", "more"])
def test_a_file_of_keys_that_holds_anything_else_is_refused(change: bytes | Literal["half", "more"]) -> None:
    whole = dsse.public_pem(KEY)
    data = {"half": whole[:60], "more": whole + b"x"}[change] if isinstance(change, str) else change
    with pytest.raises(BadInput, match="ENGINE_PUBLIC_KEY_UNREADABLE"):
        engine_keys.parse(data, where="drill_keys")


def test_who_is_known_by_two_names_has_passed_under_either() -> None:
    people = {"Alice": ("alice", "alice@example.org")}
    trust = demanding()
    trust = dataclasses.replace(trust, separation=dataclasses.replace(trust.separation, people=people))
    assert judged(bringing(signed(operator="alice@example.org")), trust=trust).signer.principal == "alice"
    with pytest.raises(Refused, match="DRILLS_REQUIRED"):
        judged(bringing(signed(operator="alice@example.org", validator="alice")), trust=trust)
    with pytest.raises(GonogoError):
        judged(bringing(signed(operator="alice@example.org")), trust=demanding())
    assert Principal("alice") == GO.principal

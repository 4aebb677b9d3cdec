"""Sign-offs: each thing that can be wrong is refused by its own code."""

from __future__ import annotations

import dataclasses
import functools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.ids import Principal
from gonogo_evidence.statement import (
    SIGNOFF_NAMESPACE,
    Presence,
    format_time,
)
from gonogo_evidence.statement import Decision as Word
from gonogo_policies.signoff import Decision, Expected, decide, judge
from support.signing import SoftKey
from support.signoffs import (
    CONDITION,
    EXPECTED,
    GO,
    HOUR,
    KEYS,
    NO,
    NOW,
    STRICT,
    TOUCHED,
    TRUST,
    UNTOUCHED,
    WITH,
    D,
    judged,
    refusal,
    signer_line,
    trusting,
)

pytestmark = pytest.mark.fast


def test_a_good_sign_off_counts() -> None:
    found = judged()
    assert (found.statement, found.signer.principal, found.presence) == (GO, "alice", "typed")
    assert decide([found], trust=TRUST) == Decision("GO", (Principal("alice"),), (found.digest,), ())


def test_changed_bytes_are_broken_integrity() -> None:
    data = GO.to_bytes()
    signature = KEYS["alice"].sign(data, SIGNOFF_NAMESPACE)
    for changed in (NO.to_bytes(), data + b" ", b""):
        with pytest.raises(IntegrityBroken):
            judge(changed, signature, trust=TRUST, expected=EXPECTED, at=NOW)
    with pytest.raises(IntegrityBroken):
        judge(data, signature[:-1], trust=TRUST, expected=EXPECTED, at=NOW)


def test_signed_garbage_is_no_sign_off() -> None:
    data = b'{"decision":"GO"}'
    with pytest.raises(IntegrityBroken) as caught:
        judge(data, KEYS["alice"].sign(data, SIGNOFF_NAMESPACE), trust=TRUST, expected=EXPECTED, at=NOW)
    assert caught.value.code == "STATEMENT_MALFORMED"


def test_who_may_not_sign_is_refused() -> None:
    assert refusal(key=SoftKey(99)) == "SIGNER_UNTRUSTED"
    assert refusal(namespace="file") == "SIGNATURE_NAMESPACE"
    assert refusal(key=KEYS["bob"]) == "PRINCIPAL_MISMATCH"
    old = trusting(signer_line("alice", KEYS["alice"], ',valid-before="20260101"'))
    assert refusal(trust=old) == "SIGNER_EXPIRED"
    other = trusting(signer_line("alice", KEYS["alice"]).replace(SIGNOFF_NAMESPACE, "git"))
    assert refusal(trust=other) == "SIGNER_NAMESPACE"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"run_id": "20260109-101112-ffffff"}, "SIGNOFF_OTHER_RUN"),
        ({"pack_id": "EVP-4BM2-L0-20260109-002"}, "SIGNOFF_OTHER_RUN"),
        ({"pack_digest": D}, "SIGNOFF_STALE_PACK"),
        ({"review_digest": D}, "SIGNOFF_STALE_REVIEW"),
        ({"request_id": "req0"}, "SIGNOFF_STALE_REQUEST"),
        ({"policy_digest": D}, "POLICY_CHANGED"),
        ({"issued": format_time(NOW + HOUR)}, "SIGNOFF_FROM_THE_FUTURE"),
        ({"issued": format_time(NOW - 2 * HOUR)}, "SIGNOFF_BEFORE_REQUEST"),
        ({"not_after": format_time(NOW + 25 * HOUR)}, "SIGNOFF_TOO_LONG"),
        ({"presence": "touch"}, "PRESENCE_FALSE"),
        ({"presence": "unproven"}, "PRESENCE_TOO_WEAK"),
    ],
)
@pytest.mark.parametrize("decision", ["GO", "GO-WITH-CONDITIONS"])
def test_what_is_about_something_else_or_too_weak_is_refused(change: dict[str, Any], code: str, decision: Word) -> None:
    statement = WITH if decision == "GO-WITH-CONDITIONS" else GO
    assert refusal(dataclasses.replace(statement, **change)) == code


def test_a_no_go_about_something_else_is_refused_too() -> None:
    assert refusal(dataclasses.replace(NO, pack_digest=D)) == "SIGNOFF_STALE_PACK"


def test_time_runs_out_for_sign_off_and_request() -> None:
    short = dataclasses.replace(GO, not_after=format_time(NOW + HOUR / 2))
    late = NOW + HOUR / 2
    judged(short, at=late)
    assert refusal(short, at=late + timedelta(seconds=1)) == "SIGNOFF_EXPIRED"
    judged(at=NOW + HOUR)
    assert refusal(at=NOW + HOUR + timedelta(seconds=1)) == "REQUEST_EXPIRED"


def test_clocks_may_differ_by_minutes() -> None:
    judged(dataclasses.replace(GO, issued=format_time(NOW + timedelta(minutes=5))))
    judged(dataclasses.replace(GO, issued=format_time(NOW - HOUR - timedelta(minutes=5))))


def test_touch_is_measured() -> None:
    trust = trusting(
        signer_line("alice", TOUCHED) + signer_line("bob", UNTOUCHED),
        least_presence=dict.fromkeys(("GO", "GO-WITH-CONDITIONS", "NO-GO"), "touch"),
    )
    assert judged(dataclasses.replace(GO, presence="touch"), key=TOUCHED, trust=trust).presence == "touch"
    assert judged(dataclasses.replace(GO, presence="unproven"), key=TOUCHED, trust=trust).presence == "touch"
    as_bob = dataclasses.replace(GO, principal=Principal("bob"))
    assert refusal(dataclasses.replace(as_bob, presence="touch"), key=UNTOUCHED, trust=trust) == "PRESENCE_FALSE"
    assert refusal(as_bob, key=UNTOUCHED, trust=trust) == "PRESENCE_TOO_WEAK"


@pytest.mark.parametrize(
    ("claimed", "least", "enough"),
    [
        ("typed", "unproven", True),
        ("typed", "typed", True),
        ("typed", "confirmed", False),
        ("confirmed", "typed", True),
        ("confirmed", "touch", False),
        ("unproven", "unproven", True),
        ("unproven", "typed", False),
    ],
)
def test_presence_has_an_order(claimed: Presence, least: Presence, *, enough: bool) -> None:
    trust = trusting(least_presence={"GO": least, "GO-WITH-CONDITIONS": "touch", "NO-GO": "touch"})
    statement = dataclasses.replace(GO, presence=claimed)
    if enough:
        assert judged(statement, trust=trust).presence == claimed
    else:
        assert refusal(statement, trust=trust) == "PRESENCE_TOO_WEAK"


def about(verdict: str, *inconclusive: str) -> Expected:
    return dataclasses.replace(EXPECTED, pack_verdict=verdict, inconclusive=inconclusive)


def test_only_pass_is_released_as_go() -> None:
    assert refusal(expected=about("INCONCLUSIVE", "ci.remote")) == "GO_NOT_RELEASABLE"
    assert refusal(expected=about("INCONCLUSIVE")) == "GO_NOT_RELEASABLE"
    assert refusal(expected=about("PASS", "ci.remote")) == "GO_NOT_RELEASABLE"
    assert refusal(expected=about("FAIL")) == "FAIL_NOT_COVERED"
    assert refusal(expected=about("pass")) == "FAIL_NOT_COVERED"
    assert refusal(expected=about("")) == "FAIL_NOT_COVERED"
    judged(NO, expected=about("FAIL"))


def test_conditions_cover_what_they_name_and_never_a_fail() -> None:
    judged(WITH)
    judged(WITH, expected=about("INCONCLUSIVE", "ci.remote"))
    assert refusal(WITH, expected=about("FAIL", "ci.remote")) == "FAIL_NOT_COVERED"
    assert refusal(WITH, expected=about("INCONCLUSIVE", "ci.remote", "gate.lint")) == "CONDITION_MISSING"
    assert refusal(WITH, expected=about("INCONCLUSIVE")) == "INCONCLUSIVE_UNNAMED"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ci.remote", True),
        ("(CI.Remote), see there.", True),
        ("wait for ci.remote.", True),
        ("ci.remote2", False),
        ("ci.remote.x", False),
        ("my-ci.remote", False),
        ("xci.remote", False),
        ("ciXremote", False),
        ("all of it", False),
    ],
)
def test_a_condition_names_a_check_as_a_word(text: str, *, named: bool) -> None:
    statement = dataclasses.replace(WITH, conditions=(dataclasses.replace(CONDITION, text=text),))
    expected = about("INCONCLUSIVE", "ci.remote")
    if named:
        judged(statement, expected=expected)
    else:
        assert refusal(statement, expected=expected) == "CONDITION_MISSING"


def test_a_condition_is_not_due_before_it_was_made() -> None:
    judged(dataclasses.replace(WITH, conditions=(dataclasses.replace(CONDITION, due="2026-01-09"),)))
    past = dataclasses.replace(WITH, conditions=(dataclasses.replace(CONDITION, due="2026-01-08"),))
    assert refusal(past) == "CONDITION_DATE"


def done_by(**actors: tuple[str, ...]) -> Expected:
    return dataclasses.replace(EXPECTED, actors={**EXPECTED.actors, **actors})


def test_nobody_approves_their_own_work_under_strict() -> None:
    strict = trusting(separation=STRICT)
    judged(trust=strict)
    for own in ({"run_starter": ("Alice",)}, {"commit_author": ("x <x@x>", "Alice <a@x>")}):
        expected = done_by(**own)
        judged(expected=expected)  # formal: one operator may do both
        for statement in (GO, WITH):
            assert refusal(statement, trust=strict, expected=expected) == "SELF_APPROVAL"
        judged(NO, trust=strict, expected=expected)


def test_a_self_approval_names_pair_person_and_who_may_sign() -> None:
    people = {**STRICT.people, "alice": ("al@home",)}
    strict = trusting(separation=dataclasses.replace(STRICT, people=people))
    with pytest.raises(Refused) as caught:
        judged(trust=strict, expected=done_by(commit_author=("Al <al@home>",)))
    assert caught.value.code == "SELF_APPROVAL"
    assert "Al <al@home> (commit_author) and alice (signer) are one." in str(caught.value.what)
    assert "bob, carol" in str(caught.value.next_step)
    assert "alice" not in str(caught.value.next_step)


def test_where_policy_requires_it_nothing_releases_a_replay_that_nobody_vouches_for() -> None:
    unproven, sealed = (dataclasses.replace(EXPECTED, replay=word) for word in ("unproven", "sealed"))
    required = trusting(replay_provenance="required")
    for statement in (GO, WITH):
        assert refusal(statement, trust=required, expected=unproven) == "REPLAY_PROVENANCE_REQUIRED"
        judged(statement, expected=unproven)
        for expected in (sealed, EXPECTED):
            judged(statement, trust=required, expected=expected)
    judged(NO, trust=required, expected=unproven)


@pytest.mark.parametrize("author", [(), ("Mallory <m@x>",), ("Erin <e@new.example>",)])
def test_under_strict_an_unknown_author_is_nobody_else(author: tuple[str, ...]) -> None:
    with pytest.raises(Inconclusive) as caught:
        judged(trust=trusting(separation=STRICT), expected=done_by(commit_author=author))
    assert caught.value.code == "SEPARATION_UNKNOWN"
    judged(NO, trust=trusting(separation=STRICT), expected=done_by(commit_author=author))


def test_the_whole_matrix_is_held_against_what_is_approved() -> None:
    same = done_by(proposer_model=("m",), critic_model=("m",))
    assert refusal(expected=same) == "SEPARATION_BROKEN"
    judged(NO, expected=same)
    family = done_by(proposer_model=("m",), critic_model=("n",), proposer_family=("f",))
    judged(expected=family)
    for critic in ((), ("unknown",)):
        expected = dataclasses.replace(family, actors={**family.actors, "critic_family": critic})
        with pytest.raises(Inconclusive) as caught:
            judged(trust=trusting(separation=STRICT), expected=expected)
        assert caught.value.code == "SEPARATION_UNKNOWN"


@functools.cache
@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_garbage_is_refused_with_a_code(statement: bytes, signature: bytes) -> None:
    with pytest.raises(GonogoError):
        judge(statement, signature, trust=TRUST, expected=EXPECTED, at=NOW)
    with pytest.raises(GonogoError):
        judge(statement, KEYS["alice"].sign(statement, SIGNOFF_NAMESPACE), trust=TRUST, expected=EXPECTED, at=NOW)
